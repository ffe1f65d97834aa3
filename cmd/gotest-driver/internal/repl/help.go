package repl

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/internal/ansi"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/api"
)

const helpIntro = `This is a session on the machines of a test. Statements are those of test scripts; the value of an expression is shown.

  help(x)                      documentation of a function, method, module or machine
  start_all()                  start the machines; each also starts with its first call
  test_script()                run the test script
  run_tests()                  the same, then wait until the machines have powered off
  machine.shell_interact()     a terminal in the guest; Ctrl-D comes back
  machine.console_interact()   the serial console; Ctrl-] comes back
  machine.screenshot("x")      a picture of the screen, shown here if possible

Tab completes, Up goes through the history, Ctrl-R searches it. A block (def, for, if) ends with an empty line. Ctrl-C ends the call under way. Ctrl-D ends the session and its machines.`

// helpBuiltin returns the builtin help(x).
func helpBuiltin(print func(string)) *starlark.Builtin {
	return starlark.NewBuiltin("help", func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		var v starlark.Value
		if err := starlark.UnpackPositionalArgs(b.Name(), args, kwargs, 0, &v); err != nil {
			return nil, err
		}
		if v == nil {
			print(helpIntro)
		} else {
			print(Help(v))
		}
		return starlark.None, nil
	})
}

// Help returns the documentation of a value.
func Help(v starlark.Value) string {
	var b strings.Builder
	if f := functionOf(v); f != nil {
		for _, s := range f.Signatures() {
			owner := ""
			if f.Owner != "" {
				owner = f.Owner + "."
			}
			fmt.Fprintf(&b, "%s%s\n", owner, s)
		}
		b.WriteString(indented(f.Doc))
		return strings.TrimRight(b.String(), "\n")
	}
	if f, ok := v.(*starlark.Function); ok {
		fmt.Fprintf(&b, "%s\n%s", signature(f.Name(), f), indented(strings.TrimSpace(f.Doc())))
		fmt.Fprintf(&b, "    defined at %s", f.Position())
		return b.String()
	}
	if m := moduleOf(v); m != nil {
		fmt.Fprintf(&b, "module %s\n%s", m.Name, indented(m.Doc))
		if m.Call != nil {
			member(&b, m.Call)
		}
		members(&b, m.Variables, m.Functions)
		return strings.TrimRight(b.String(), "\n")
	}
	if o := script.AsObject(v); o != nil {
		c := o.Class()
		fmt.Fprintf(&b, "%s, a %s\n%s", o, c.Name, indented(c.Doc))
		members(&b, c.Attributes, c.Methods)
		return strings.TrimRight(b.String(), "\n")
	}
	fmt.Fprintf(&b, "a value of type %s", typeName(v))
	for _, c := range api.Load().Starlark.Classes {
		if c.Name == typeName(v) {
			fmt.Fprintf(&b, "\n%s", indented(c.Doc))
			members(&b, c.Attributes, c.Methods)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

func members(b *strings.Builder, vars []*api.Variable, funcs []*api.Function) {
	b.WriteString("\n")
	for _, v := range vars {
		fmt.Fprintf(b, "  %s: %s\n      %s\n", v.Name, v.Type, firstLine(v.Doc))
	}
	for _, f := range funcs {
		member(b, f)
	}
}

func member(b *strings.Builder, f *api.Function) {
	fmt.Fprintf(b, "  %s\n      %s\n", f.Signature(), firstLine(f.Doc))
}

func indented(doc string) string {
	if doc == "" {
		return ""
	}
	return "    " + strings.ReplaceAll(doc, "\n", "\n    ") + "\n"
}

// wrap breaks lines that are wider than width between words, and keeps the indentation of the line.
func wrap(text string, width int) string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		body := strings.TrimLeft(line, " ")
		indent := line[:len(line)-len(body)]
		if room := width - len(indent); room > 20 && ansi.Width(body) > room {
			line = indent + strings.Join(ansi.Wrap(body, room), "\n"+indent)
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}
