package bridge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/internal/arch"
	"github.com/gotest-driver/gotest-driver/internal/keys"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/internal/near"
	"github.com/gotest-driver/gotest-driver/internal/pyre"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/check"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// Check finds errors and warnings in the script, which is compiled but does not run yet. files are those of the script's
// own modules.
func (p *Process) Check(ctx context.Context, cfg check.Config) (found []check.Finding, files []string, err error) {
	defer context.AfterFunc(ctx, p.kill)()
	names := new(starlark.Dict)
	put := func(name, class string) { _ = names.SetKey(starlark.String(name), starlark.String(class)) }
	for name, kind := range cfg.Machines {
		put(name, kind)
		if len(cfg.Machines) == 1 {
			put("machine", kind)
		}
	}
	for _, nr := range cfg.VLANs {
		put(fmt.Sprintf("vlan%d", nr), "Vlan")
	}
	for _, name := range vlanName().FindAllString(string(p.o.Source), -1) { // the driver makes those that are named
		put(name, "Vlan")
	}
	if err := p.main.sendResult(starlark.Tuple{starlark.String("check"), names, starlark.Bool(cfg.Machines != nil)}); err != nil {
		return nil, nil, err
	}
	q, err := p.main.question()
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s ended while it checked %s: %s", p.python, p.o.Script, strings.Join(p.lines, "\n"))
	}
	if kind := q.int(); kind != msgChecked {
		return nil, nil, errFormat
	}
	list, ok := q.value().(*starlark.List)
	modules, listed := q.value().(*starlark.List)
	broken, told := q.value().(*starlark.List)
	if !ok || !listed || !told {
		return nil, nil, errFormat
	}
	for v := range starlark.Elements(modules) {
		name, _ := starlark.AsString(v)
		files = append(files, name)
	}
	for v := range starlark.Elements(broken) {
		q := &question{}
		q.rest, _ = v.(starlark.Tuple)
		file, line, col, msg := q.text(), q.int(), q.int(), q.text()
		src, err := os.ReadFile(file)
		if q.err != nil || err != nil {
			return nil, nil, errors.Join(q.err, err)
		}
		found = append(found, *newText(p.name(file), src).finding(check.SyntaxError, line, col, col+1, msg, ""))
	}
	text := newText(p.o.Script, p.o.Source)
	var first *check.Finding // of the names that are taken for machines
	var machines []string
	for v := range starlark.Elements(list) {
		f, err := finding(v, cfg, text)
		if err != nil {
			return nil, nil, err
		}
		if f != nil && f.Code == check.UnnamedMachine {
			machines = append(machines, f.Message)
			if first == nil {
				first = f
			}
			continue
		}
		if f != nil && !cfg.Disabled[f.Code] {
			found = append(found, *f)
		}
	}
	if named := slices.Compact(slices.Sorted(slices.Values(machines))); first != nil && !slices.Equal(named, []string{"machine"}) && !cfg.Disabled[check.UnnamedMachine] {
		first.Message, first.Hint = check.Unnamed(named, "")
		at := slices.IndexFunc(found, func(f check.Finding) bool { return f.File == first.File && f.Range.Start > first.Range.Start })
		if at < 0 {
			at = len(found)
		}
		found = slices.Insert(found, at, *first)
	}
	return check.Unsuppressed(p.o.Script, p.o.Source, found), files, nil
}

// vlanName matches a network's name.
var vlanName = lazyre.Compile(`\bvlan[1-9][0-9]{0,2}\b`)

// finding converts a finding of _check.py; it returns nil for one that the driver does not confirm.
func finding(v starlark.Value, cfg check.Config, text *text) (*check.Finding, error) {
	q := &question{}
	q.rest, _ = v.(starlark.Tuple)
	code, line, col, end, msg := q.text(), q.int(), q.int(), q.int(), q.text()
	code, harmless := strings.CutSuffix(code, " warning")
	list, _ := q.value().(*starlark.List)
	if q.err != nil || list == nil {
		return nil, errors.Join(errFormat, q.err)
	}
	var meant []string
	for m := range starlark.Elements(list) {
		s, _ := starlark.AsString(m)
		meant = append(meant, s)
	}
	hint := ""
	switch code {
	case "assumed-machine":
		switch near, ok := check.MeantMachine(msg, append(meant, check.DriverObjects...)); {
		case check.IsNixName(msg):
			return nil, nil
		case ok:
			code, msg, meant, hint = string(check.UndefinedName), "there is no name "+msg, nil, "did you mean `"+near+"`?"
		default:
			code, meant = string(check.UnnamedMachine), nil
		}
	case "regex":
		_, err := pyre.Compile(msg, 0)
		if err == nil {
			return nil, nil
		}
		code, msg = string(check.InvalidRegex), err.Error()
	case "key":
		err := keys.Check(msg)
		if err == nil {
			return nil, nil
		}
		code, msg = string(check.UnknownKey), err.Error()
	case "layout":
		_, err := keys.LayoutNamed(msg)
		if err == nil {
			return nil, nil
		}
		code, msg, meant = string(check.ArgumentValue), fmt.Sprintf("there is no keyboard layout %q", msg), keys.Layouts()
		hint = "the layouts are " + strings.Join(meant, ", ")
	case "arch":
		if _, err := arch.Named(msg); err == nil {
			return nil, nil
		}
		if best, ok := arch.Near(msg); ok {
			hint = "did you mean `" + best + "`?"
		} else {
			hint = "there are " + strings.Join(arch.Names(), ", ")
		}
		code, msg, meant = string(check.ArgumentValue), fmt.Sprintf("there is no arch %q", msg), nil
	case "guest":
		if cfg.Guests == nil || slices.Contains(cfg.Guests, msg) {
			return nil, nil
		}
		code, msg, meant = string(check.ArgumentValue), fmt.Sprintf("there is no built-in guest %q", msg), cfg.Guests
		hint = "the guests are " + strings.Join(cfg.Guests, ", ")
	case "command":
		method, command, _ := strings.Cut(msg, " ")
		code, msg, hint = check.Command(method, command)
		if code == "" {
			return nil, nil
		}
	case "sleep":
		if len(meant) == 0 {
			return nil, errFormat
		}
		msg, hint = check.Sleep(msg, meant[0], meant[1:])
		if msg == "" {
			return nil, nil
		}
		code, meant = string(check.SleepInsteadOfWait), nil
	case "maybe-unset":
		hint = "set it before the condition"
	case "duration", "port", "button":
		name, value, _ := strings.Cut(msg, " ")
		wrong, why, instead := check.WrongValue(cfg, code, name, value)
		if wrong == "" {
			return nil, nil
		}
		code, msg, hint = string(wrong), why, instead
	}
	if name := strings.Trim(msg[strings.LastIndexByte(msg, ' ')+1:], `"`); len(meant) > 0 {
		if names := near.Names(name, meant); len(names) > 0 {
			hint = "did you mean `" + names[0] + "`?"
		}
	}
	f := text.finding(check.Code(code), line, col, end, msg, hint)
	if harmless {
		f.Severity = check.Warning
	}
	return f, nil
}

// text is a script with the offsets of its lines.
type text struct {
	name   string
	lines  []string
	starts []int // of the lines, in bytes
}

func newText(name string, src []byte) *text {
	t := &text{name: name}
	at := 0
	for line := range strings.Lines(string(src)) {
		t.lines, t.starts = append(t.lines, strings.TrimRight(line, "\r\n")), append(t.starts, at)
		at += len(line)
	}
	return t
}

// finding returns a finding in a line, from one column to another; columns count characters, from 1.
func (t *text) finding(code check.Code, line, col, end int, msg, hint string) *check.Finding {
	f := &check.Finding{
		Code: code, Severity: code.Severity(), File: t.name, Message: msg, Hint: hint,
		Start: dialect.Position{Line: line, Column: col}, End: dialect.Position{Line: line, Column: max(end, col+1)},
	}
	if line < 1 || line > len(t.lines) {
		return f
	}
	f.Line = t.lines[line-1]
	from := offset(f.Line, col-1)
	f.Range = dialect.Range{Start: t.starts[line-1] + from, End: t.starts[line-1] + max(from, offset(f.Line, max(end, col+1)-1))}
	return f
}

// File starts a Python interpreter and checks a script as Check does. It returns an error if there is no interpreter.
func File(ctx context.Context, o Options, cfg check.Config) (found []check.Finding, files []string, err error) {
	p, err := Start(ctx, o)
	var broken *script.SyntaxError
	switch {
	case errors.As(err, &broken):
		return Broken(broken, o.Script, o.Source), nil, nil
	case err != nil:
		return nil, nil, err
	}
	found, files, err = p.Check(ctx, cfg)
	return found, files, errors.Join(err, p.Close())
}

// Broken returns the errors of Python's compiler as findings.
func Broken(e *script.SyntaxError, name string, src []byte) []check.Finding {
	text := newText(name, src)
	var out []check.Finding
	for i, at := range e.Places {
		out = append(out, *text.finding(check.SyntaxError, at.Line, cmp.Or(at.Col, 1), at.Col+1, e.Msgs[i], ""))
	}
	return out
}

// offset returns where a line's character of that number begins, in bytes; its end if there is no such character.
func offset(line string, char int) int {
	for i := range line { // a byte that is no UTF-8 counts as a character
		if char <= 0 {
			return i
		}
		char--
	}
	return len(line)
}
