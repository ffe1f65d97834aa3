"""QEMU's monitor."""

from gotest import QMPAPIError
from gotest import QMPClient as QMPSession

__all__ = ["QMPAPIError", "QMPSession"]
