"""What scripts of nixpkgs' test driver import, catch, read and set."""

import datetime as dt
import queue
import re
import subprocess
import unittest
import uuid
from pathlib import Path

from test_driver.efi import EfiVariable
from test_driver.errors import MachineError, RequestedAssertionFailed
from test_driver.machine import Machine, make_command, retry as same_retry
from test_driver.machine.qmp import QMPAPIError
from test_driver.polling_condition import PollingConditionError

start_all()

with subtest("paths and durations"):
    assert isinstance(driver.out_dir, Path) and isinstance(machine.state_dir, Path) and isinstance(machine.shared_dir, Path)
    assert machine.state_dir.parent == machine.tmp_dir and machine.out_dir == driver.out_dir
    machine.sleep(dt.timedelta(milliseconds=10))
    status, out = machine.execute("sleep 60", timeout=dt.timedelta(seconds=0.5))
    assert status == 124, status
    machine.succeed(make_command(["touch", "/tmp/with space"]))
    machine.copy_from_machine(Path("/tmp/with space"), driver.out_dir / "sub")
    assert (driver.out_dir / "sub" / "with space").exists()
    machine.wait_for_closed_port("8080")
    machine.wait_for_file(Path("/tmp/with space"), timeout=dt.timedelta(seconds=60))

with subtest("errors"):
    with t.assertRaisesRegex(RequestedAssertionFailed, r"^command `exit 42` failed \(exit code 42\)"):
        machine.succeed("exit 42")
    with t.assertRaisesRegex(RequestedAssertionFailed, "^command `true` unexpectedly succeeded"):
        machine.fail("true")
    with t.assertRaisesRegex(RequestedAssertionFailed, "^action timed out after .* seconds"):
        machine.wait_for_file("/none", timeout=1)
    with t.assertRaises(TimeoutError):
        machine.wait_for_file("/none", timeout=1)
    with t.assertRaises(FileNotFoundError):
        machine.copy_from_host("/no/such/file", "/tmp/x")
    with t.assertRaises(RequestedAssertionFailed):
        t.assertEqual(1, 2)
    assert isinstance(t, unittest.TestCase) and same_retry is retry and isinstance(machine, Machine)
    assert issubclass(MachineError, Exception) and not issubclass(RequestedAssertionFailed, MachineError)

with subtest("polling conditions"):
    @polling_condition(seconds_interval=dt.timedelta(0))
    def broken():
        """It holds.

        For ever."""
        return False

    assert broken.condition.description == broken.condition.condition.__doc__ and not broken.condition.check(force=True)
    try:
        with broken:
            assert driver.polling_conditions == [broken.condition]
            machine.succeed("true")
    except PollingConditionError as error:
        assert str(error) == f"Polling condition failed: {broken.condition.description}", error
    else:
        raise Exception("no error")
    with t.assertRaises(RequestedAssertionFailed):
        broken.wait(timeout_seconds=1)

with subtest("QMP"):
    assert machine.qmp_client.send("query-status")["return"]["status"] == "running"
    list(machine.qmp_client.events())
    machine.qmp_client.send("stop")
    assert machine.qmp_client.wait_for_event(dt.timedelta(seconds=60))["event"] == "STOP"
    machine.qmp_client.send("cont")
    assert machine.qmp_client.wait_for_event()["event"] == "RESUME"
    assert list(machine.qmp_client.events()) == []
    try:
        machine.qmp_client.send("this-command-does-not-exist")
    except QMPAPIError as error:
        assert error.class_name == "CommandNotFound" and error.description and error.transaction_id is None
    else:
        raise Exception("no error")

with subtest("sockets and processes"):
    machine.shell.send(b"x=5; cd /usr\n")
    machine.shell.send(b"echo $x $PWD\n")
    machine.shell.settimeout(60)
    assert machine.shell.recv(100) == b"5 /usr\n"
    machine.monitor.send(b"info status\n")
    assert b"running" in machine.monitor.recv(4096)
    assert machine.process.poll() is None and machine.process.pid == machine.pid
    machine.succeed("echo from-the-guest > /dev/console")
    lines = []
    while not lines or "from-the-guest" not in lines[-1]:
        lines.append(machine.last_lines.get(timeout=60))
    with t.assertRaises(queue.Empty):
        while True:
            machine.last_lines.get_nowait()

with subtest("attributes"):
    machine.mine = 3
    assert machine.mine == 3 and machine.logger is log and driver.logger is log and driver.debug is debug
    assert "sockets and processes" in driver.tests and driver.vhost_vsock is None
    assert driver.race_timer.interval == driver.global_timeout
    with t.assertRaises(MachineError):
        machine.ssh_backdoor_command()

with subtest("EFI variables"):
    vendor = uuid.UUID("a19f72f8-b554-4bd7-a0c2-2762bd854691")
    other = create_machine(guest="tiny", name="other", efi=True, memory=512)
    other.create_efi_vars()
    flags = EfiVariable.Flags.NON_VOLATILE | EfiVariable.Flags.BOOTSERVICE_ACCESS
    other.write_efi_vars([EfiVariable(vendor_uuid=vendor, name="Demo", data=b"\x2a", flags=flags)])
    other.start()
    with t.assertRaises(RequestedAssertionFailed):
        other.read_efi_vars()
    other.crash()
    (found,) = [v for v in other.read_efi_vars() if v.name == "Demo"]
    found.print()
    assert found.vendorUUID == uuid.UUID(bytes=vendor.bytes_le) and found.data == b"\x2a" and not found.runtime_access

with subtest("the log"):
    log.log("a line", {"machine": "x"})
    log.warning("a warning")
    with log.nested("nested", {"a": "b"}), machine.nested("more", {"c": "d"}), log.subtest("inner"):
        pass
    machine.log_serial("as if from the console")
    log.print_serial_logs(False)
    log.set_log_level(3)
    log.info("not shown")
    log.set_log_level(2)
    with t.assertRaises(SystemExit):
        log.error("ends the script")
machine.shutdown()
assert machine.process is None and machine.shell is None
join_all()
