package dialect

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.starlark.net/starlark"
)

const typed = `load("helpers.star", "login", other = "name")
type Unit = dict[str, Literal["a", 'b']]
server: Machine
x:T
tries: int = 3

def f(user: str, password: str = "", *args: str, **kw: int) -> dict[
    str,
    int]:
    n: int
    n = 1; m: list[Callable[[int], str]] = [lambda a, b = 2, *c: a]
    for i in range(3): u: set[int] = set([i])
    if n: k: str
    return {"ü": n, "z": m}

def g(
        a: int | None = None,  # a comment: with a colon
        *,
        b: tuple[int, ...]) -> None:
    pass
`

func TestStrip(t *testing.T) {
	f, err := Parse("a.star", []byte(typed))
	if err != nil {
		t.Fatal(err)
	}
	in, out := strings.Split(typed, "\n"), strings.Split(string(f.starlark), "\n")
	if len(in) != len(out) {
		t.Fatalf("%d lines became %d", len(in), len(out))
	}
	for i := range in {
		if len([]rune(in[i])) != len([]rune(out[i])) {
			t.Errorf("line %d changed its width:\n%s\n%s", i+1, in[i], out[i])
		}
	}
	for _, gone := range []string{"Unit", "server", "tries: int", "Callable", "-> None", "tuple"} {
		if strings.Contains(string(f.starlark), gone) {
			t.Errorf("%q is still there:\n%s", gone, f.starlark)
		}
	}
	if got := f.Declared["server"].String(); got != "Machine" {
		t.Errorf("server is declared as %s", got)
	}
	if got := f.Stmts[1].(*TypeStmt); got.Name.Name != "Unit" {
		t.Errorf("type alias: %+v", got)
	}
	if typ, err := TypeOf(f.Stmts[1].(*TypeStmt).Type); err != nil || typ.String() != `dict[str, Literal["a", "b"]]` {
		t.Errorf("alias type: %v %v", typ, err)
	}
}

// The backtrace of a failing script with annotations has the lines and columns of the file as written.
func TestBacktracePositions(t *testing.T) {
	src := "def f(a: int, ü: str = \"é\") -> list[str]: return fail(a)\ny: int = 1; z: str = f(7)\n"
	f, err := Parse("b.star", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	pre := starlark.StringDict{}
	_, err = starlark.ExecFileOptions(Options(), &starlark.Thread{}, "b.star", f.starlark, pre)
	var ev *starlark.EvalError
	if !errors.As(err, &ev) {
		t.Fatal(err)
	}
	for i, want := range []string{"f(7)", "fail(a)"} {
		pos := ev.CallStack[i].Pos
		o := f.Offset(Position{int(pos.Line), int(pos.Col)})
		// The position of a call is that of its opening parenthesis.
		if name, _, _ := strings.Cut(want, "("); !strings.HasSuffix(src[:o], name) {
			t.Errorf("%v is not the call %s but %q", pos, want, src[o:])
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"x = (1,\ny = 2\n", "1:5: '(' is never closed"},
		{"f(1\ndef g():\n  pass\nx = = 2\n", "1:2: '(' is never closed|4:5: expected an expression but there is `=`"},
		{"import os\nwhile True:\n  y = $\n", "1:1: the test language has no `import`|2:1: the test language has no `while`|3:7: expected an expression but there is `$`"},
		{"f(${toString {a = 1;}.a}, 1)\n", "1:3: expected an expression but there is `${toString {a = 1;}.…`"},
		{"x = \"abc\ny = 'def\n", "1:5: the string is not closed on its line|2:5: the string is not closed on its line"},
		{"with subtest(\"a\"):\n    pass\n", "1:1: the test language has no `with`"},
		{"if x is None:\n    pass\n", "1:6: Starlark has no `is`"},
		{"x = f\"{a}\"\n", "1:5: Starlark has no f\"…\" strings"},
		{"def f(:\n  pass\n", "1:6: '(' is never closed"},
		{"if x\n  pass\n", "1:5: expected `:` behind the condition but the line ends"},
		{"a < b < c\n", "1:7: comparisons can't be chained"},
		{"x = \"a\" \"b\"\n", "1:9: two strings side by side"},
		{"m.succeed(\"a\"\n  \"b\")\n", "2:3: two strings side by side"},
		{"re.search(\"\\d+\", x)\n", "1:12: invalid escape sequence \\d"},
		{"  x = 1\n", "1:3: unexpected indentation"},
		{"def f():\n", "1:9: expected an indented block behind the function's head"},
		{"if x:\n    a\n  b\n", "3:1: the indentation fits no line above"},
		{"x = 0755\n", "1:5: 0755 is not a number"},
		{"x = [1, 2\n\nprint(x)\n", "1:5: '[' is never closed"},
		{"x = )\n", "1:5: ')' closes nothing"},
		{"server.\nx = 1\n", "1:8: expected a name behind the dot but the line ends"},
		{"x = …\n", "1:5: unexpected character '…'"},
		{"else:\n  pass\n", "1:1: else without an if at this indentation"},
		{"assert x == 1\n", "1:1: the test language has no assert statement"},
		{"x = ...\n", "1:5: got"},
		{"x = 1\ny = \"\xff\" $\n\xfe", "2:6: this is no text in UTF-8"},
		{"\x7fELF\x00\x00", "1:5: this is no text in UTF-8"},
		{"\ufeffx = )\n", "1:5: ')' closes nothing"},
		{"\xff\xfex\x00 \x00=\x00 \x001\x00\n\x00", "1:1: this is no text in UTF-8"},
	} {
		_, err := Parse("a.star", []byte(c.src))
		var errs Errors
		errors.As(err, &errs)
		want := strings.Split(c.want, "|")
		if len(errs) != len(want) {
			t.Errorf("%q: %d errors, want %d:\n%v", c.src, len(errs), len(want), err)
			continue
		}
		for i, e := range errs {
			if got := fmt.Sprintf("%d:%d: %s", e.Start.Line, e.Start.Column, e.Message); !strings.HasPrefix(got, want[i]) {
				t.Errorf("%q: got %s, want %s", c.src, got, want[i])
			}
		}
	}
}

// A byte order mark is not part of the program: the first line's columns are those that editors show.
func TestByteOrderMark(t *testing.T) {
	f, err := Parse("a.star", []byte("\ufeffx: int = 1\nprint(x)\n"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "x      = 1\nprint(x)\n"; string(f.starlark) != want {
		t.Errorf("got %q, want %q", f.starlark, want)
	}
	if p := f.Position(len("\ufeffx: ")); p != (Position{1, 4}) || f.Offset(p) != len("\ufeffx: ") {
		t.Errorf("the type is at %v, which is at %d", p, f.Offset(p))
	}
	if l := f.Line(1); l != "x: int = 1" {
		t.Errorf("line 1 is %q", l)
	}
	if f, err := Parse("empty.star", []byte("\ufeff")); err != nil || f.Position(0) != (Position{1, 1}) {
		t.Errorf("of a file with nothing else: %v, %v", f.Position(0), err)
	}
}

func TestTooDeep(t *testing.T) {
	src := ""
	for i := range 1000 {
		src += strings.Repeat(" ", i) + "if True:\n"
	}
	_, err := Parse("a.star", []byte(src+strings.Repeat(" ", 1000)+"pass\n"))
	if n := strings.Count(fmt.Sprint(err), "too deeply nested"); n != 1 {
		t.Errorf("%d errors tell that it is too deeply nested", n)
	}
}

// What those who walk the tree could not recurse into is one error.
func TestEndlessExpressions(t *testing.T) {
	const n = 50_000
	for _, src := range []string{
		"x = 1" + strings.Repeat(" + 1", n), "x = 1" + strings.Repeat(" and 1", n), "x = a" + strings.Repeat(".a", n), "x = a" + strings.Repeat("[0]", n),
		"x = a" + strings.Repeat("()", n), "x = " + strings.Repeat("[", n) + strings.Repeat("]", n), "x = " + strings.Repeat("f(", n) + strings.Repeat(")", n), "x = " + strings.Repeat("not ", n) + "1",
		"x = 1" + strings.Repeat(" if x else 1", n), "x = " + strings.Repeat("lambda: ", n) + "1",
	} {
		f, err := Parse("a.star", []byte(src+"\n"))
		if len(f.Errors) != 1 {
			t.Errorf("%.20s…: %d errors, the first is %.200v", src, len(f.Errors), err)
		}
	}
	if _, err := Parse("a.star", []byte("x = 1"+strings.Repeat(" + 1", 3000)+"\n")); err != nil {
		t.Error(err)
	}
}

// compare reports whether go.starlark.net and the tolerant parser agree on a file without annotations.
func compare(t *testing.T, src []byte) {
	t.Helper()
	f, err := Parse("a.star", src)
	_, want := Options().Parse("a.star", src, 0)
	if want == nil && err != nil {
		t.Errorf("go.starlark.net accepts this, we say %v:\n%s", err, src)
	}
	if err == nil && want != nil && string(f.starlark) == string(src) {
		t.Errorf("go.starlark.net says %v, we accept:\n%s", want, src)
	}
	if err == nil {
		if _, err := Options().Parse("a.star", f.starlark, 0); err != nil {
			t.Errorf("what was made of an accepted file is no Starlark: %v\n%s\n%s", err, src, f.starlark)
		}
	}
}

var plain = []string{
	"x = 1 if a else 2 if b else 3\n", "f(*a, **b)\n", "f(a, b=1, *c, **d)\n", "[x for x in y if x if not x for z in x]\n",
	"{k: v for k, v in y}\n", "x[1:2:3], x[::], x[:], x[1:]\n", "a = b = 1\n", "not not x\n", "a or b and not c in d\n",
	"x = not a in b\n", "-x.y ** 2\n", "lambda: 0\n", "lambda x, *a, y=1, **k: x\n", "[lambda: 1 for x in y if lambda: x]\n",
	"for a, (b, c) in d, e:\n\tpass\n", "if a: b; c\nelif d: pass\nelse: e\n", "x, y = y, x\n", "(x,)\n", "()\n", "x = 1,\n", "return\n",
	"a \\\n + b\n", "x = 0x1F + 0o17 + 0b11 + 1.5e3 + .5 + 1.\n", "r'\\d' + b'x' + rb'\\x'\n", "'''a\n'b'\n'''\n", "\"\"\"a\"\"\"\n",
	"def f(a, b=1, *, c, **d):\n  return a,\n", "def f(): return\n", "x += 1\n", "x |= {}\n", "load('a', 'b', c='d',)\n", "load()\n",
	"f(a=1, a)\n", "f(1=2)\n", "x.y.z = 1\n", "x[1] = 2\n", "1 = 2\n", "a < b == c\n", "a == (b < c)\n", "~x\n", "+-~x\n", "f(x for x in y)\n",
	"type = 3\n", "type(x)\n", "assert(x)\n", "assert.eq(1, 1)\n", "a not b\n", "if x:\n  pass\n else:\n  pass\n", "\tx\n", "{1, 2}\n", "[1 2]\n",
	"x = 1;\n", ";\n", "x = {1: 2,}\n", "f(,)\n", "[,]\n", "def f(,): pass\n", "def f(a,): pass\n", "pass", "if x: pass", "# only\n", "\n\n",
}

func TestAgreesWithStarlark(t *testing.T) {
	for _, s := range plain {
		compare(t, []byte(s))
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range plain {
		f.Add([]byte(s))
	}
	f.Add([]byte(typed))
	f.Fuzz(func(t *testing.T, src []byte) {
		if notText(src) >= 0 || len(src) > 10000 {
			return // go.starlark.net ends a file at a NUL, and accepts text that is not UTF-8
		}
		compare(t, src)
	})
}

func BenchmarkParse(b *testing.B) {
	src := []byte(strings.Repeat(typed[strings.Index(typed, "tries"):], 50))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := Parse("a.star", src); err != nil {
			b.Fatal(err)
		}
	}
}
