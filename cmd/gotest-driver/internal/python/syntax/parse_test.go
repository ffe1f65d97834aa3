package syntax

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"x = (1,\n", "x.py:2:1: expected `)`, found the end of the file"},
		{"if x\n    pass\n", "x.py:1:5: expected `:`, found the end of the line"},
		{"print 'a'\n", "x.py:1:7: unexpected a string"},
		{"def f():\nreturn 1\n", "x.py:2:1: expected an indented block"},
		{"x = 'abc\n", "x.py:1:5: the string has no end"},
		{"f'{x'\n", "has no end"},
		{"a b\n", "x.py:1:3: unexpected `b`"},
		{"1 = x\n", "x.py:1:1: cannot assign to this expression"},
		{"x = )\n", "x.py:1:5: unmatched \")\""},
		{"if 1:\n        a\n    b\n", "x.py:3:5: the indentation matches no outer block"},
		{"\x00\x01binary", "x.py:1:1: this is not UTF-8 text"},
		{"{ pkgs, ... }: {\n  x = 1;\n}\n", "x.py:1:"},
		{"except:\n", "x.py:1:1: unexpected `except`"},
		{"x = $y\n", "unexpected character '$'"},
		{"x = A\u0325\n", "x.py:1:5: names in test scripts can't have combining characters"},
	} {
		_, err := Parse("x.py", c.src)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Parse(%q) = %v, want %q", c.src, err, c.want)
		}
	}
}

// TestDepth: deeply nested code, with or without recursion, is an error and does not exhaust the stack.
func TestDepth(t *testing.T) {
	for _, c := range []struct{ start, more, end string }{
		{"x = 1", " + 1", "\n"}, {"x = a", " and a", "\n"}, {"x = a", ".b()", "\n"}, {"if a", "[0]", ":\n    pass\n"},
		{"x = f'{a", ".b", "}'\n"}, {"x = ", "(", "\n"}, {"x = ", "lambda: ", "\n"}, {"x = ", "-", "1\n"},
	} {
		_, err := Parse("x.py", c.start+strings.Repeat(c.more, 200_000)+c.end)
		if err == nil || !strings.Contains(err.Error(), "x.py:1:") || !strings.HasSuffix(err.Error(), "too deeply nested") {
			t.Errorf("%s%s…: %.200v", c.start, c.more, err)
		}
	}
	if _, err := Parse("x.py", "x = a"+strings.Repeat(" + a.b()", 400)+"\n"); err != nil {
		t.Errorf("what a person may write: %v", err)
	}
}

func TestPositions(t *testing.T) {
	f, err := Parse("x.py", "x = 1\n\ndéf = [\n    'a',\n    f(b),\n]\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range f.Body {
		Walk(s, func(n Node) bool {
			if x, ok := n.(*Name); ok {
				l, c := f.LineCol(x.Start)
				got = append(got, x.ID, string(rune('0'+l)), string(rune('0'+c)))
			}
			return true
		})
	}
	if want := "x 1 1 f 5 5 b 5 7 déf 3 1"; strings.Join(got, " ") != want {
		t.Errorf("names at %v, want %s", got, want)
	}
}

func TestComments(t *testing.T) {
	f, err := Parse("x.py", "# a\nx = 1  # b\nif x:\n    # c\n    y = '# no'\n# d")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range f.Comments {
		own := "behind"
		if c.OwnLine {
			own = "own"
		}
		got = append(got, c.Text, own)
	}
	if want := "# a own # b behind # c own # d own"; strings.Join(got, " ") != want {
		t.Errorf("comments %v, want %s", got, want)
	}
}

// FuzzParse finds inputs that crash the parser.
func FuzzParse(f *testing.F) {
	for _, folder := range []string{"programs", "golden", "findings"} {
		files, err := filepath.Glob("../testdata/" + folder + "/*.py")
		if err != nil || len(files) == 0 {
			f.Fatal("no files", err)
		}
		for _, name := range files {
			src, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(src))
		}
	}
	f.Fuzz(func(t *testing.T, src string) {
		file, err := Parse("fuzz.py", src)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Line < 1 || e.Col < 1 {
				t.Fatalf("the error has no position: %v", err)
			}
			return
		}
		for _, s := range file.Body {
			Walk(s, func(n Node) bool {
				if r := n.Range(); r.Start < 0 || r.End > len(src) || r.Start > r.End {
					t.Fatalf("a %T has the range %v of %d", n, r, len(src))
				}
				return true
			})
		}
	})
}
