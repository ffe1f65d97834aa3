"""Objects of the Python driver that scripts reach into: processes, sockets, the configuration. They use the driver's own calls."""

from __future__ import annotations

import posix
import re

from gotest import _bridge

TYPE_CHECKING = False
if TYPE_CHECKING:
    import queue
    import subprocess
    import time
    from base64 import b64decode, b64encode
    from datetime import timedelta
    from typing import Any

    from gotest import Driver, Machine
else:
    queue, subprocess, time = map(_bridge.standard, ("queue", "subprocess", "time"))
    timedelta = _bridge.standard("datetime").timedelta
    b64decode, b64encode = _bridge.standard("base64").b64decode, _bridge.standard("base64").b64encode


def of(machine: Machine, kind: Any) -> Any:
    """The machine's object of a kind, one for each time that it runs; None when it does not run."""
    pid = machine.pid
    if pid is None:
        return None
    made = machine.__dict__.setdefault("_objects", {})
    if (kind, pid) not in made:
        made[kind, pid] = kind(machine, pid)
    return made[kind, pid]


class StartCommand(str):
    """The command that starts a machine."""

    @property
    def machine_name(self) -> str:
        """The machine's name in the command, as nixpkgs writes it."""
        found = re.search("run-(.+)-vm$", self)
        return found[1] if found else "machine"

    @property
    def _cmd(self) -> str:
        return str(self)


class Process:
    """The process of a machine, with what a subprocess.Popen has."""

    stdout = stderr = None

    def __init__(self, machine: Machine, pid: int) -> None:
        self.machine, self.pid = machine, pid
        self.args = machine.start_command
        self.stdin = Console(machine)

    def poll(self) -> int | None:
        """None while it runs. The driver does not tell how it ended: 0 afterwards."""
        return None if self.machine.pid == self.pid else 0

    returncode = property(poll)

    def wait(self, timeout: Any = None) -> int:
        """Wait until it has ended."""
        if self.poll() is None:
            try:
                self.machine.wait_for_shutdown(timeout)
            except _bridge.WaitTimeout:
                raise subprocess.TimeoutExpired(str(self.args), _bridge.seconds(timeout)) from None
        return 0

    def terminate(self) -> None:
        """End it at once."""
        self.machine.release()

    kill = terminate

    def send_signal(self, signal: int) -> None:
        """Send it a signal."""
        if self.poll() is None:
            posix.kill(self.pid, signal)


class Console:
    """A machine's serial console, to write to."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def write(self, data: bytes) -> int:
        """Write to the console at once."""
        self.machine.send_console(data.decode("utf-8", "surrogateescape"))
        return len(data)

    def flush(self) -> None:
        """Nothing: all is written."""


class Channel:
    """What a socket has, to send lines and to receive what comes back."""

    def __init__(self, machine: Machine, pid: int) -> None:
        self.machine = machine
        self.limit: float | None = None

    def settimeout(self, value: float | None) -> None:
        """How long recv waits, in seconds; None for ever."""
        self.limit = value

    def sendall(self, data: bytes) -> None:
        """Send bytes."""
        self.send(data)

    def recv(self, size: int) -> bytes:
        """Wait for bytes, and return as many as are there, at most `size`."""
        end = None if self.limit is None else time.monotonic() + self.limit
        while True:
            data = self.read(size)
            if data:
                return data
            if end is not None and time.monotonic() >= end:
                raise TimeoutError(f"{self.machine.name}: nothing came within {self.limit} s")
            time.sleep(0.1)

    def send(self, data: bytes) -> int:
        raise NotImplementedError

    def read(self, size: int) -> bytes:
        """The next bytes, if there are any."""
        raise NotImplementedError


class Monitor(Channel):
    """QEMU's human monitor."""

    line = answers = b""

    def send(self, data: bytes) -> int:
        """Send commands, a line each."""
        *lines, self.line = (self.line + data).split(b"\n")
        for line in lines:
            answer = self.machine.send_monitor_command(line.decode())
            self.answers += answer.encode() + b"(qemu) "
        return len(data)

    def read(self, size: int) -> bytes:
        data, self.answers = self.answers[:size], self.answers[size:]
        return data


class Shell(Channel):
    """A root shell of its own in the guest, which reads what is sent. Its standard error goes to the console."""

    def __init__(self, machine: Machine, pid: int) -> None:
        super().__init__(machine, pid)
        self.got = 0  # bytes of its output
        self.directory = f"/tmp/gotest-shell-{posix.urandom(8).hex()}"
        d = self.directory
        machine.succeed(f"mkdir -m 700 {d}; mkfifo {d}/in; : > {d}/out; (exec bash <> {d}/in > {d}/out &)")

    def send(self, data: bytes) -> int:
        """Send bytes to the shell. It runs whole lines; this does not wait for that."""
        self.machine.succeed(f"printf %s {b64encode(data).decode()} | base64 -d > {self.directory}/in")
        return len(data)

    def read(self, size: int) -> bytes:
        data = b64decode(self.machine.succeed(f"tail -c +{self.got + 1} {self.directory}/out | head -c {size} | base64"))
        self.got += len(data)
        return data


class Lines:
    """The lines of a machine's serial console, each once: what a queue.Queue has for a reader."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.read = machine, 0

    def left(self) -> list[str]:
        lines = self.machine.get_console_log().splitlines()
        if len(lines) < self.read:  # another boot
            self.read = 0
        return lines[self.read :]

    def get(self, block: bool = True, timeout: float | None = None) -> str:
        """The next line. Waits for it, or raises queue.Empty."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            lines = self.left()
            if lines:
                self.read += 1
                return lines[0]
            if not block or end is not None and time.monotonic() >= end:
                raise queue.Empty
            time.sleep(0.1)

    def get_nowait(self) -> str:
        """The next line, or queue.Empty."""
        return self.get(block=False)

    def qsize(self) -> int:
        """How many lines are left."""
        return len(self.left())

    def empty(self) -> bool:
        """Whether there is none."""
        return not self.left()


class Section(dict):  # type: ignore[type-arg]
    """A part of the configuration: its keys are also attributes, paths and durations in Python's types."""

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            if name in DEFAULTS:
                return type(DEFAULTS[name])(DEFAULTS[name])
            raise AttributeError(f"the configuration has no {name}")
        value = self[name]
        if name == "global_timeout":
            return timedelta(seconds=value)
        if name in ("start_script", "test_script"):
            return _bridge.path(value)
        return value


# What a configuration means that does not say it.
DEFAULTS: dict[str, Any] = {"vms": {}, "containers": {}, "vlans": [], "enable_ssh_backdoor": False}


def section(value: Any) -> Any:
    """The parts of a configuration."""
    if isinstance(value, dict):
        return Section({key: section(part) for key, part in value.items()})
    return [section(part) for part in value] if isinstance(value, list) else value


class RaceTimer:
    """The time limit of the run, which the driver keeps."""

    def __init__(self, driver: Driver) -> None:
        self.interval = driver.global_timeout

    def is_alive(self) -> bool:
        """Whether there is a limit."""
        return self.interval > 0

    def start(self) -> None:
        """Nothing: it has begun with the run."""

    def cancel(self) -> None:
        """Nothing but a warning: a script can't lift the limit."""
        _bridge.write_log("warning", "race_timer.cancel(): the time limit of the run stays; set another one where the test is described")


class VsockPair:
    """The sockets of a machine's SSH backdoor."""

    def __init__(self, host: str) -> None:
        self.host = _bridge.path(host)


class VHostDeviceVsock:
    """The SSH backdoors of the QEMU machines."""

    def __init__(self, sockets: dict[str, VsockPair]) -> None:
        self.sockets = sockets


def vhost_vsock(driver: Driver) -> VHostDeviceVsock | None:
    """The SSH backdoors, None when there are none."""
    sockets = {}
    for machine in driver.machines_qemu:
        try:
            command = machine.ssh_backdoor_command()
        except _bridge.MachineError:
            continue
        sockets[machine.name] = VsockPair(command.rpartition("vsock-mux/")[2].strip("'"))
    return VHostDeviceVsock(sockets) if sockets else None
