package check

import (
	"fmt"

	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// The lints of types.
const (
	UnknownType      Code = "unknown-type"
	UnknownAttribute Code = "unknown-attribute"
	QEMUOnly         Code = "qemu-only"
	AssignmentType   Code = "assignment-type"
	ReturnType       Code = "return-type"
	OperandType      Code = "operand-type"
	SubscriptType    Code = "subscript-type"
	NotIterable      Code = "not-iterable"
	NotCallable      Code = "not-callable"
	NoneValue        Code = "none-value"
	MaybeNone        Code = "maybe-none"
	UnpackCount      Code = "unpack-count"
)

func typeLints() []Lint {
	return []Lint{
		{Code: UnknownType, Severity: Error,
			Title: "An annotation names a type that there is not.",
			Wrong: `def greet(name: string) -> None:
    print(name)

greet("you")
`,
			Right: `def greet(name: str) -> None:
    print(name)

greet("you")
`},
		{Code: UnknownAttribute, Severity: Error, find: attributesOfNothing,
			Title: "A value has no attribute or method of this name.",
			Text:  "The names are those of the declarations that `gotest-driver api` prints. Of a value whose type is not known, an attribute is found that no value has, and no `struct` of the script.",
			Wrong: `server: Machine
server.wait_for_unti("sshd.service")
`,
			Right: `server: Machine
server.wait_for_unit("sshd.service")
`},
		{Code: QEMUOnly, Severity: Error, find: qemuOnly,
			Title: "A container is asked for what only QEMU machines can.",
			Wrong: `c: NspawnMachine
c.crash()
`,
			Right: `c: NspawnMachine
c.shutdown()
`},
		{Code: AssignmentType, Severity: Error,
			Title: "A value does not fit the type that its name is declared with.",
			Wrong: `tries: int = "3"
print(tries)
`,
			Right: `tries: int = 3
print(tries)
`},
		{Code: ReturnType, Severity: Error,
			Title: "A function returns something else than it is declared to.",
			Wrong: `server: Machine
def uptime() -> float:
    return server.succeed("cut -d' ' -f1 /proc/uptime")

print(uptime())
`,
			Right: `server: Machine
def uptime() -> float:
    return float(server.succeed("cut -d' ' -f1 /proc/uptime").strip())

print(uptime())
`},
		{Code: OperandType, Severity: Error,
			Title: "An operator does not take values of these types.",
			Text:  "Starlark converts nothing by itself: `+` does not join a string and a number.",
			Wrong: `port = 80
print("port " + port)
`,
			Right: `port = 80
print("port " + str(port))
`},
		{Code: SubscriptType, Severity: Error,
			Title: "A value can't be subscripted, or not with this index.",
			Wrong: `server: Machine
status = server.execute("true")["status"]
print(status)
`,
			Right: `server: Machine
status = server.execute("true")[0]
print(status)
`},
		{Code: NotIterable, Severity: Error,
			Title: "A loop goes over something that has no elements.",
			Text:  "Strings have none in Starlark: take `.splitlines()` or `.elems()`.",
			Wrong: `server: Machine
for line in server.succeed("ls"):
    print(line)
`,
			Right: `server: Machine
for line in server.succeed("ls").splitlines():
    print(line)
`},
		{Code: NotCallable, Severity: Error,
			Title: "Something is called that is no function.",
			Wrong: `server: Machine
print(server.name())
`,
			Right: `server: Machine
print(server.name)
`},
		{Code: NoneValue, Severity: Error,
			Title: "None is used where a value is needed.",
			Text:  "A function without `return` gives None; so do all waits that only wait.",
			Wrong: `server: Machine
print(server.wait_for_unit("sshd.service").strip())
`,
			Right: `server: Machine
server.wait_for_unit("sshd.service")
`},
		{Code: MaybeNone, Severity: Warning,
			Title: "A value that may be None is used without a test.",
			Wrong: `server: Machine
m = re.search("[0-9]+", server.succeed("uptime"))
print(m.group(0))
`,
			Right: `server: Machine
m = re.search("[0-9]+", server.succeed("uptime"))
if m != None:
    print(m.group(0))
`},
		{Code: UnpackCount, Severity: Error,
			Title: "A value is unpacked into a wrong number of names.",
			Wrong: `server: Machine
status, output = server.succeed("true")
print(status, output)
`,
			Right: `server: Machine
status, output = server.execute("true")
print(status, output)
`},
	}
}

// qemuOnly reports calls on containers of methods that only QEMU machines have.
func qemuOnly(c *checker) {
	for dot := range nodes[*dialect.DotExpr](c) {
		t := c.typeOf(dot.X).without(kNone)
		if t.k != kClass || t.name != api.Load().MachineClass("nspawn") {
			continue
		}
		if m := c.member(t, dot.Name.Name); m != nil && m.qemuOnly {
			c.report(QEMUOnly, dot.Name.Range, fmt.Sprintf("`%s` works on QEMU machines only; `%s` is a container", dot.Name.Name, c.text(dot.X)), "")
		}
	}
}
