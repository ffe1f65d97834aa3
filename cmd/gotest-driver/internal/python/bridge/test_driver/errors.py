"""The classes of errors. `TestScriptError` is the base class of the driver of NixOS 25.05."""

from gotest import MachineError, RequestedAssertionFailed, TestScriptError

__all__ = ["MachineError", "RequestedAssertionFailed", "TestScriptError"]
