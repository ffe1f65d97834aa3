"""Networks."""

from gotest import Vlan as VLan

__all__ = ["VLan"]
