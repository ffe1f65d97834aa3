package pyrt

import (
	"slices"
	"strconv"
	"strings"

	"go.starlark.net/starlark"
)

// pathStep is one step of an ElementPath: a name, a wild card, "." or "..", below anywhere or directly.
type pathStep struct {
	name  string
	deep  bool
	tests []string // what stands in brackets
}

// pathSteps takes a path apart; slashes in {…} and […] are no separators.
func (rt *Runtime) pathSteps(path string) ([]pathStep, error) {
	wrong := func() error { return rt.raise("SyntaxError", "invalid path: %s", path) }
	var out []pathStep
	deep := false
	for i := 0; i < len(path); {
		if path[i] == '/' {
			if i == 0 && !strings.HasPrefix(path, "//") {
				return nil, rt.raise("SyntaxError", "cannot use absolute path on element")
			}
			if strings.HasPrefix(path[i:], "//") {
				deep = true
				i++
			}
			i++
			continue
		}
		s := pathStep{deep: deep}
		deep = false
		start, inBraces := i, false
		for i < len(path) && (inBraces || path[i] != '/' && path[i] != '[') {
			inBraces = path[i] == '{' || inBraces && path[i] != '}'
			i++
		}
		s.name = path[start:i]
		for i < len(path) && path[i] == '[' {
			j, quote := i+1, byte(0)
			for j < len(path) && (quote != 0 || path[j] != ']') {
				switch {
				case quote == path[j]:
					quote = 0
				case quote == 0 && (path[j] == '\'' || path[j] == '"'):
					quote = path[j]
				}
				j++
			}
			if j == len(path) {
				return nil, wrong()
			}
			s.tests = append(s.tests, strings.TrimSpace(path[i+1:j]))
			i = j + 1
		}
		if s.name == "" || i < len(path) && path[i] != '/' {
			return nil, wrong()
		}
		out = append(out, s)
	}
	if deep || strings.HasSuffix(path, "/") {
		return nil, wrong()
	}
	return out, nil
}

// search gives the elements below e that a path leads to.
func (e *element) search(path string, namespaces starlark.Value) ([]*element, error) {
	steps, err := e.rt.pathSteps(path)
	if err != nil {
		return nil, err
	}
	parents := map[*element]*element{}
	e.walk(func(x *element) {
		for _, c := range x.children {
			parents[c] = x
		}
	})
	current := []*element{e}
	for _, s := range steps {
		name, err := e.expand(s.name, namespaces)
		if err != nil {
			return nil, err
		}
		var next []*element
		add := func(x *element) {
			if !slices.Contains(next, x) {
				next = append(next, x)
			}
		}
		for _, x := range current {
			var row []*element
			switch {
			case name == ".":
				row = []*element{x}
			case name == "..":
				if p := parents[x]; p != nil {
					row = []*element{p}
				}
			case s.deep:
				x.walk(func(y *element) {
					if y != x && matchesName(y.tag, name) {
						row = append(row, y)
					}
				})
			default:
				for _, y := range x.children {
					if matchesName(y.tag, name) {
						row = append(row, y)
					}
				}
			}
			for _, t := range s.tests {
				if row, err = e.filter(row, t, parents, namespaces); err != nil {
					return nil, err
				}
			}
			for _, y := range row {
				add(y)
			}
		}
		current = next
	}
	return current, nil
}

func matchesName(tag, name string) bool {
	if name == "*" || tag == name {
		return true
	}
	if rest, ok := strings.CutPrefix(name, "{*}"); ok {
		return tag == rest || strings.HasSuffix(tag, "}"+rest)
	}
	if space, ok := strings.CutSuffix(name, "}*"); ok {
		return strings.HasPrefix(tag, space+"}")
	}
	return false
}

// expand puts the namespace in the place of a prefix.
func (e *element) expand(name string, namespaces starlark.Value) (string, error) {
	d, ok := namespaces.(*starlark.Dict)
	if !ok || strings.HasPrefix(name, "{") {
		if i := strings.IndexByte(name, ':'); i >= 0 && !strings.HasPrefix(name, "{") {
			return "", e.rt.raise("SyntaxError", "prefix %s not found in prefix map", quoteString(name[:i]))
		}
		return name, nil
	}
	prefix, local, has := strings.Cut(name, ":")
	if !has {
		prefix, local = "", name
		if name == "*" || name == "." || name == ".." {
			return name, nil
		}
	}
	v, found, err := d.Get(starlark.String(prefix))
	switch {
	case err != nil:
		return "", err
	case found:
		s, _ := starlark.AsString(v)
		return "{" + s + "}" + local, nil
	case has:
		return "", e.rt.raise("SyntaxError", "prefix %s not found in prefix map", quoteString(prefix))
	}
	return name, nil
}

// filter keeps the elements of a row that pass a test: @name, @name='value', child, child='text', .='text', a
// position, last().
func (e *element) filter(row []*element, test string, parents map[*element]*element, namespaces starlark.Value) ([]*element, error) {
	keep := func(ok func(*element) bool) []*element {
		var out []*element
		for _, x := range row {
			if ok(x) {
				out = append(out, x)
			}
		}
		return out
	}
	n, err := strconv.Atoi(test)
	switch {
	case err == nil && n < 1:
		return nil, e.rt.raise("SyntaxError", "XPath position >= 1 expected")
	case err == nil || strings.HasPrefix(test, "last()"):
		back := 0
		if err != nil {
			if rest := strings.ReplaceAll(test[len("last()"):], " ", ""); rest != "" {
				if back, err = strconv.Atoi(rest); err != nil || back >= 0 {
					return nil, e.rt.raise("SyntaxError", "unsupported expression")
				}
			}
		}
		return keep(func(x *element) bool { // the position is among the siblings of the same name
			var same []*element
			if p := parents[x]; p != nil {
				for _, c := range p.children {
					if c.tag == x.tag {
						same = append(same, c)
					}
				}
			}
			at := slices.Index(same, x) + 1
			if n > 0 {
				return at == n
			}
			return at > 0 && at == len(same)+back
		}), nil
	}
	left, right, compares := strings.Cut(test, "=")
	left, right = strings.TrimSpace(left), strings.TrimSpace(right)
	differs := strings.HasSuffix(left, "!")
	left = strings.TrimSpace(strings.TrimSuffix(left, "!"))
	if compares {
		if len(right) < 2 || right[0] != right[len(right)-1] || right[0] != '\'' && right[0] != '"' {
			return nil, e.rt.raise("SyntaxError", "invalid predicate")
		}
		right = right[1 : len(right)-1]
	}
	if strings.ContainsAny(left, "()[]/ ") {
		return nil, e.rt.raise("SyntaxError", "invalid predicate")
	}
	text := func(x *element) string {
		var b strings.Builder
		var visit func(*element)
		visit = func(y *element) {
			s, _ := starlark.AsString(y.text)
			b.WriteString(s)
			for _, c := range y.children {
				visit(c)
				s, _ := starlark.AsString(c.tail)
				b.WriteString(s)
			}
		}
		visit(x)
		return b.String()
	}
	if attr, ok := strings.CutPrefix(left, "@"); ok {
		return keep(func(x *element) bool {
			v, found, _ := x.attrib.Get(starlark.String(attr))
			s, _ := starlark.AsString(v)
			return found && (!compares || (s == right) != differs)
		}), nil
	}
	if left == "." {
		return keep(func(x *element) bool { return (text(x) == right) != differs }), nil
	}
	name, err := e.expand(left, namespaces)
	if err != nil {
		return nil, err
	}
	return keep(func(x *element) bool {
		for _, c := range x.children {
			if matchesName(c.tag, name) && (!compares || (text(c) == right) != differs) {
				return true
			}
		}
		return false
	}), nil
}
