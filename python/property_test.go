package python

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// generator makes random programs of expressions and control flow that always end.
type generator struct {
	t      *rapid.T
	b      strings.Builder
	depth  int
	names  int
	inside bool // of f, which must not call itself
}

func (g *generator) pick(label string, xs ...string) string {
	return rapid.SampledFrom(xs).Draw(g.t, label)
}

func (g *generator) number() string {
	return g.pick("number", "0", "1", "2", "3", "-1", "7", "10", "2.5", "0.1", "int(True)", "n", "m", "len(s)", "len(l)")
}

// num is an expression that gives a number, or fails.
func (g *generator) num(depth int) string {
	if depth == 0 {
		return g.number()
	}
	a := func() string { return g.num(depth - 1) }
	switch rapid.IntRange(0, 13).Draw(g.t, "num") {
	case 0, 1, 2:
		return g.number()
	case 3, 4:
		return "(" + a() + " " + g.pick("op", "+", "-", "*") + " " + a() + ")"
	case 5:
		return "(" + a() + " " + g.pick("div", "//", "%", "/") + " " + a() + ")"
	case 6:
		return "(" + a() + " if " + g.cond(depth-1) + " else " + a() + ")"
	case 7:
		return g.pick("fn", "abs", "int", "round") + "(" + a() + ")"
	case 8:
		return g.pick("agg", "sum", "max", "min", "len") + "(" + g.list(depth-1) + ")"
	case 9:
		return "l[" + g.pick("index", "0", "1", "-1", "2", "n") + "]"
	case 10:
		return "d.get(" + g.str(depth-1) + ", " + a() + ")"
	case 11:
		return "(-" + a() + ")"
	case 12:
		return "int(" + g.str(0) + ")"
	}
	if g.inside {
		return "abs(" + a() + ")"
	}
	return "f(" + a() + ")"
}

func (g *generator) cond(depth int) string {
	if depth <= 0 {
		return g.pick("cond", "n > 1", "m", "s", "l", "d", "not n", "n == m", "True", "'a' in s", "n in l", "x is None", "x is not None")
	}
	switch rapid.IntRange(0, 5).Draw(g.t, "condition") {
	case 0:
		return "(" + g.num(depth-1) + " " + g.pick("cmp", "<", ">", "<=", ">=", "==", "!=") + " " + g.num(depth-1) + ")"
	case 1:
		return "(" + g.cond(depth-1) + " " + g.pick("bool", "and", "or") + " " + g.cond(depth-1) + ")"
	case 2:
		return "(not " + g.cond(depth-1) + ")"
	case 3:
		return "(" + g.num(0) + " < " + g.num(0) + " <= " + g.num(0) + ")"
	case 4:
		return "(" + g.str(depth-1) + " " + g.pick("strcmp", "==", "!=", "<", "in", "not in") + " " + g.str(depth-1) + ")"
	}
	return g.pick("quantifier", "any", "all") + "(v " + g.pick("cmp", ">", "==") + " " + g.num(0) + " for v in " + g.list(depth-1) + ")"
}

func (g *generator) str(depth int) string {
	if depth <= 0 {
		return g.pick("str", "s", "'a'", "'b c'", "''", "'é\\n'", "'it\\'s'", "\" 3\\n\"", "'k'")
	}
	a := func() string { return g.str(depth - 1) }
	switch rapid.IntRange(0, 9).Draw(g.t, "text") {
	case 0:
		return "(" + a() + " + " + a() + ")"
	case 1:
		// Before Python 3.12 a field can't hold quotes or backslashes of its own.
		return "f\"<{" + g.num(0) + "}|{s!r}|{n:>4}|{l}>\""
	case 2:
		return a() + g.pick("method", ".upper()", ".strip()", ".title()", ".replace('a', 'é')", ".zfill(4)", ".center(6, '-')")
	case 3:
		return a() + "[" + g.pick("slice", "1:", ":2", "::-1", "-2:", ":-1", "::2") + "]"
	case 4:
		return "str(" + g.num(depth-1) + ")"
	case 5:
		return "repr(" + a() + ")"
	case 6:
		return "'-'.join(str(v) for v in " + g.list(depth-1) + ")"
	case 7:
		return "('%s %r' % (" + a() + ", " + g.num(depth-1) + "))"
	case 8:
		return "'{:>5}|{}'.format(" + a() + ", " + g.list(0) + ")"
	}
	return g.str(0)
}

func (g *generator) list(depth int) string {
	if depth <= 0 {
		return g.pick("list", "l", "[1, 2, 3]", "[]", "[0]", "list(d.values())", "list(range(4))")
	}
	switch rapid.IntRange(0, 5).Draw(g.t, "lists") {
	case 0:
		return "[v " + g.pick("op", "+", "*") + " " + g.num(0) + " for v in " + g.list(depth-1) + " if v " + g.pick("cmp", ">", "!=") + " 1]"
	case 1:
		return "sorted(" + g.list(depth-1) + ", key=lambda v: -v)"
	case 2:
		return "(" + g.list(depth-1) + " + " + g.list(depth-1) + ")"
	case 3:
		return g.list(depth-1) + "[" + g.pick("slice", "1:", ":2", "::-1", "-2:") + "]"
	case 4:
		return "[len(w) for w in " + g.str(depth-1) + ".split()]"
	}
	return "[" + g.num(depth-1) + ", " + g.num(depth-1) + "]"
}

func (g *generator) line(format string, args ...any) {
	g.b.WriteString(strings.Repeat("    ", g.depth))
	fmt.Fprintf(&g.b, format+"\n", args...)
}

func (g *generator) block(n int, loop, fn bool) {
	g.depth++
	for range rapid.IntRange(1, 3).Draw(g.t, "statements") {
		g.stmt(n, loop, fn)
	}
	g.depth--
}

func (g *generator) stmt(n int, loop, fn bool) {
	most := 18
	if n == 0 {
		most = 9
	}
	switch rapid.IntRange(0, most).Draw(g.t, "statement") {
	// In loops within loops, what doubles each time would fill the memory.
	case 0:
		g.line("n = (%s) %% 9973", g.num(2))
	case 1:
		g.line("s = (%s)[:60]", g.str(2))
	case 2:
		g.line("l = (%s)[:30]", g.list(2))
	case 3:
		target := g.pick("target", "n", "m")
		g.line("%s %s %s", target, g.pick("aug", "+=", "-=", "*="), g.num(1))
		g.line("%s %%= 9973", target)
	case 4:
		g.line("l.append(%s)", g.num(1))
	case 5:
		g.line("d[%s] = %s", g.str(1), g.num(1))
	case 6:
		g.line("x = %s", g.pick("value", "None", "n", "s", "l", "n > 1"))
	case 7, 8:
		g.line("print(%s, %s)", g.pick("what", "n", "m", "s", "l", "d", "x", "repr(s)"), g.str(1))
	case 9:
		switch {
		case loop:
			g.line("if %s: %s", g.cond(1), g.pick("jump", "break", "continue"))
		case fn:
			g.line("if %s: return %s", g.cond(1), g.num(1))
		default:
			g.line("assert %s, %s", g.cond(1), g.str(1))
		}
	case 10, 11:
		g.line("if %s:", g.cond(2))
		g.block(n-1, loop, fn)
		if rapid.Bool().Draw(g.t, "else") {
			g.line("else:")
			g.block(n-1, loop, fn)
		}
	case 12:
		g.line("for %s in %s:", g.pick("var", "n", "v"), g.pick("over", "range(3)", "list(l)[:4]", "[1, 2]"))
		g.block(n-1, true, fn)
		if rapid.Bool().Draw(g.t, "for else") {
			g.line("else:")
			g.block(n-1, loop, fn)
		}
	case 13:
		g.names++
		g.line("w%d = 0", g.names)
		g.line("while w%d < 3:", g.names)
		g.depth++
		g.line("w%d += 1", g.names)
		g.depth--
		g.block(n-1, true, fn)
	case 14:
		g.line("for c in %s[:3]:", g.str(1))
		g.block(n-1, true, fn)
	case 15, 16:
		g.line("try:")
		g.block(n-1, loop, fn)
		g.line("except %s:", g.pick("class", "ZeroDivisionError", "(IndexError, KeyError)", "ValueError", "Exception"))
		g.block(n-1, loop, fn)
		if rapid.Bool().Draw(g.t, "finally") {
			g.line("finally:")
			g.depth++
			g.line("print('finally', n)")
			g.depth--
		}
	case 17:
		g.line("with subtest(%s):", g.str(1))
		g.block(n-1, loop, fn)
	case 18:
		g.line("raise %s(%s)", g.pick("class", "ValueError", "KeyError", "Exception"), g.str(1))
	}
}

func (g *generator) program() string {
	g.line("n, m, s, l, d, x = 3, 2, 'abc', [1, 2, 3], {'k': 1}, None")
	g.line("def f(a):")
	g.depth++
	g.line("n, m, s, l, d, x = a, 2, 'héy', [a], {}, a")
	g.depth--
	g.inside = true
	g.block(2, false, true)
	g.inside = false
	g.depth++
	g.line("return n")
	g.depth--
	g.line("def f(a, inner=f): return inner(a) if abs(a) < 5 else a")
	for range rapid.IntRange(2, 8).Draw(g.t, "top") {
		g.stmt(3, false, false)
	}
	g.line("print(n, m, s, l, d, x)")
	return g.b.String()
}

// TestRandomPrograms compares random programs with CPython, many at a time, for starting it takes longest.
func TestRandomPrograms(t *testing.T) {
	dir := t.TempDir()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("12"); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		var files []string
		var sources []string
		for i := range 12 {
			g := &generator{t: rt}
			src := g.program()
			name := filepath.Join(dir, fmt.Sprintf("p%d.py", i))
			if err := os.WriteFile(name, []byte(src), 0o644); err != nil {
				rt.Fatal(err)
			}
			files, sources = append(files, name), append(sources, src)
		}
		for i, want := range runCPython(t, files) {
			got, p := runLowered("random.py", sources[i])
			if got.class != want.class || got.out != want.out {
				lowered := ""
				if p != nil {
					lowered = p.Source
				}
				rt.Fatalf("program:\n%s\nCPython ends with %q and prints\n%s\nlowered it ends with %q (%v) and prints\n%s\n%s", sources[i], want.class, want.out, got.class, got.err, got.out, lowered)
			}
		}
	})
}
