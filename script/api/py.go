package api

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// pyModuleHeader is the beginning of package gotest. Imports that only annotations need are skipped when a script runs.
const pyModuleHeader = `"""What test scripts can call: machines, networks, the log. Made from the driver's declarations.

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
`

// pyByHand are the globals that _bridge.py implements, in Python's own forms.
var pyByHand = []string{"subtest", "retry", "polling_condition", "parallel"}

// pyKept are the globals that call their function after they have returned.
var pyKept = []string{"invariant"}

// pyAlias are aliases of types that accept more in Python.
var pyAlias = map[string][]string{
	"Duration":  {"int", "float", "timedelta"},
	"HostPath":  {"str", "PathLike[str]"},
	"GuestPath": {"str", "PathLike[str]"},
	"OutPath":   {"str", "PathLike[str]"},
	"Port":      {"int", "str"},
	"Directory": {"Path"},
}

// pyParam are the Python driver's names of parameters, where they differ.
var pyParam = map[string]string{"Machine.sleep.duration": "secs"}

// pyMore are the members that classes have in Python only, or in other forms there.
var pyMore = map[string]string{
	"Driver": `
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
`,
	"QMPClient": `
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
`,
	"NspawnMachine": `
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
`,
	"Machine.state_dir": `
    @state_dir.setter
    def state_dir(self, value: Directory) -> None:
        """As set_state_dir."""
        self.set_state_dir(value)
`,
	"Machine.connected": `
    @connected.setter
    def connected(self, value: bool) -> None:
        """Nothing: the Python driver has to be told of a reboot, and this one connects anew by itself."""
`,
	"Machine": `
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
        """An entry of the log, with the machine's name: ` + "`with machine.nested(\"setting up\"):`" + `."""
        return Scope("nested", msg, {"machine": self.name, **attrs})
`,
	"log": `
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
        """A subtest: ` + "`with log.subtest(\"login works\"):`" + `."""
        return Scope("subtest", name, attributes)

    def nested(self, message: str, attributes: Mapping[str, str] = {}) -> Scope:
        """An entry of the log: ` + "`with log.nested(\"setting up\"):`" + ` runs its block below that entry."""
        return Scope("nested", message, attributes)

    def sanitise(self, message: str) -> str:
        """A text without characters that can't be shown."""
        return "".join(c for c in message if not _bridge.standard("unicodedata").category(c).startswith("C"))
`,
	"debug": `
    def breakpoint(self, host: str = "127.0.0.1", port: int = 4444) -> None:
        """Stop here and open the debugger, when the run has one. It is reached as the command line says, not at a port."""
        _bridge.stop()
`,
}

// PY writes gotest/__init__.py, through which scripts in Python call the driver.
func (a *API) PY(w io.Writer) error {
	var b strings.Builder
	b.WriteString(pyModuleHeader)
	b.WriteString("\n")
	types := "\n# What the types of parameters stand for, when a script is checked.\n_TYPES = {\n"
	for _, al := range a.Aliases {
		either := pyAlias[al.Name]
		t := "Union[" + strings.Join(either, ", ") + "]"
		if either == nil {
			t = pyType(al.Type)
			either = []string{t}
		}
		fmt.Fprintf(&b, "    %s = %s\n", al.Name, t)
		types += fmt.Sprintf("    %q: %q,\n", al.Name, strings.Join(either, " | "))
	}
	b.WriteString(types + "}\n")
	names := []string{"GlobalTimeout", "MachineError", "PollingConditionError", "QMPAPIError", "RequestedAssertionFailed", "TestScriptError", "WaitTimeout"}
	names = append(names, pyByHand...)
	for _, f := range a.Functions {
		if !slices.Contains(pyByHand, f.Name) {
			b.WriteString("\n")
			pyDef(&b, f, "", "")
			names = append(names, f.Name)
		}
	}
	for _, c := range a.Classes {
		if !strings.HasPrefix(c.Pos.File, "classes") || slices.Contains([]string{"Pattern", "Match", "Scope", "PollingCondition"}, c.Name) {
			continue
		}
		fmt.Fprintf(&b, "\n\nclass %s(_bridge.Proxy):\n%s\n    __slots__ = ()\n", c.Name, strings.TrimRight(pyDoc(c.Doc, "    "), "\n"))
		for _, v := range c.Attributes {
			if byHand(c.Name, v.Name) {
				continue
			}
			get := fmt.Sprintf("self._get(%q)", v.Name)
			if v.Type.Name == "Directory" {
				get = "_bridge.path(" + get + ")"
			}
			fmt.Fprintf(&b, "\n    @property\n    def %s(self) -> %s:\n%s        return %s  # type: ignore[no-any-return]\n",
				v.Name, pyType(v.Type), pyDoc(v.Doc, "        "), get)
			b.WriteString(pyMore[c.Name+"."+v.Name])
		}
		for _, f := range c.Methods {
			if byHand(c.Name, f.Name) {
				continue
			}
			b.WriteString("\n")
			pyDef(&b, f, "    ", "self")
		}
		b.WriteString(pyMore[c.Name])
		if c.Name == "Driver" {
			for _, list := range a.machineLists() {
				fmt.Fprintf(&b, "\n    @property\n    def %s(self) -> %s:\n        \"\"\"%s\"\"\"\n        return [m for m in self.machines if isinstance(m, %s)]\n",
					list.Name, pyType(list.Type), list.Doc, elementClass(list))
			}
			b.WriteString("\n")
			for _, f := range a.Functions {
				fmt.Fprintf(&b, "    %s = staticmethod(%s)\n", f.Name, f.Name)
			}
		}
		names = append(names, c.Name)
	}
	for _, list := range a.machineLists() {
		class := elementClass(list)
		fmt.Fprintf(&b, "\n\nclass %s(Machine):\n    \"\"\"A machine of the list %s.\"\"\"\n\n    __slots__ = ()\n%s", class, list.Name, pyMore[class])
		names = append(names, class)
	}
	b.WriteString("\n\nBaseMachine = Machine\n")
	names = append(names, "BaseMachine")
	for _, name := range []string{"log", "debug"} {
		m := a.Module(name)
		fmt.Fprintf(&b, "\n\nclass _%s:\n%s", name, pyDoc(m.Doc, "    "))
		for _, f := range m.Functions {
			if byHand(name, f.Name) {
				continue
			}
			b.WriteString("\n")
			pyDef(&b, f, "    ", name)
		}
		b.WriteString(pyMore[name])
		fmt.Fprintf(&b, "\n\n%s = _%s()\n", name, name)
		names = append(names, name)
	}
	b.WriteString("t: unittest.TestCase = _bridge.Testing()  # type: ignore[assignment]\n\n# The driver sets these before the script runs.\n")
	for _, v := range a.Variables {
		value := "[]"
		if v.Type.Name != "list" {
			value = "None  # type: ignore[assignment]"
		}
		fmt.Fprintf(&b, "%s: %s = %s\n", v.Name, pyType(v.Type), value)
		names = append(names, v.Name)
	}
	names = append(names, "t")
	slices.Sort(names)
	b.WriteString("\n__all__ = [\n")
	for _, n := range names {
		fmt.Fprintf(&b, "    %q,\n", n)
	}
	b.WriteString("]\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// byHand reports whether pyMore has a member of a class or module.
func byHand(owner, name string) bool { return strings.Contains(pyMore[owner], "    def "+name+"(") }

// pyDef writes a function that calls the driver's function; of is "self" for a method, a module's name for its
// function.
func pyDef(b *strings.Builder, f *Function, pad, of string) {
	params, positional, named := []string{}, []string{}, []string{}
	if of != "" {
		params = append(params, "self")
	}
	star := false
	for _, p := range f.Params {
		name, t := p.Name, pyParamType(p.Type)
		if other := pyParam[f.FullName()+"."+p.Name]; other != "" {
			name = other
		}
		s, value := name+": "+t, name
		if p.Default != "" {
			s += " = " + strings.NewReplacer("[]", "()", "{}", "{}").Replace(p.Default)
		}
		switch p.Kind {
		case VarArgs:
			star = true
			s = "*" + s
			positional = append(positional, "*"+value)
		case KeywordOnly:
			if !star {
				star, params = true, append(params, "*")
			}
			named = append(named, fmt.Sprintf("%q: %s", p.Name, value))
		default:
			positional = append(positional, value)
		}
		params = append(params, s)
	}
	args := "(" + strings.Join(positional, ", ")
	if len(positional) == 1 {
		args += ","
	}
	args += "), {" + strings.Join(named, ", ") + "}"
	call := fmt.Sprintf("_bridge.call(%q, %s)", of+"."+f.Name, args)
	switch of {
	case "":
		if slices.Contains(pyKept, f.Name) {
			args += ", keep=True"
		}
		call = fmt.Sprintf("_bridge.call(%q, %s)", f.Name, args)
	case "self":
		call = fmt.Sprintf("self._call(%q, %s)", f.Name, args)
	}
	result := pyType(f.Result)
	switch result {
	case "None":
	case "NoReturn": // the call raises an exception itself
		call = "raise " + call
	default:
		call = "return " + call
		if result != "Any" {
			call += "  # type: ignore[no-any-return]"
		}
	}
	fmt.Fprintf(b, "%sdef %s(%s) -> %s:\n%s%s    %s\n", pad, f.Name, strings.Join(params, ", "), result, pyDoc(f.Doc, pad+"    "), pad, call)
}

// pyParamType returns the type of a parameter: any iterable is accepted where a list is wanted.
func pyParamType(t *Type) string {
	if t != nil && t.Name == "list" {
		return "Iterable[" + pyType(t.Args[0]) + "]"
	}
	return pyType(t)
}
