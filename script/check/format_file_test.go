package check

import (
	"bytes"
	"errors"
	"testing"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"x=1;y = 'a'\n", "x = 1\ny = \"a\"\n"},
		{"m:Literal['a',\"b\",-1,0x10]='a' # c\n", "m: Literal[\"a\", \"b\", -1, 0x10] = \"a\"  # c\n"},
		{"def f(a:Literal[\"x\"]|None=None)->list[Literal['y']]: return ['y']\n", "def f(a: Literal[\"x\"] | None = None) -> list[Literal[\"y\"]]:\n    return [\"y\"]\n"},
		{"x=['é',r'é\\d', '\\'é\\'','\"é\"']\n", "x = [\"é\", r'é\\d', '\\'é\\'', '\"é\"']\n"},
		{"x='''it's é\nb'''\n", "x = \"\"\"it's é\nb\"\"\"\n"},
		{"\ufeffx=1\n", "x = 1\n"},
		{"", ""},
	} {
		got, err := Format("a.star", []byte(c.in))
		if err != nil || string(got) != c.want {
			t.Errorf("%q became %q, %v; want %q", c.in, got, err, c.want)
			continue
		}
		again, err := Format("a.star", got)
		if err != nil || !bytes.Equal(again, got) {
			t.Errorf("%q formatted twice is %q, %v", c.in, again, err)
		}
	}
	var errs dialect.Errors
	if _, err := Format("a.star", []byte("x = (\n")); !errors.As(err, &errs) {
		t.Errorf("a broken file: %v", err)
	}
}

func FuzzFormat(f *testing.F) {
	f.Add([]byte("server: Machine\nfor _ in subtest('a'):\n  server.succeed(\"x\", timeout=3) # c\n"))
	for _, d := range Lints() {
		f.Add([]byte(d.Right))
		f.Add([]byte(d.Wrong))
	}
	f.Add([]byte(`subtest(""0 pass`)) // the last argument has no text
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 5000 {
			return
		}
		out, err := Format("a.star", src)
		if err != nil {
			return // broken, or refused by the formatter's parser; nothing is written then
		}
		again, err := Format("a.star", out)
		if err != nil {
			t.Fatalf("what was formatted can't be formatted again: %v\n%s", err, out)
		}
		if !bytes.Equal(out, again) {
			t.Fatalf("not idempotent:\n%q\n%q\n%q", src, out, again)
		}
	})
}

func FuzzCheck(f *testing.F) {
	for _, d := range Lints() {
		f.Add([]byte(d.Right))
		f.Add([]byte(d.Wrong))
	}
	f.Add([]byte(`subtest(""0 pass`)) // the last argument has no text
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 5000 {
			return
		}
		for _, x := range findings(string(src), Config{}) {
			if x.Range.Start < 0 || x.Range.End > len(src) || x.Range.Start > x.Range.End || x.Start.Line < 1 || x.Start.Column < 1 || x.End.Line < x.Start.Line || x.End.Line == x.Start.Line && x.End.Column < x.Start.Column {
				t.Fatalf("a finding is out of the file: %+v", x)
			}
		}
	})
}
