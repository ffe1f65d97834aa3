package python

import (
	"flag"
	"fmt"
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

// num returns an expression whose value is a number, or which fails.
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
		return g.pick("fn", "abs", "int") + "(" + a() + ")"
	case 8:
		return g.pick("agg", "max", "min", "len") + "(" + g.list(depth-1) + ")"
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
		return g.pick("str", "s", "'a'", "'b c'", "''", "'it\\'s'", "\" 3\\n\"", "'k'")
	}
	a := func() string { return g.str(depth - 1) }
	switch rapid.IntRange(0, 9).Draw(g.t, "text") {
	case 0:
		return "(" + a() + " + " + a() + ")"
	case 1:
		// Before Python 3.12 a field can't contain quotes or backslashes.
		return "f\"<{" + g.num(0) + "}|{s}|{n}>\""
	case 2:
		return a() + g.pick("method", ".upper()", ".strip()", ".title()", ".replace('a', 'bb')", ".lower()", ".removeprefix('a')")
	case 3:
		return a() + "[" + g.pick("slice", "1:", ":2", "::-1", "-2:", ":-1", "::2") + "]"
	case 4:
		return "str(" + g.num(depth-1) + ")"
	case 5:
		return "'-'.join(" + a() + ".split('b'))"
	case 6:
		return "'-'.join(str(v) for v in " + g.list(depth-1) + ")"
	case 7:
		return "('%s %s' % (" + a() + ", " + g.num(depth-1) + "))"
	case 8:
		return "'{}|{}'.format(" + a() + ", " + g.num(0) + ")"
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
	// In nested loops, a value that doubles each time would fill the memory.
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
	case 15:
		g.line("m = sum(%s)", g.list(1))
	case 16:
		g.line("x = %s", g.pick("found", "next((v for v in l if v > 1), None)", "list(map(str, l))", "isinstance(x, str)", "{**d, 'z': 1}", "[*l, n]"))
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
	g.line("n, m, s, l, d, x = a, 2, 'hey', [a], {}, a")
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

// TestRandomPrograms compares the translations of random programs with CPython, many at a time, because the start of CPython
// takes longest.
func TestRandomPrograms(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("12"); err != nil {
			t.Fatal(err)
		}
	}
	translated := 0
	rapid.Check(t, func(rt *rapid.T) {
		var sources, texts []string
		for range 40 {
			g := &generator{t: rt}
			src := g.program()
			text, findings, err := Migrate(t.Context(), "random.py", src)
			if err != nil {
				rt.Fatal(err)
			}
			if len(findings) == 0 {
				sources, texts = append(sources, src), append(texts, text)
			}
		}
		translated += len(sources)
		// The sign of a zero remainder differs from Python's.
		zero := func(s string) string { return strings.ReplaceAll(s, "-0.0", "0.0") }
		for i, want := range runCPython(t, sources) {
			if got := runStarlark(t.Context(), "x.star", texts[i]); got.failed != want.failed || zero(got.out) != zero(want.out) {
				rt.Fatalf("program:\n%s\nCPython prints (failed: %t)\n%s\nthe translation prints (%v)\n%s\n%s", sources[i], want.failed, want.out, got.err, got.out, texts[i])
			}
		}
	})
	if translated == 0 {
		t.Error("no program translates")
	}
}
