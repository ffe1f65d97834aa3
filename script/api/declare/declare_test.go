package declare_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/api/declare"
)

func parse(t testing.TB) *api.API {
	t.Helper()
	a, err := declare.Parse(os.DirFS("../decl"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The data of package api matches the declarations.
func TestData(t *testing.T) {
	const file = "../declared.go"
	a := parse(t)
	if os.Getenv("UPDATE") != "" {
		src, err := declare.Source(a)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, src, 0o644); err != nil {
			t.Fatal(err)
		}
		return // this test program was compiled with the old data
	}
	if d := cmp.Diff(a, api.Load()); d != "" {
		t.Errorf("script/api/declared.go is not what the declarations say: run UPDATE=1 go test ./script/api/... (- declared, + data):\n%s", d)
	}
}

// The files that are generated from the declarations: the reference, and package gotest, which scripts in Python
// import.
func TestGeneratedFiles(t *testing.T) {
	a := parse(t)
	for file, write := range map[string]func(io.Writer) error{
		"docs/reference.md": a.Markdown,
		"cmd/gotest-driver/internal/python/bridge/gotest/__init__.py": a.PY,
	} {
		path := "../../../" + file
		var want bytes.Buffer
		if err := write(&want); err != nil {
			t.Fatal(err)
		}
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s is not what the declarations say: run UPDATE=1 go test ./script/api/...", file)
		}
	}
}

func TestDeclarationsParse(t *testing.T) {
	a := parse(t)
	for _, c := range a.Classes {
		if c.Doc == "" {
			t.Errorf("class %s has no doc string", c.Name)
		}
		for _, f := range c.Methods {
			if f.Doc == "" || f.Result == nil {
				t.Errorf("%s has no doc string or result", f.FullName())
			}
		}
	}
	succeed := a.Class("Machine").Method("succeed")
	if got := succeed.Param("commands"); got == nil || got.Kind != api.VarArgs {
		t.Errorf("commands of succeed: %+v, want *commands", got)
	}
	if got := succeed.Param("timeout"); got.Kind != api.KeywordOnly || got.Default != "None" || !got.Type.Optional() {
		t.Errorf("timeout of succeed: %+v, want an optional keyword-only parameter", got)
	}
	if a.Module("assert").Call == nil {
		t.Error("assert can't be called")
	}
}

func TestErrors(t *testing.T) {
	for src, want := range map[string]string{
		"x = 3\n":   "globals.star:1: a declaration file holds functions",
		"def f(:\n": "globals.star:1:",
		"# @qemu\ndef f() -> None:\n    \"\"\"F.\"\"\"\n":        "globals.star:2: f: there is no annotation @qemu,",
		"# @qemu_only\n\ndef f() -> None:\n    \"\"\"F.\"\"\"\n": "globals.star:1: @qemu_only belongs to no function",
		"x: int\n\n# @extension\n":                               "globals.star:3: @extension belongs to no function",
		"# @extension\nx: int\n":                                 "globals.star:2: @extension belongs to no function",
	} {
		dir := fstest.MapFS{"types.star": {}, "globals.star": {Data: []byte(src)}}
		if _, err := declare.Parse(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", src, err, want)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	dir := os.DirFS("../decl")
	for b.Loop() {
		if _, err := declare.Parse(dir); err != nil {
			b.Fatal(err)
		}
	}
}
