"""What test scripts can call: machines, networks, the log. Made from the driver's declarations.

It is what runs, what type checkers read, and what help() shows.
"""

from __future__ import annotations

from gotest import _bridge
from gotest._bridge import (
    GlobalTimeout,
    MachineError,
    PollingConditionError,
    QMPAPIError,
    RequestedAssertionFailed,
    Scope,
    TestScriptError,
    WaitTimeout,
    parallel,
    polling_condition,
    retry,
    subtest,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import unittest
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import timedelta
    from os import PathLike
    from pathlib import Path
    from typing import Any, NoReturn, Union

    from gotest._efi import EfiVariable
    from gotest._objects import Channel, Lines, Process, RaceTimer, Section, StartCommand, VHostDeviceVsock

    Duration = Union[int, float, timedelta]
    Regex = str
    ShellCommand = str
    UnitName = str
    Key = str
    KeyboardLayout = str
    HostPath = Union[str, PathLike[str]]
    GuestPath = Union[str, PathLike[str]]
    MouseButton = str
    Port = Union[int, str]
    GuestName = str
    ArchName = str
    Directory = Union[Path]
    OutPath = Union[str, PathLike[str]]

# What the types of parameters stand for, when a script is checked.
_TYPES = {
    "Duration": "int | float | timedelta",
    "Regex": "str",
    "ShellCommand": "str",
    "UnitName": "str",
    "Key": "str",
    "KeyboardLayout": "str",
    "HostPath": "str | PathLike[str]",
    "GuestPath": "str | PathLike[str]",
    "MouseButton": "str",
    "Port": "int | str",
    "GuestName": "str",
    "ArchName": "str",
    "Directory": "Path",
    "OutPath": "str | PathLike[str]",
}

def start_all() -> None:
    r"""Start every machine, all at once. Does not wait for them to boot.
    
    When machines fail to start, the error names all of them."""
    _bridge.call("start_all", (), {})

def snapshot_all(name: str) -> None:
    r"""Save all machines that run, at one moment: none goes on before all stand still. See `Machine.snapshot`. More than the Python driver."""
    _bridge.call("snapshot_all", (name,), {})

def restore_all(name: str) -> None:
    r"""Restore all machines that have a snapshot of that name, at one moment. Others stay as they are.
    
    After `snapshot_all` the connections between the machines go on where they were. More than the Python driver."""
    _bridge.call("restore_all", (name,), {})

def clone_machines(machine: Machine, snapshot: str, count: int = 1, *, name: str | None = None, on_restore: Callable[[Machine], Any] | None = None) -> list[Machine]:
    r"""Make machines that go on from a snapshot of another one, all at once. Returns them; they run.
    
    In `name` the number of each machine, from 1, takes the place of `{}`; without it, the name is the machine's with the
    number behind it. Each is a machine of its own: its host name, hardware addresses and random numbers differ, and with a
    built-in guest also the IP addresses, `/etc/hosts`, machine-id and SSH host keys. `on_restore` is called with each
    clone, one after the other. The machines share the memory that they have not changed. More than the Python driver."""
    return _bridge.call("clone_machines", (machine, snapshot, count), {"name": name, "on_restore": on_restore})  # type: ignore[no-any-return]

def join_all() -> None:
    r"""Wait until every machine has powered off."""
    _bridge.call("join_all", (), {})

def create_machine(start_command: str | None = None, *, name: str | None = None, keep_machine_state: bool = False, guest: GuestName | None = None, arch: ArchName | None = None, image: HostPath | None = None, image_url: str | None = None, sha256: str | None = None, disk_size: int | None = None, access: str | None = None, login: str | None = None, user_data: str | None = None, quiesce: bool = False, kernel: HostPath | None = None, initrd: HostPath | None = None, cmdline: str | None = None, memory: int | None = None, cores: int | None = None, vlans: Iterable[int] = (), container: str | None = None, qemu_options: Iterable[str] = (), efi: bool = False, ssh_backdoor: bool = False, internet: bool = False, disk_faults: bool = False, date: str | None = None, fail_on: list[str] | None = None, keyboard: KeyboardLayout | None = None, boot_timeout: Duration | None = None, ocr_language: str | list[str] | None = None, boot: str | None = None, prepare: Callable[[Machine], Any] | None = None) -> Machine:
    r"""Make a further machine, which `start()` or its first use then starts.
    
    It is described in one of three ways: a `start_command` (a shell command that runs QEMU and takes further
    options at its end, such as nixpkgs' `run-<name>-vm`), a built-in `guest` (see `gotest-driver guest list`), or
    an `image` and/or `kernel` with `initrd` and `cmdline`. `container` is the root directory of a container or
    the built-in one (`"container"`). `memory` is in MiB. `vlans` are the numbers of the networks that become
    eth1, eth2, … with the address 192.168.<number>.<number of the machine>. The descriptions are more than the
    Python driver has, which takes a start command only. `ssh_backdoor` makes the machine's SSH server reachable from
    the host without a network; see `dump_machine_ssh`. `internet` opens eth0 of a machine without a start command to
    the networks that the host is on, and to the host itself, with its loopback interface (10.0.2.2).
    
    `arch` is the architecture of the machine. Without it, a guest is `x86_64`, and an image or a kernel what the host is. The guest
    `tiny` is there for all; docs/hosts.md has what differs.
    
    With `disk_faults` the driver serves the machine's disk, so that `power_failure` and `disk` work with it. Other than the disks of
    other machines, it keeps its content when the machine ends, for the next start.
    
    `date` is what the clock of a virtual machine shows when it starts, in UTC: `"2038-01-19T03:14:00Z"`.
    
    `fail_on` names trouble that ends the test at once when the guest's kernel tells of it on the console: `"oops"`, `"bug"`,
    `"soft_lockup"`, `"rcu_stall"`, `"hung_task"`, `"out_of_memory"` and `"core_dump"` (a program has crashed). By default it
    is what the configuration's `fail_on` says; the log warns of the rest, once for each kind.
    
    `keyboard` is the layout that the guest expects, for `send_chars` and `send_key`; without it, that is `us`.
    
    `boot_timeout` is the longest time without a sign of a boot (300 seconds); see `connect`.
    
    An `image` may be a distribution's own, which knows nothing of the driver and is not changed; `access` says how the driver
    gets the root shell in it (docs/images.md): by default `"auto"`, which offers `"extra-unit"` and `"tmpfiles"` (credentials of
    systemd 256 and 252) and `"cloud-init"` at once, and takes a backdoor of the image's own, too; then there are `"ignition"`,
    `"login"`, `"backdoor"` (the image brings one, and nothing is set in it) and `"none"`: no root
    shell, also for an installer's `kernel` without an image. `login` is `"USER"` or
    `"USER:PASSWORD"` for a login on the serial console, which `access = "login"` (without `login`, as root) and `"auto"` make.
    `image_url` downloads the image into the cache, with the checksum `sha256`, without which nothing is downloaded. `disk_size`
    (MiB) makes the disk larger. `user_data` is for cloud-init. `quiesce` waits for the end of the boot before the first command
    and stops all timers.
    
    `ocr_language` names the language of the text on the screen as Tesseract does (`"deu"`, `["deu", "eng"]`), for
    `wait_for_text` and all other calls that read it; without it, that is `eng`.
    
    With `boot = "cached"` the machine begins on the boot of an earlier run, in about a second: the first run boots, calls
    `prepare` with the machine, and keeps both for later runs. They boot again when anything has changed that decides what
    the boot leads to: the guest, QEMU, the description, the source of `prepare`, the values and functions that it uses, or
    the files that it copies to the machine. Starting such a machine waits until it is up."""
    return _bridge.call("create_machine", (start_command,), {"name": name, "keep_machine_state": keep_machine_state, "guest": guest, "arch": arch, "image": image, "image_url": image_url, "sha256": sha256, "disk_size": disk_size, "access": access, "login": login, "user_data": user_data, "quiesce": quiesce, "kernel": kernel, "initrd": initrd, "cmdline": cmdline, "memory": memory, "cores": cores, "vlans": vlans, "container": container, "qemu_options": qemu_options, "efi": efi, "ssh_backdoor": ssh_backdoor, "internet": internet, "disk_faults": disk_faults, "date": date, "fail_on": fail_on, "keyboard": keyboard, "boot_timeout": boot_timeout, "ocr_language": ocr_language, "boot": boot, "prepare": prepare})  # type: ignore[no-any-return]

def chaos(machines: Iterable[Machine], *, faults: Iterable[str] = (), every: Duration = 5, seed: int | None = None) -> None:
    r"""Make faults of machines at random until the subtest ends: one begins `every` so many seconds, and lasts for a part of them.
    
    The faults are `freeze` and `slow_down` by default; there are also `block`, `partition` (of up to half of the
    machines), `clock_jump`, `disk_slow`, `disk_fail`, and `crash` and `power_failure`, after which the machine is started
    again. The same `seed` makes the same faults; without it, `--seed` decides. An `invariant` is checked meanwhile. More than the Python driver."""
    _bridge.call("chaos", (machines,), {"faults": faults, "every": every, "seed": seed})

def skip(reason: str) -> NoReturn:
    r"""End the subtest or the test function that calls it, or the whole test outside of them: skipped, for this reason.
    
    What is skipped does not fail the run. In Python, `unittest.SkipTest` does the same. More than the Python driver."""
    raise _bridge.call("skip", (reason,), {})

def xfail(reason: str) -> None:
    r"""Expect the subtest or the test function that calls it to fail from here on.
    
    Its failure is then reported as expected and does not fail the run; when it passes, that is a failure. Only
    failures of the test and of machines are expected, not mistakes of the script. More than the Python driver."""
    _bridge.call("xfail", (reason,), {})

def invariant(fn: Callable[[], Any], *, interval: Duration = 2, description: str | None = None) -> None:
    r"""A polling condition that is entered until the subtest ends, as of what must hold while faults come and go.
    
    `fn` is called at most every `interval` before calls of machines and while they wait; the test fails when it returns
    `False` or fails. The description defaults to the function's doc string, else to its name. More than the Python driver."""
    _bridge.call("invariant", (fn,), {"interval": interval, "description": description}, keep=True)

def secret(value: str) -> str:
    r"""Hide a text: from now on the log and all reports show `***` in its place. Returns the text itself.
    
    It is hidden in messages, commands with their output, errors, lines of consoles and the kept logs, also where it is
    written with the escapes of quotes, of the shell or of URLs; of several lines each is. Pictures of screens, files that the
    test copies, and what was logged before can still show it. A text of less than 4 characters is refused. More than the Python driver."""
    return _bridge.call("secret", (value,), {})  # type: ignore[no-any-return]

def serial_stdout_on() -> None:
    r"""Show the machines' serial output on the terminal."""
    _bridge.call("serial_stdout_on", (), {})

def serial_stdout_off() -> None:
    r"""Hide the machines' serial output on the terminal. The reports keep it."""
    _bridge.call("serial_stdout_off", (), {})

def test_script() -> None:
    r"""Run the test script. For the interactive mode."""
    _bridge.call("test_script", (), {})

def run_tests() -> None:
    r"""Run the test as a run without interaction does, then wait for all machines to power off. For the interactive mode."""
    _bridge.call("run_tests", (), {})

def dump_machine_ssh() -> None:
    r"""Print how to reach each machine over its SSH backdoor.
    
    When no machine has one, a warning says how to get it: `ssh_backdoor = True` in `create_machine`, or
    `enable_ssh_backdoor` in the configuration, which needs the program vhost-device-vsock on the host."""
    _bridge.call("dump_machine_ssh", (), {})


class Box(_bridge.Proxy):
    r"""A rectangle on the screen, in pixels from the upper left corner."""
    __slots__ = ()

    @property
    def x(self) -> int:
        r"""The left edge."""
        return self._get("x")  # type: ignore[no-any-return]

    @property
    def y(self) -> int:
        r"""The upper edge."""
        return self._get("y")  # type: ignore[no-any-return]

    @property
    def width(self) -> int:
        r"""The width."""
        return self._get("width")  # type: ignore[no-any-return]

    @property
    def height(self) -> int:
        r"""The height."""
        return self._get("height")  # type: ignore[no-any-return]

    @property
    def text(self) -> str:
        r"""The text in it, empty for an image."""
        return self._get("text")  # type: ignore[no-any-return]


class Disk(_bridge.Proxy):
    r"""A disk of a virtual machine, for its faults. They end with the subtest that made them unless `keep` is true, not with the machine."""
    __slots__ = ()

    @property
    def name(self) -> str:
        r"""Its name in the guest, such as `vda`. Where there is udev, `/dev/disk/by-id/virtio-<name>` is the disk, too."""
        return self._get("name")  # type: ignore[no-any-return]

    def fail(self, *, read: bool = False, write: bool = False, flush: bool = False, sectors: tuple[int, int] | None = None, after: int = 0, rate: float | None = None, keep: bool = False) -> None:
        r"""Let reads, writes or flushes fail: the guest sees an input/output error (EIO).
        
        `sectors` bounds that to requests for sectors of 512 bytes, from the first number up to but not including the second.
        The first `after` requests still work, then all fail, or the part `rate` of them (0.01: each hundredth, by `--seed`). More than the Python driver."""
        self._call("fail", (), {"read": read, "write": write, "flush": flush, "sectors": sectors, "after": after, "rate": rate, "keep": keep})

    def slow(self, *, latency: Duration | None = None, iops: int | None = None, bandwidth: int | None = None, keep: bool = False) -> None:
        r"""Make the disk slow: `latency` for each request, `iops` requests in a second, `bandwidth` bytes in a second.
        
        Without a latency it works for disks that the driver does not serve, too, until the machine ends. More than the Python driver."""
        self._call("slow", (), {"latency": latency, "iops": iops, "bandwidth": bandwidth, "keep": keep})

    def full(self, room: int = 0, *, keep: bool = False) -> None:
        r"""Let the disk run full, as one does that promises more than the storage behind it has.
        
        The guest can write `room` bytes to places where it had written nothing before; further such writes fail. A virtio disk
        has one error only, so the guest sees EIO. More than the Python driver."""
        self._call("full", (room,), {"keep": keep})

    def corrupt(self, at: int | GuestPath, data: bytes) -> None:
        r"""Replace bytes of the disk, at an offset or at the beginning of a file of the guest.
        
        Nothing undoes that. For a file, the guest needs `filefrag` (e2fsprogs), and forgets what it has read; for an offset it may
        still have the old bytes in memory. More than the Python driver."""
        self._call("corrupt", (at, data), {})

    def detach(self, *, keep: bool = False) -> None:
        r"""Take the disk out of the machine, as a hot unplug does. A machine that does not run starts without it. More than the Python driver."""
        self._call("detach", (), {"keep": keep})

    def attach(self) -> None:
        r"""Put the disk that `detach` has taken out into the machine again. More than the Python driver."""
        self._call("attach", (), {})

    def heal(self) -> None:
        r"""End all faults of the disk. What is corrupt stays so. More than the Python driver."""
        self._call("heal", (), {})


class Driver(_bridge.Proxy):
    r"""The test run."""
    __slots__ = ()

    @property
    def name(self) -> str:
        r"""The name of the test."""
        return self._get("name")  # type: ignore[no-any-return]

    @property
    def out_dir(self) -> Directory:
        r"""The output directory."""
        return _bridge.path(self._get("out_dir"))  # type: ignore[no-any-return]

    @property
    def machines(self) -> list[Machine]:
        r"""All machines, sorted by name."""
        return self._get("machines")  # type: ignore[no-any-return]

    @property
    def vlans(self) -> list[Vlan]:
        r"""All networks."""
        return self._get("vlans")  # type: ignore[no-any-return]

    @property
    def matrix(self) -> dict[str, str]:
        r"""The values of the matrix in `suite.toml` that the test runs with; empty in other runs."""
        return self._get("matrix")  # type: ignore[no-any-return]

    @property
    def global_timeout(self) -> float:
        r"""The time limit of the whole run, in seconds."""
        return self._get("global_timeout")  # type: ignore[no-any-return]

    @property
    def config(self) -> Section:
        """The driver configuration: a dict whose keys are also attributes."""
        return _bridge.objects().section(self._get("config"))  # type: ignore[no-any-return]

    @property
    def logger(self) -> _log:
        """The log."""
        return log

    @property
    def debug(self) -> _debug:
        """The debugger."""
        return debug

    @property
    def tests(self) -> str:
        """The text of the script."""
        return "\n".join(_bridge.text_lines(_bridge.script_source))

    @property
    def race_timer(self) -> RaceTimer:
        """The time limit of the run."""
        return _bridge.objects().RaceTimer(self)  # type: ignore[no-any-return]

    @property
    def vhost_vsock(self) -> VHostDeviceVsock | None:
        """The SSH backdoors of the QEMU machines: sockets["name"].host. None when there are none."""
        return _bridge.objects().vhost_vsock(self)  # type: ignore[no-any-return]

    @property
    def polling_conditions(self) -> list[_bridge.PollingCondition]:
        """The polling conditions that are entered now, the innermost last."""
        return list(_bridge.entered)

    def check_polling_conditions(self) -> None:
        """Fail unless the entered polling conditions hold that are due."""
        for condition in _bridge.entered:
            condition.maybe_raise()

    @property
    def machines_qemu(self) -> list[QemuMachine]:
        """The machines that are QEMU processes, sorted by name."""
        return [m for m in self.machines if isinstance(m, QemuMachine)]

    @property
    def machines_nspawn(self) -> list[NspawnMachine]:
        """The machines that are systemd-nspawn containers, sorted by name."""
        return [m for m in self.machines if isinstance(m, NspawnMachine)]

    start_all = staticmethod(start_all)
    snapshot_all = staticmethod(snapshot_all)
    restore_all = staticmethod(restore_all)
    clone_machines = staticmethod(clone_machines)
    join_all = staticmethod(join_all)
    create_machine = staticmethod(create_machine)
    chaos = staticmethod(chaos)
    subtest = staticmethod(subtest)
    skip = staticmethod(skip)
    xfail = staticmethod(xfail)
    retry = staticmethod(retry)
    polling_condition = staticmethod(polling_condition)
    invariant = staticmethod(invariant)
    secret = staticmethod(secret)
    serial_stdout_on = staticmethod(serial_stdout_on)
    serial_stdout_off = staticmethod(serial_stdout_off)
    parallel = staticmethod(parallel)
    test_script = staticmethod(test_script)
    run_tests = staticmethod(run_tests)
    dump_machine_ssh = staticmethod(dump_machine_ssh)


class Machine(_bridge.Proxy):
    r"""A machine under test: a QEMU process or a systemd-nspawn container."""
    __slots__ = ()

    @property
    def name(self) -> str:
        r"""The machine's name."""
        return self._get("name")  # type: ignore[no-any-return]

    @property
    def booted(self) -> bool:
        r"""Whether it has been started and has not ended since."""
        return self._get("booted")  # type: ignore[no-any-return]

    @property
    def connected(self) -> bool:
        r"""Whether the root shell is connected."""
        return self._get("connected")  # type: ignore[no-any-return]

    @connected.setter
    def connected(self, value: bool) -> None:
        """Nothing: the Python driver has to be told of a reboot, and this one connects anew by itself."""

    @property
    def pid(self) -> int | None:
        r"""The process id of QEMU or of the container's leader; None when it does not run."""
        return self._get("pid")  # type: ignore[no-any-return]

    @property
    def state_dir(self) -> Directory:
        r"""The directory of the machine's sockets and files, private to the run."""
        return _bridge.path(self._get("state_dir"))  # type: ignore[no-any-return]

    @state_dir.setter
    def state_dir(self, value: Directory) -> None:
        """As set_state_dir."""
        self.set_state_dir(value)

    @property
    def shared_dir(self) -> Directory:
        r"""The directory on the host that the guest sees as /tmp/shared."""
        return _bridge.path(self._get("shared_dir"))  # type: ignore[no-any-return]

    @property
    def out_dir(self) -> Directory:
        r"""The output directory of the run."""
        return _bridge.path(self._get("out_dir"))  # type: ignore[no-any-return]

    @property
    def qmp_client(self) -> QMPClient:
        r"""QMP under the name that the Python driver gives it."""
        return self._get("qmp_client")  # type: ignore[no-any-return]

    def start(self, allow_reboot: bool = False) -> None:
        r"""Start the machine; nothing when it runs. Returns before the boot is over.
        
        Without `allow_reboot` a reboot of the guest ends QEMU."""
        self._call("start", (allow_reboot,), {})

    def set_state_dir(self, directory: HostPath) -> None:
        r"""Start the machine in this directory from now on: with the disks that another machine's start script has made there.
        
        `target.set_state_dir(installer.state_dir)` makes `target` boot what `installer` has installed, once that has been shut
        down. In Python, `target.state_dir = installer.state_dir` does the same. More than the Python driver."""
        self._call("set_state_dir", (directory,), {})

    def wait_for_shutdown(self, timeout: Duration | None = None, *, attempt_timeout: Duration | None = None) -> None:
        r"""Wait for a power-off that something else has caused."""
        self._call("wait_for_shutdown", (timeout,), {"attempt_timeout": attempt_timeout})

    def shutdown(self, timeout: Duration | None = None) -> None:
        r"""Ask the guest to power off and wait until it has; nothing when it does not run.
        
        When the root shell is gone the power button (ACPI) is pressed. When `timeout` runs out the machine is left
        running and the call fails."""
        self._call("shutdown", (timeout,), {})

    def crash(self) -> None:
        r"""End the machine at once, as a power failure does. QEMU machines only."""
        self._call("crash", (), {})

    def power_failure(self, torn: bool = False) -> None:
        r"""End the machine at once, and lose what the guest has not flushed to the disks that the driver serves.
        
        These are the disk of a machine with `disk_faults`, and those of `add_disk`. Their other content is there at the next start.
        With `torn`, a random part of what was not flushed survives, sector by sector, by `--seed`. More than the Python driver. QEMU machines only."""
        self._call("power_failure", (torn,), {})

    def freeze(self, seconds: Duration) -> None:
        r"""Let the machine stand still for a time, with its clocks: the guest does not see it pass, but others do. More than the Python driver. QEMU machines only."""
        self._call("freeze", (seconds,), {})

    def clock_jump(self, seconds: int, *, keep: bool = False) -> None:
        r"""Set the guest's clock forward by whole seconds, back if they are negative.
        
        At the end of the subtest, unless `keep` is true, it is set by as much in the other direction. More than the Python driver. QEMU machines only."""
        self._call("clock_jump", (seconds,), {"keep": keep})

    def clock_drift(self, ppm: int, *, keep: bool = False) -> None:
        r"""Make the guest's clocks run faster, or slower if negative, by so many millionths: from -100000 to 100000.
        
        The guest needs `adjtimex` (busybox has one) or perl. Ends with the subtest unless `keep` is true. More than the Python driver. QEMU machines only."""
        self._call("clock_drift", (ppm,), {"keep": keep})

    def slow_down(self, factor: float, *, keep: bool = False) -> None:
        r"""Let the machine run only for the `factor`-th part of the time, in short intervals; the guest's clocks go on.
        
        Ends with the subtest unless `keep` is true. More than the Python driver. QEMU machines only."""
        self._call("slow_down", (factor,), {"keep": keep})

    def hotplug_cpu(self, count: int = 1, *, keep: bool = False) -> None:
        r"""Plug so many processors into the running machine, at most 7 of them, and bring them online in the guest.
        
        They go offline when the subtest ends unless `keep` is true, and stay in the machine until it ends. The guest needs
        ACPI, as on x86. More than the Python driver. QEMU machines only."""
        self._call("hotplug_cpu", (count,), {"keep": keep})

    def pressure(self, memory: int, *, keep: bool = False) -> None:
        r"""Take memory from the guest until only so many MiB are available to its processes.
        
        Ends with the subtest unless `keep` is true. More than the Python driver. QEMU machines only."""
        self._call("pressure", (memory,), {"keep": keep})

    def oom(self) -> None:
        r"""Make the guest's kernel kill a process, as when memory has run out: the one that it would choose then. More than the Python driver. QEMU machines only."""
        self._call("oom", (), {})

    def panic(self) -> None:
        r"""Make the guest's kernel panic, and wait for that.
        
        Where the root shell is not connected, by a non-maskable interrupt, which built-in guests panic of, and by the keys of Magic
        SysRq. A machine that has ended by it can be started again. More than the Python driver. QEMU machines only."""
        self._call("panic", (), {})

    def disk(self, name: str) -> Disk:
        r"""The disk that has this name in the guest, such as `vda`, for its faults. Whether there is one is seen when it is used. More than the Python driver. QEMU machines only."""
        return self._call("disk", (name,), {})  # type: ignore[no-any-return]

    def add_disk(self, size: int) -> Disk:
        r"""Give the machine an empty disk of this many bytes, at once when it runs.
        
        The driver serves it, so that it can have faults. It keeps its content when the machine ends, until the end of the run. More than the Python driver. QEMU machines only."""
        return self._call("add_disk", (size,), {})  # type: ignore[no-any-return]

    def reboot(self) -> None:
        r"""Press Ctrl-Alt-Delete. The root shell is connected anew at its next use. Needs `start(allow_reboot=True)`. QEMU machines only."""
        self._call("reboot", (), {})

    def snapshot(self, name: str) -> None:
        r"""Save the machine's present state under a name, for `restore`: memory, processors, disks, screen, root shell.
        
        The machine stands still while it is saved, and goes on. An earlier snapshot of that name is replaced. Snapshots end
        with the run. Directories that are shared with the host are unmounted meanwhile; the call fails when one is in use. More than the Python driver. QEMU machines only."""
        self._call("snapshot", (name,), {})

    def restore(self, name: str) -> None:
        r"""Bring the machine back to a snapshot, also after it has ended. The next command runs at once; nothing boots.
        
        The guest's clock is set to the present time. The console's log goes on, and what the script itself remembers stays. More than the Python driver. QEMU machines only."""
        self._call("restore", (name,), {})

    def switch_root(self) -> None:
        r"""Leave stage 1 (the backdoor in the initrd) for stage 2 and connect to the root shell there. QEMU machines only."""
        self._call("switch_root", (), {})

    def is_up(self) -> bool:
        r"""Whether the machine has booted and its root shell is connected."""
        return self._call("is_up", (), {})  # type: ignore[no-any-return]

    def connect(self) -> None:
        r"""Wait for the root shell. Calls that need it do this themselves.
        
        Waits as long as the guest boots. It fails, with the last lines of the serial console in the error, when the guest has
        shown no sign of a boot for the machine's `boot_timeout` (300 seconds, and twice that for an emulated guest): nothing
        was written on its console or read from a disk. A boot may take four times that time in all."""
        self._call("connect", (), {})

    def release(self) -> None:
        r"""Let go of the machine at once: end its processes, close its sockets."""
        self._call("release", (), {})

    def sleep(self, secs: Duration) -> None:
        r"""Sleep for that long in the guest's time."""
        self._call("sleep", (secs,), {})

    def execute(self, command: ShellCommand, check_return: bool = True, check_output: bool = True, timeout: Duration | None = 900, *, stream: bool = False) -> tuple[int, str]:
        r"""Run a command as root and return its exit status and its standard output.
        
        It runs in a fresh bash with `set -euo pipefail`. Standard error goes to the serial console and is kept with
        the command in the reports. The call waits until standard output is closed: end a command that stays in the
        background with `>&2 &`. Status 124 means that `timeout` cut it. With `check_return=False` the status is -1;
        with `check_output=False` the call returns `(-2, "")` at once. With `stream` the lines of standard output are in
        the log as they come, too, the first 10,000 of a command."""
        return self._call("execute", (command, check_return, check_output, timeout), {"stream": stream})  # type: ignore[no-any-return]

    def succeed(self, *commands: ShellCommand, timeout: Duration | None = None, stream: bool = False) -> str:
        r"""Run each command as `execute` does; each must exit with status 0. Returns their standard output, joined."""
        return self._call("succeed", (*commands,), {"timeout": timeout, "stream": stream})  # type: ignore[no-any-return]

    def fail(self, *commands: ShellCommand, timeout: Duration | None = None, stream: bool = False) -> str:
        r"""Run each command as `execute` does; each must exit with another status than 0. Returns their standard output, joined."""
        return self._call("fail", (*commands,), {"timeout": timeout, "stream": stream})  # type: ignore[no-any-return]

    def wait_until_succeeds(self, command: ShellCommand, timeout: Duration = 900, *, attempt_timeout: Duration | None = None) -> str:
        r"""Repeat a command until it exits with status 0; returns its standard output."""
        return self._call("wait_until_succeeds", (command, timeout), {"attempt_timeout": attempt_timeout})  # type: ignore[no-any-return]

    def wait_until_fails(self, command: ShellCommand, timeout: Duration = 900, *, attempt_timeout: Duration | None = None) -> str:
        r"""Repeat a command until it exits with another status than 0; returns its standard output."""
        return self._call("wait_until_fails", (command, timeout), {"attempt_timeout": attempt_timeout})  # type: ignore[no-any-return]

    def systemctl(self, q: str, user: str | None = None) -> tuple[int, str]:
        r"""Run `systemctl` with these words, for the system or for a user's manager; returns status and output."""
        return self._call("systemctl", (q, user), {})  # type: ignore[no-any-return]

    def start_job(self, jobname: UnitName, user: str | None = None) -> tuple[int, str]:
        r"""Start a systemd unit; returns systemctl's status and output."""
        return self._call("start_job", (jobname, user), {})  # type: ignore[no-any-return]

    def stop_job(self, jobname: UnitName, user: str | None = None) -> tuple[int, str]:
        r"""Stop a systemd unit; returns systemctl's status and output."""
        return self._call("stop_job", (jobname, user), {})  # type: ignore[no-any-return]

    def get_unit_info(self, unit: UnitName, user: str | None = None) -> dict[str, str]:
        r"""All properties of a systemd unit, as `systemctl show` gives them."""
        return self._call("get_unit_info", (unit, user), {})  # type: ignore[no-any-return]

    def get_unit_property(self, unit: UnitName, property: str, user: str | None = None) -> str:
        r"""One property of a systemd unit. An unknown unit or property is an error."""
        return self._call("get_unit_property", (unit, property, user), {})  # type: ignore[no-any-return]

    def require_unit_state(self, unit: UnitName, require_state: str = "active") -> None:
        r"""Fail the test when the unit's `ActiveState` is another one."""
        self._call("require_unit_state", (unit, require_state), {})

    def wait_for_unit(self, unit: UnitName, user: str | None = None, timeout: Duration = 900, *, attempt_timeout: Duration | None = None, finished: bool = False, stable: Duration = 0) -> None:
        r"""Wait until a systemd unit is active.
        
        Fails at once when the unit has failed, or when it is inactive and no job is pending that could start it. In the
        boot any job could; the log warns then. With `finished` a unit that has run in this boot and has ended well counts,
        too, such as a oneshot. With `stable` the unit must stay active for that long: the call fails when it ends or is
        started again meanwhile. Without it, the log warns when systemd has restarted the unit twice or more."""
        self._call("wait_for_unit", (unit, user, timeout), {"attempt_timeout": attempt_timeout, "finished": finished, "stable": stable})

    def wait_for_unit_active_state(self, unit: UnitName, state: str, user: str | None = None, timeout: Duration = 900, *, attempt_timeout: Duration | None = None) -> None:
        r"""Wait until a systemd unit's `ActiveState` is `state`. More than the Python driver."""
        self._call("wait_for_unit_active_state", (unit, state, user, timeout), {"attempt_timeout": attempt_timeout})

    def wait_for_file(self, filename: GuestPath, timeout: Duration = 900, *, attempt_timeout: Duration | None = None) -> None:
        r"""Wait until a file exists.
        
        That is one of this very name, or one that bash makes of the name: `~`, `$VAR` and patterns are expanded, and
        quotes taken away. Of several names one must exist."""
        self._call("wait_for_file", (filename, timeout), {"attempt_timeout": attempt_timeout})

    def wait_for_open_port(self, port: Port, addr: str = "localhost", timeout: Duration = 900, *, attempt_timeout: Duration | None = None, udp: bool = False, connect: bool = False) -> None:
        r"""Wait until something accepts TCP connections at that port, with `udp` until something receives at the UDP port.
        
        Whether something listens at `localhost` or an address of the guest's is looked up in the guest, so that no server
        takes a connection and no service is started by one. Another address or a name is connected to, and with `connect`
        each one is. A guest whose kernel passes connections on (address translation, virtual servers) is also connected to
        while nothing listens at the port."""
        self._call("wait_for_open_port", (port, addr, timeout), {"attempt_timeout": attempt_timeout, "udp": udp, "connect": connect})

    def wait_for_closed_port(self, port: Port, addr: str = "localhost", timeout: Duration = 900, *, attempt_timeout: Duration | None = None, udp: bool = False, connect: bool = False) -> None:
        r"""Wait until nothing accepts TCP connections at that port, with `udp` until nothing receives at the UDP port.
        
        Looks or connects as `wait_for_open_port` does."""
        self._call("wait_for_closed_port", (port, addr, timeout), {"attempt_timeout": attempt_timeout, "udp": udp, "connect": connect})

    def wait_for_open_unix_socket(self, addr: GuestPath, is_datagram: bool = False, timeout: Duration = 900, *, attempt_timeout: Duration | None = None, connect: bool = False) -> None:
        r"""Wait until something listens at a Unix socket.
        
        That is looked up in the guest. With `connect`, or when the socket's server has it under another path, it is
        connected to."""
        self._call("wait_for_open_unix_socket", (addr, is_datagram, timeout), {"attempt_timeout": attempt_timeout, "connect": connect})

    def copy_from_host(self, source: HostPath, target: GuestPath) -> None:
        r"""Copy a file or directory into the guest through the shared directory. Permission bits are kept, the owner is root.
        
        A link in a directory that leads out of it arrives as what it leads to; others stay links.
        
        `~`, `$VAR` and patterns in `target` are expanded in the guest, unless there is a file of this very name, or the
        name has blanks or quotes."""
        self._call("copy_from_host", (source, target), {})

    def copy_from_host_via_shell(self, source: HostPath, target: GuestPath) -> None:
        r"""Copy one file into the guest through the root shell, which needs no shared directory. The copy is verified by checksum.
        
        `target` is expanded as by `copy_from_host`."""
        self._call("copy_from_host_via_shell", (source, target), {})

    def copy_from_machine(self, source: GuestPath, target_dir: OutPath = "") -> None:
        r"""Copy a file or directory from the guest into the output directory, a directory below it, or one with an absolute path.
        
        A link in a directory that leads out of it is followed in the guest; others stay links."""
        self._call("copy_from_machine", (source, target_dir), {})

    def copy_from_vm(self, source: GuestPath, target_dir: OutPath = "") -> None:
        r"""The old name of `copy_from_machine`."""
        self._call("copy_from_vm", (source, target_dir), {})

    def screenshot(self, filename: OutPath) -> None:
        r"""Write the screen as PNG into the output directory. A name without a dot gets `.png`; a path is used as it is."""
        self._call("screenshot", (filename,), {})

    def get_screen_text(self) -> str:
        r"""The text on the screen."""
        return self._call("get_screen_text", (), {})  # type: ignore[no-any-return]

    def get_screen_text_variants(self) -> list[str]:
        r"""The text on the screen, as each way of preparing the image for recognition gives it."""
        return self._call("get_screen_text_variants", (), {})  # type: ignore[no-any-return]

    def wait_for_text(self, regex: Regex, timeout: Duration = 900, *, attempt_timeout: Duration | None = None) -> None:
        r"""Wait until the screen's text matches."""
        self._call("wait_for_text", (regex, timeout), {"attempt_timeout": attempt_timeout})

    def find_text(self, regex: Regex) -> list[Box]:
        r"""Where the screen's text matches: boxes in pixels, empty when nowhere. More than the Python driver."""
        return self._call("find_text", (regex,), {})  # type: ignore[no-any-return]

    def click_text(self, regex: Regex, button: MouseButton = "left", timeout: Duration = 900, *, attempt_timeout: Duration | None = None) -> Box:
        r"""Wait for text on the screen and click in the middle of it. Returns where it was. More than the Python driver."""
        return self._call("click_text", (regex, button, timeout), {"attempt_timeout": attempt_timeout})  # type: ignore[no-any-return]

    def wait_for_still_screen(self, duration: Duration = 2, timeout: Duration = 900, *, similarity: float = 1.0) -> None:
        r"""Wait until the screen has not changed for that long. More than the Python driver."""
        self._call("wait_for_still_screen", (duration, timeout), {"similarity": similarity})

    def wait_for_image(self, needle: HostPath, similarity: float = 0.95, area: tuple[int, int, int, int] | None = None, timeout: Duration = 900, *, attempt_timeout: Duration | None = None) -> Box:
        r"""Wait until the screen shows an image: a PNG, or an openQA needle (PNG and JSON with areas).
        
        `area` is (x, y, width, height) in pixels. Returns where it was found. More than the Python driver."""
        return self._call("wait_for_image", (needle, similarity, area, timeout), {"attempt_timeout": attempt_timeout})  # type: ignore[no-any-return]

    def assert_screen(self, needle: HostPath, similarity: float = 0.95, area: tuple[int, int, int, int] | None = None) -> Box:
        r"""Fail the test unless the screen shows an image now. More than the Python driver."""
        return self._call("assert_screen", (needle, similarity, area), {})  # type: ignore[no-any-return]

    def send_key(self, key: Key, delay: Duration | None = 0.01, log: bool = True, *, layout: KeyboardLayout | None = None) -> None:
        r"""Press a key or a chord, such as `ctrl-alt-delete`, `meta_l-v`, `ret` or a character.
        
        A single character is what types it with the layout that the guest expects: `layout`, without it the `keyboard` of
        the machine, else `us`. Longer names are places on the keyboard, whatever the layout."""
        self._call("send_key", (key, delay, log), {"layout": layout})

    def send_chars(self, chars: str, delay: Duration | None = 0.01, *, layout: KeyboardLayout | None = None) -> None:
        r"""Type text on a keyboard with the layout that the guest expects: `layout`, without it that of the machine, else `us`.
        
        Nothing is typed when the layout lacks one of the characters. Dead keys and AltGr are used where they are needed."""
        self._call("send_chars", (chars, delay), {"layout": layout})

    def send_console(self, chars: str) -> None:
        r"""Write to the serial console. QEMU machines only."""
        self._call("send_console", (chars,), {})

    def get_console_log(self) -> str:
        r"""All serial output since the start of this boot, without the control sequences of terminals (colours and the like).
        
        While the run goes on, the bytes themselves are in `NAME-console.log` in `out_dir`."""
        return self._call("get_console_log", (), {})  # type: ignore[no-any-return]

    def wait_for_console_text(self, regex: Regex, timeout: Duration | None = None, *, attempt_timeout: Duration | None = None) -> None:
        r"""Wait until the serial output since the last call matches. A pattern may span lines.
        
        Control sequences of terminals (colours and the like) are left out, also within a word, unless the pattern itself
        has the escape character, such as `\x1b`."""
        self._call("wait_for_console_text", (regex, timeout), {"attempt_timeout": attempt_timeout})

    def get_tty_text(self, tty: str | int) -> str:
        r"""The text of a virtual terminal. QEMU machines only."""
        return self._call("get_tty_text", (tty,), {})  # type: ignore[no-any-return]

    def wait_until_tty_matches(self, tty: str | int, regexp: Regex, timeout: Duration = 900, *, attempt_timeout: Duration | None = None) -> None:
        r"""Wait until the text of a virtual terminal matches. QEMU machines only."""
        self._call("wait_until_tty_matches", (tty, regexp, timeout), {"attempt_timeout": attempt_timeout})

    def dump_tty_contents(self, tty: str | int) -> None:
        r"""Write the text of a virtual terminal to the log. QEMU machines only."""
        self._call("dump_tty_contents", (tty,), {})

    def get_window_names(self) -> list[str]:
        r"""The names of the X windows."""
        return self._call("get_window_names", (), {})  # type: ignore[no-any-return]

    def wait_for_window(self, regexp: Regex, timeout: Duration = 900, *, attempt_timeout: Duration | None = None) -> None:
        r"""Wait until an X window's name matches."""
        self._call("wait_for_window", (regexp, timeout), {"attempt_timeout": attempt_timeout})

    def wait_for_x(self, timeout: Duration = 900, *, attempt_timeout: Duration | None = None) -> None:
        r"""Wait until the X server of display `:0` is up: it accepts connections, or a graphical session has begun."""
        self._call("wait_for_x", (timeout,), {"attempt_timeout": attempt_timeout})

    def ssh_backdoor_command(self) -> str:
        r"""The command that reaches the machine over its SSH backdoor; see `dump_machine_ssh`. An error when it has none."""
        return self._call("ssh_backdoor_command", (), {})  # type: ignore[no-any-return]

    def console_interact(self) -> None:
        r"""Talk to the serial console from the terminal. For the interactive mode. QEMU machines only."""
        self._call("console_interact", (), {})

    def shell_interact(self, address: str | None = None) -> None:
        r"""Work in the guest's root shell from the terminal; Ctrl-D returns.
        
        With `address` (socat's notation) the shell is offered there. For the interactive mode."""
        self._call("shell_interact", (address,), {})

    def send_monitor_command(self, command: str) -> str:
        r"""Give a command to QEMU's human monitor (HMP) and return its answer. QEMU machines only."""
        return self._call("send_monitor_command", (command,), {})  # type: ignore[no-any-return]

    def qmp(self, command: str, arguments: dict[str, Any] | None = None) -> Any:
        r"""Run a QMP command and return its result. An error keeps QEMU's class and text. More than the Python driver. QEMU machines only."""
        return self._call("qmp", (command, arguments), {})

    def wait_for_qmp_event(self, event_filter: Callable[[dict[str, Any]], bool] | str, timeout: Duration = 600, *, attempt_timeout: Duration | None = None) -> dict[str, Any]:
        r"""Wait for a QMP event that a function accepts, or of that name. Events that came before are seen too. QEMU machines only."""
        return self._call("wait_for_qmp_event", (event_filter, timeout), {"attempt_timeout": attempt_timeout})  # type: ignore[no-any-return]

    def forward_port(self, host_port: Port = 8080, guest_port: Port = 80) -> None:
        r"""Forward a TCP port of the host (loopback only) to one of the guest. QEMU machines only."""
        self._call("forward_port", (host_port, guest_port), {})

    def block(self) -> None:
        r"""Unplug the machine's VLAN cables."""
        self._call("block", (), {})

    def unblock(self) -> None:
        r"""Plug the machine's VLAN cables in again."""
        self._call("unblock", (), {})

    def create_efi_vars(self) -> None:
        r"""Make an empty OVMF variable store for a machine that does not run. QEMU machines only."""
        self._call("create_efi_vars", (), {})

    def read_efi_attributes(self) -> dict[str, int]:
        r"""The attributes (`EFI_VARIABLE_…` of the UEFI specification) of the variables of the OVMF variable store, by `name-guid`. More than the Python driver. QEMU machines only."""
        return self._call("read_efi_attributes", (), {})  # type: ignore[no-any-return]

    def dump_efi_vars(self) -> None:
        r"""Write the variables of the OVMF variable store to the log. QEMU machines only."""
        self._call("dump_efi_vars", (), {})

    @property
    def start_command(self) -> StartCommand | None:
        """The command that starts the machine, if it is described by one."""
        command = self._get("start_command")
        return None if command is None else _bridge.objects().StartCommand(command)

    @property
    def tmp_dir(self) -> Path:
        """The directory of the run's temporary files."""
        return self.state_dir.parent

    @property
    def process(self) -> Process | None:
        """The machine's process, with what a subprocess.Popen has; None when it does not run."""
        return _bridge.objects().of(self, _bridge.objects().Process)  # type: ignore[no-any-return]

    @property
    def monitor(self) -> Channel | None:
        """QEMU's human monitor, with send and recv; None when the machine does not run."""
        return _bridge.objects().of(self, _bridge.objects().Monitor)  # type: ignore[no-any-return]

    @property
    def shell(self) -> Channel | None:
        """A root shell in the guest, with send and recv; None when the machine does not run."""
        return _bridge.objects().of(self, _bridge.objects().Shell)  # type: ignore[no-any-return]

    @property
    def last_lines(self) -> Lines:
        """The lines of the serial console, each once, with what a queue.Queue has for a reader."""
        lines: Lines = self.__dict__.setdefault("_lines", _bridge.objects().Lines(self))
        return lines

    @property
    def full_console_log(self) -> list[str]:
        """The lines of the serial console since the start of this boot."""
        return self.get_console_log().splitlines()

    def read_efi_vars(self) -> list[EfiVariable]:
        """The variables of the OVMF variable store of a machine that does not run."""
        return _bridge.efi().read(self._call("read_efi_vars", (), {}), self.read_efi_attributes())  # type: ignore[no-any-return]

    def write_efi_vars(self, vars: Iterable[EfiVariable] | Mapping[str, bytes | tuple[int, bytes]]) -> None:
        """Set variables in the OVMF variable store of a machine that does not run.

        They are objects of test_driver.efi, or bytes, or tuples of attributes and bytes, by "name-guid"."""
        self._call("write_efi_vars", (_bridge.efi().written(vars),), {})

    @property
    def logger(self) -> _log:
        """The log."""
        return log

    def log(self, msg: object) -> None:
        """Write a line to the log, with the machine's name."""
        _bridge.write_log("info", msg, {"machine": self.name})

    def log_serial(self, msg: object) -> None:
        """Write a line as if it were one of the machine's serial console."""
        log.log_serial(msg, self.name)

    def nested(self, msg: str, attrs: Mapping[str, str] = {}) -> Scope:
        """An entry of the log, with the machine's name: `with machine.nested("setting up"):`."""
        return Scope("nested", msg, {"machine": self.name, **attrs})


class QMPClient(_bridge.Proxy):
    r"""QMP under the Python driver's name."""
    __slots__ = ()

    def send(self, cmd: str, args: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run a QMP command and return QEMU's answer, {"return": …}. What it refuses is a QMPAPIError."""
        return self._call("send", (cmd, args or None), {})  # type: ignore[no-any-return]

    def wait_for_event(
        self, until: Callable[[dict[str, Any]], bool] | str | Duration | None = None, timeout: Duration | None = None
    ) -> dict[str, Any]:
        """Wait for the next event that has not been returned before, 10 seconds by default.

        With a function or a name, for an event that the function accepts, or of that name, 600 seconds by default."""
        if until is not None and not callable(until) and not isinstance(until, str):
            until, timeout = None, until  # the Python driver's only parameter
        if timeout is None:
            timeout = 10 if until is None else 600
        return self._call("wait_for_event", (until, timeout), {})  # type: ignore[no-any-return]

    def events(self, timeout: Duration = 10) -> Iterator[dict[str, Any]]:
        """The events that have not been returned before. Does not wait: timeout is the Python driver's, for a queue that is not empty."""
        yield from self._call("events", (), {})


class Vlan(_bridge.Proxy):
    r"""A network: a vde switch or a hub, and what hangs on it."""
    __slots__ = ()

    @property
    def nr(self) -> int:
        r"""The network's number."""
        return self._get("nr")  # type: ignore[no-any-return]

    @property
    def name(self) -> str:
        r"""The network's name, `vlan<nr>`."""
        return self._get("name")  # type: ignore[no-any-return]

    @property
    def socket_dir(self) -> Directory:
        r"""The control directory of its vde_switch, or the directory of a hub's sockets."""
        return _bridge.path(self._get("socket_dir"))  # type: ignore[no-any-return]

    def partition(self, *groups: Iterable[Machine], keep: bool = False) -> None:
        r"""Split the network: only machines of the same group reach each other.
        
        Undone by `heal()` and at the end of the subtest unless `keep` is true. More than the Python driver."""
        self._call("partition", (*groups,), {"keep": keep})

    def heal(self, machine: Machine | None = None) -> None:
        r"""Undo `partition` and `impair`, for one machine or for all. More than the Python driver."""
        self._call("heal", (machine,), {})

    def impair(self, machine: Machine | None = None, *, loss: float | None = None, delay: float | None = None, jitter: float | None = None, rate: int | None = None, duplicate: float | None = None, keep: bool = False) -> None:
        r"""Make the network bad for one machine or for all.
        
        `loss` and `duplicate` are in percent, `delay` and `jitter` in milliseconds each way, `rate` in bytes per
        second. Undone by `heal()` and at the end of the subtest unless `keep` is true. More than the Python driver."""
        self._call("impair", (machine,), {"loss": loss, "delay": delay, "jitter": jitter, "rate": rate, "duplicate": duplicate, "keep": keep})

    def capture(self, filename: OutPath, *, keep: bool = False) -> str:
        r"""Record the network's packets into a pcap file in the output directory, and return its path.
        
        Recording ends with the subtest unless `keep` is true, then with the run. More than the Python driver."""
        return self._call("capture", (filename,), {"keep": keep})  # type: ignore[no-any-return]

    def stop_capture(self) -> None:
        r"""End the recordings of this network. More than the Python driver."""
        self._call("stop_capture", (), {})


class QemuMachine(Machine):
    """A machine of the list machines_qemu."""

    __slots__ = ()


class NspawnMachine(Machine):
    """A machine of the list machines_nspawn."""

    __slots__ = ()

    def execute(
        self,
        command: ShellCommand,
        check_return: bool = True,
        check_output: bool = True,
        timeout: Duration | None = 900,
        *,
        stream: bool = False,
    ) -> tuple[int, str]:
        """As Machine.execute; a command that the timeout cuts is a subprocess.TimeoutExpired, as in the Python driver."""
        with _bridge.cutting(command, timeout) as cut:
            result = super().execute(command, check_return, check_output, timeout, stream=stream)
            cut(result[0] == 124, result[1])
        return result

    def succeed(self, *commands: ShellCommand, timeout: Duration | None = None, stream: bool = False) -> str:
        """As Machine.succeed; a command that the timeout cuts is a subprocess.TimeoutExpired, as in the Python driver."""
        out = ""
        for command in commands:
            with _bridge.cutting(command, timeout):
                out += super().succeed(command, timeout=timeout, stream=stream)
        return out

    def fail(self, *commands: ShellCommand, timeout: Duration | None = None, stream: bool = False) -> str:
        """As Machine.fail; a command that the timeout cuts is a subprocess.TimeoutExpired, as in the Python driver."""
        if timeout is None:
            return super().fail(*commands, stream=stream)
        out = ""
        for command in commands:
            with self.nested(f"must fail: {command}"):
                status, text = self.execute(command, timeout=timeout, stream=stream)
                if status == 0:
                    raise RequestedAssertionFailed(f"command \x60{command}\x60 unexpectedly succeeded\n{text}".rstrip())
                out += text
        return out


BaseMachine = Machine


class _log:
    r"""The test's log."""

    def debug(self, msg: object, attributes: Mapping[str, str] = {}) -> None:
        """Write a line that is shown with --log-level debug, or after set_log_level(1)."""
        _bridge.write_log("debug", msg, attributes)

    def info(self, msg: object, attributes: Mapping[str, str] = {}) -> None:
        """Write a line. The attribute "machine" shows the machine's name before it."""
        _bridge.write_log("info", msg, attributes)

    def log(self, message: object, attributes: Mapping[str, str] = {}) -> None:
        """Write a line. The attribute "machine" shows the machine's name before it."""
        _bridge.write_log("info", message, attributes)

    def warning(self, msg: object, attributes: Mapping[str, str] = {}) -> None:
        """Write a warning."""
        _bridge.write_log("warning", msg, attributes)

    def error(self, msg: object, attributes: Mapping[str, str] = {}) -> None:
        """Write an error and end the script with exit status 1."""
        _bridge.write_log("error", msg, attributes)
        raise _bridge.LoggedError(str(msg))

    def log_test_error(self, msg: object, attributes: Mapping[str, str] = {}) -> None:
        """Write an error. The test goes on."""
        _bridge.write_log("error", msg, attributes)

    def log_serial(self, message: object, machine: str) -> None:
        """Write a line as if it were one of a machine's serial console."""
        _bridge.connection().tell(_bridge.PRINT, str(message), "serial", {"machine": str(machine)})

    def print_serial_logs(self, enable: bool) -> None:
        """Show or hide the machines' serial output on the terminal."""
        (serial_stdout_on if enable else serial_stdout_off)()

    def set_log_level(self, level: int | str) -> None:
        """Leave out lines that are less important: 1 or "debug", 2 or "info", 3 or "warning", 4 or "error"."""
        _bridge.set_log_level(level)

    def subtest(self, name: str, attributes: Mapping[str, str] = {}) -> Scope:
        """A subtest: `with log.subtest("login works"):`."""
        return Scope("subtest", name, attributes)

    def nested(self, message: str, attributes: Mapping[str, str] = {}) -> Scope:
        """An entry of the log: `with log.nested("setting up"):` runs its block below that entry."""
        return Scope("nested", message, attributes)

    def sanitise(self, message: str) -> str:
        """A text without characters that can't be shown."""
        return "".join(c for c in message if not _bridge.standard("unicodedata").category(c).startswith("C"))


log = _log()


class _debug:
    r"""The debugger."""

    def breakpoint(self, host: str = "127.0.0.1", port: int = 4444) -> None:
        """Stop here and open the debugger, when the run has one. It is reached as the command line says, not at a port."""
        _bridge.stop()


debug = _debug()
t: unittest.TestCase = _bridge.Testing()  # type: ignore[assignment]

# The driver sets these before the script runs.
machines: list[Machine] = []
machines_qemu: list[QemuMachine] = []
machines_nspawn: list[NspawnMachine] = []
vlans: list[Vlan] = []
driver: Driver = None  # type: ignore[assignment]

__all__ = [
    "BaseMachine",
    "Box",
    "Disk",
    "Driver",
    "GlobalTimeout",
    "Machine",
    "MachineError",
    "NspawnMachine",
    "PollingConditionError",
    "QMPAPIError",
    "QMPClient",
    "QemuMachine",
    "RequestedAssertionFailed",
    "TestScriptError",
    "Vlan",
    "WaitTimeout",
    "chaos",
    "clone_machines",
    "create_machine",
    "debug",
    "driver",
    "dump_machine_ssh",
    "invariant",
    "join_all",
    "log",
    "machines",
    "machines_nspawn",
    "machines_qemu",
    "parallel",
    "polling_condition",
    "restore_all",
    "retry",
    "run_tests",
    "secret",
    "serial_stdout_off",
    "serial_stdout_on",
    "skip",
    "snapshot_all",
    "start_all",
    "subtest",
    "t",
    "test_script",
    "vlans",
    "xfail",
]
