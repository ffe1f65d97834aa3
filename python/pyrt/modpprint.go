package pyrt

import (
	"io"
	"sort"
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// prettyPrinter writes a value over several lines when it is wider than a line, as Python's pprint lays it out.
type prettyPrinter struct {
	rt            *Runtime
	indent, width int
	sorted        bool
	b             strings.Builder
}

func (rt *Runtime) pprintModule() *starlarkstruct.Module {
	text := func(name string, sorted bool, a starlark.Tuple, kw []starlark.Tuple) (string, starlark.Value, error) {
		names := []string{"object", "stream", "indent", "width"}
		if name == "pformat" {
			names = []string{"object", "indent", "width"}
		}
		args, err := rt.bind(name, append(names, "sort_dicts"), a, kw)
		if err != nil {
			return "", nil, err
		}
		if args[0] == nil {
			return "", nil, rt.raise("TypeError", "%s() missing 1 required positional argument: 'object'", name)
		}
		p := &prettyPrinter{rt: rt, indent: 1, width: 80, sorted: sorted}
		var stream starlark.Value
		for i, n := range append(names, "sort_dicts") {
			switch {
			case args[i] == nil:
			case n == "stream":
				stream = args[i]
			case n == "indent":
				p.indent = intArg(args, i, 1)
			case n == "width":
				p.width = intArg(args, i, 80)
			case n == "sort_dicts":
				p.sorted = bool(args[i].Truth())
			}
		}
		err = p.format(args[0], 0, 0, 1)
		return p.b.String(), stream, err
	}
	show := func(name string, sorted bool) *starlark.Builtin {
		return rt.fn(name, func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			s, stream, err := text(name, sorted, a, kw)
			if err != nil {
				return nil, err
			}
			var to []starlark.Tuple
			if stream != nil {
				to = []starlark.Tuple{{starlark.String("file"), stream}}
			}
			return rt.print(th, starlark.Tuple{starlark.String(s)}, to)
		})
	}
	return namespace("pprint", starlark.StringDict{
		"pprint": show("pprint", true), "pp": show("pp", false),
		"pformat": rt.fn("pformat", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			s, _, err := text("pformat", true, a, kw)
			return starlark.String(s), err
		}),
	})
}

// repr is the text on one line.
func (p *prettyPrinter) repr(v starlark.Value) (string, error) {
	join := func(open, end string, xs []starlark.Value) (string, error) {
		var parts []string
		for _, x := range xs {
			s, err := p.repr(x)
			if err != nil {
				return "", err
			}
			parts = append(parts, s)
		}
		return open + strings.Join(parts, ", ") + end, nil
	}
	switch v := v.(type) {
	case *starlark.Dict:
		var parts []string
		for _, kv := range p.items(v) {
			k, err := p.repr(kv[0])
			if err != nil {
				return "", err
			}
			x, err := p.repr(kv[1])
			if err != nil {
				return "", err
			}
			parts = append(parts, k+": "+x)
		}
		return "{" + strings.Join(parts, ", ") + "}", nil
	case *starlark.List:
		return join("[", "]", values(v))
	case starlark.Tuple:
		if len(v) == 1 {
			return join("(", ",)", v)
		}
		return join("(", ")", v)
	}
	return p.rt.repr(v)
}

func values(v starlark.Iterable) []starlark.Value {
	var out []starlark.Value
	it := v.Iterate()
	defer it.Done()
	var x starlark.Value
	for it.Next(&x) {
		out = append(out, x)
	}
	return out
}

func less(a, b starlark.Value) bool {
	if ok, err := starlark.Compare(syntax.LT, a, b); err == nil {
		return ok
	}
	return typeName(a) < typeName(b)
}

func (p *prettyPrinter) items(d *starlark.Dict) []starlark.Tuple {
	items := d.Items()
	if p.sorted {
		sort.SliceStable(items, func(i, j int) bool { return less(items[i][0], items[j][0]) })
	}
	return items
}

func (p *prettyPrinter) format(v starlark.Value, indent, allowance, level int) error {
	rep, err := p.repr(v)
	if err != nil {
		return err
	}
	if utf8.RuneCountInString(rep) <= p.width-indent-allowance {
		io.WriteString(&p.b, rep)
		return nil
	}
	elements := func(open, end string, xs []starlark.Value) error {
		p.b.WriteString(open + strings.Repeat(" ", max(0, p.indent-1)))
		indent += p.indent
		for i, x := range xs {
			room := 1
			if i > 0 {
				p.b.WriteString(",\n" + strings.Repeat(" ", indent))
			}
			if i == len(xs)-1 {
				room = allowance + len(end)
			}
			if err := p.format(x, indent, room, level+1); err != nil {
				return err
			}
		}
		p.b.WriteString(end)
		return nil
	}
	switch v := v.(type) {
	case *starlark.Dict:
		if v.Len() == 0 {
			break
		}
		p.b.WriteString("{" + strings.Repeat(" ", max(0, p.indent-1)))
		indent += p.indent
		items := p.items(v)
		for i, kv := range items {
			room := 1
			if i > 0 {
				p.b.WriteString(",\n" + strings.Repeat(" ", indent))
			}
			if i == len(items)-1 {
				room = allowance + 1
			}
			k, err := p.repr(kv[0])
			if err != nil {
				return err
			}
			p.b.WriteString(k + ": ")
			if err := p.format(kv[1], indent+utf8.RuneCountInString(k)+2, room, level+1); err != nil {
				return err
			}
		}
		p.b.WriteString("}")
		return nil
	case *starlark.List:
		if v.Len() > 0 {
			return elements("[", "]", values(v))
		}
	case starlark.Tuple:
		if len(v) == 1 {
			return elements("(", ",)", v)
		}
		if len(v) > 0 {
			return elements("(", ")", v)
		}
	case *starlark.Set:
		if v.Len() > 0 {
			xs := values(v)
			sort.SliceStable(xs, func(i, j int) bool { return less(xs[i], xs[j]) })
			return elements("{", "}", xs)
		}
	case starlark.String:
		p.text(string(v), indent, allowance, level)
		return nil
	}
	p.b.WriteString(rep)
	return nil
}

var words = lazyre.Compile(`[^\s]*\s*`)

// text breaks a long string at line ends and blanks.
func (p *prettyPrinter) text(s string, indent, allowance, level int) {
	if level == 1 {
		indent, allowance = indent+1, allowance+1
	}
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	width := p.width - indent
	var chunks []string
	fits := func(s string, room int) bool { return utf8.RuneCountInString(quoteString(s)) <= room }
	for i, line := range lines {
		room := width
		if i == len(lines)-1 {
			room -= allowance
		}
		if fits(line, room) {
			chunks = append(chunks, quoteString(line))
			continue
		}
		var parts []string
		for _, w := range words().FindAllString(line, -1) {
			if w != "" {
				parts = append(parts, w)
			}
		}
		current := ""
		for j, w := range parts {
			room := width
			if i == len(lines)-1 && j == len(parts)-1 {
				room -= allowance
			}
			if fits(current+w, room) {
				current += w
				continue
			}
			if current != "" {
				chunks = append(chunks, quoteString(current))
			}
			current = w
		}
		if current != "" {
			chunks = append(chunks, quoteString(current))
		}
	}
	if len(chunks) == 1 {
		p.b.WriteString(chunks[0])
		return
	}
	all := strings.Join(chunks, "\n"+strings.Repeat(" ", max(0, indent)))
	if level == 1 {
		all = "(" + all + ")"
	}
	p.b.WriteString(all)
}
