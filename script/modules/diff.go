package modules

import (
	"bytes"
	"fmt"
	"sort"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"go.starlark.net/starlark"
)

// short returns a value for a message, cut when it is long.
func short(v starlark.Value) string {
	const limit = 400
	s := v.String()
	if len(s) <= limit {
		return s
	}
	r := []rune(s)
	if len(r) <= limit {
		return s
	}
	return fmt.Sprintf("%s… (%d characters)", string(r[:limit]), len(r))
}

// difference returns how two values differ: both values, and for texts and collections the differences, line by line.
func difference(a, b starlark.Value) string {
	head := fmt.Sprintf("%s != %s", short(a), short(b))
	if a.Type() != b.Type() {
		return head
	}
	x, y := lines(a), lines(b)
	if x == "" && y == "" || strings.Count(x, "\n") <= 1 && strings.Count(y, "\n") <= 1 {
		return head
	}
	d := diff.Diff("first", []byte(x), "second", []byte(y))
	_, d, _ = bytes.Cut(d, []byte("\n")) // the line "diff first second"
	return head + "\n" + strings.TrimRight(string(d), "\n")
}

// lines returns a text, or a collection with one element a line; "" for other values.
func lines(v starlark.Value) string {
	if s, ok := v.(starlark.String); ok {
		if !strings.HasSuffix(string(s), "\n") {
			s += "\n"
		}
		return string(s)
	}
	var b strings.Builder
	switch v.(type) {
	case *starlark.List, starlark.Tuple, *starlark.Dict, *starlark.Set:
		pretty(&b, v, "", nil)
		b.WriteByte('\n')
	}
	return b.String()
}

// prettyDepth is how deep collections are written with an element a line. Deeper ones are on one line.
const prettyDepth = 20

// pretty writes collections with an element a line, dicts and sets in the order of their keys, because their equality
// does not depend on order. around are the collections that v is in.
func pretty(b *strings.Builder, v starlark.Value, indent string, around []starlark.Value) {
	if len(around) > prettyDepth || holdsItself(v, around) {
		b.WriteString(v.String())
		return
	}
	open, end := "", ""
	var items []string
	inner := indent + "  "
	element := func(prefix string, e starlark.Value) {
		var s strings.Builder
		s.WriteString(inner + prefix)
		pretty(&s, e, inner, append(around, v))
		items = append(items, s.String()+",\n")
	}
	switch v := v.(type) {
	case *starlark.List, starlark.Tuple:
		open, end = "[", "]"
		if v.Type() == "tuple" {
			open, end = "(", ")"
		}
		for e := range starlark.Elements(v.(starlark.Iterable)) {
			element("", e)
		}
	case *starlark.Set:
		open, end = "set([", "])"
		for e := range starlark.Elements(v) {
			element("", e)
		}
		sort.Strings(items)
	case *starlark.Dict:
		open, end = "{", "}"
		for _, item := range v.Items() {
			element(item[0].String()+": ", item[1])
		}
		sort.Strings(items)
	}
	if len(items) == 0 {
		b.WriteString(v.String())
		return
	}
	b.WriteString(open + "\n")
	for _, i := range items {
		b.WriteString(i)
	}
	b.WriteString(indent + end)
}

// holdsItself reports whether a collection is one of those around it. A tuple never is: it can't be changed once it
// exists.
func holdsItself(v starlark.Value, around []starlark.Value) bool {
	for _, outer := range around {
		switch outer.(type) {
		case *starlark.List, *starlark.Dict, *starlark.Set:
			if outer == v {
				return true
			}
		}
	}
	return false
}
