"""The debugger."""

from gotest import _debug as Debug

DebugAbstract = DebugNop = Debug

__all__ = ["Debug", "DebugAbstract", "DebugNop"]
