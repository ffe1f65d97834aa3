"""Machines."""

import shlex
from collections.abc import Iterable

from gotest import BaseMachine, Machine, MachineError, NspawnMachine, QemuMachine, RequestedAssertionFailed, retry
from gotest._objects import StartCommand

NixStartScript = QemuStartCommand = StartCommand


def make_command(args: Iterable[object]) -> str:
    """A shell command that consists of these words."""
    return " ".join(shlex.quote(str(word)) for word in args)


__all__ = [
    "BaseMachine",
    "Machine",
    "MachineError",
    "NixStartScript",
    "NspawnMachine",
    "QemuMachine",
    "QemuStartCommand",
    "RequestedAssertionFailed",
    "StartCommand",
    "make_command",
    "retry",
]
