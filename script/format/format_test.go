package format

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gotest-driver/gotest-driver/script/check"
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
		got, err := File("a.star", []byte(c.in))
		if err != nil || string(got) != c.want {
			t.Errorf("%q became %q, %v; want %q", c.in, got, err, c.want)
			continue
		}
		again, err := File("a.star", got)
		if err != nil || !bytes.Equal(again, got) {
			t.Errorf("%q formatted twice is %q, %v", c.in, again, err)
		}
	}
	var errs dialect.Errors
	if _, err := File("a.star", []byte("x = (\n")); !errors.As(err, &errs) {
		t.Errorf("a broken file: %v", err)
	}
}

// TestCorpus: what is formatted stays as it is.
func TestCorpus(t *testing.T) {
	found := 0
	for _, pattern := range []string{"../../examples/*.star", "../../test/conformance/*.star", "../check/testdata/corpus/*/*.star"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		found += len(files)
		for _, name := range files {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if out, err := File(name, src); err != nil {
				t.Errorf("%s: %v", name, err)
			} else if again, err := File(name, out); err != nil || !bytes.Equal(again, out) {
				t.Errorf("%s: formatted twice it differs: %v", name, err)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d scripts were found", found)
	}
}

func BenchmarkFile(b *testing.B) {
	src, err := os.ReadFile("../../examples/boot.star")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := File("boot.star", src); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzFormat(f *testing.F) {
	f.Add([]byte("server: Machine\nfor _ in subtest('a'):\n  server.succeed(\"x\", timeout=3) # c\n"))
	for _, d := range check.Lints() {
		f.Add([]byte(d.Right))
		f.Add([]byte(d.Wrong))
	}
	f.Add([]byte(`subtest(""0 pass`)) // the last argument has no text
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 5000 {
			return
		}
		out, err := File("a.star", src)
		if err != nil {
			return // broken, or refused by the formatter's parser; nothing is written then
		}
		again, err := File("a.star", out)
		if err != nil {
			t.Fatalf("what was formatted can't be formatted again: %v\n%s", err, out)
		}
		if !bytes.Equal(out, again) {
			t.Fatalf("not idempotent:\n%q\n%q\n%q", src, out, again)
		}
	})
}
