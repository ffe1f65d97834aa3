// Package api holds what the public packages export, a file for each, so that a review sees when it changes.
package api

import (
	"bytes"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/gotest-driver/gotest-driver"

// public are the packages that other modules import. ocr/tesseract is not among them: what it says of itself depends
// on whether there is a C compiler.
var public = []string{"driver/...", "machine/...", "qmp/...", "vlan/...", "ocr", "ocr/console", "ocr/needle", "report/..."}

// TestAPI compares what is exported with the files, which UPDATE=1 writes.
func TestAPI(t *testing.T) {
	files := map[string]bool{}
	for _, p := range load(t) {
		name := strings.ReplaceAll(strings.TrimPrefix(p.Path(), module+"/"), "/", "-") + ".txt"
		files[name] = true
		l := listing{pkg: p}
		l.write()
		for _, m := range l.internal {
			t.Errorf("%s mentions an internal type, which other modules can't use", m)
		}
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(name, l.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
		}
		if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(l.String(), "\n")); d != "" {
			t.Errorf("%s exports something else than test/api/%s says: if that is meant, run UPDATE=1 go test ./test/api (- file, + package):\n%s", p.Path(), name, d)
		}
	}
	there, _ := filepath.Glob("*.txt")
	for _, name := range there {
		if !files[name] {
			t.Errorf("test/api/%s is of no package: remove it", name)
		}
	}
}

// load returns the public packages as the compiler has them.
func load(t *testing.T) []*types.Package {
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}\t{{if not .DepOnly}}{{.Dir}}{{end}}"}
	for _, p := range public {
		args = append(args, module+"/"+p)
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal("go list: ", err)
	}
	exports := map[string]string{}
	var roots []string
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		path, file, dir := f[0], f[1], f[2]
		exports[path] = file
		if dir == "" || isInternal(path) {
			continue
		}
		if _, err := os.ReadDir(dir); err != nil { // so that a change there makes a test result in the cache stale
			t.Fatal(err)
		}
		roots = append(roots, path)
	}
	compiled := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	var pkgs []*types.Package
	for _, path := range roots {
		p, err := compiled.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
	return pkgs
}

func isInternal(path string) bool { return slices.Contains(strings.Split(path, "/"), "internal") }

// listing is the exported declarations of a package, one a line.
type listing struct {
	bytes.Buffer
	pkg      *types.Package
	internal []string // the declarations that mention an internal type
}

// line writes a line about the exported identifier name. Types among args are written as the package's source does.
func (l *listing) line(name, format string, args ...any) {
	qualify := func(p *types.Package) string {
		if p == l.pkg {
			return ""
		}
		if isInternal(p.Path()) {
			l.internal = append(l.internal, l.pkg.Path()+"."+name)
		}
		return p.Name()
	}
	for i, a := range args {
		switch a := a.(type) {
		case *types.Func:
			args[i] = a.Name() + strings.TrimPrefix(types.TypeString(a.Type(), qualify), "func")
		case types.Type:
			args[i] = types.TypeString(a, qualify)
		case types.Object:
			args[i] = types.ObjectString(a, qualify)
		}
	}
	fmt.Fprintln(l, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

func (l *listing) write() {
	scope := l.pkg.Scope()
	for _, name := range scope.Names() {
		obj := scope.Lookup(name)
		if !obj.Exported() {
			continue
		}
		switch obj := obj.(type) {
		case *types.Const:
			l.line(name, "%s = %s", obj, obj.Val().ExactString())
		case *types.TypeName:
			l.writeType(obj)
		case *types.Func:
			l.line(name, "func %s", obj)
		default:
			l.line(name, "%s", obj)
		}
	}
}

func (l *listing) writeType(tn *types.TypeName) {
	name := tn.Name()
	if tn.IsAlias() {
		l.line(name, "%s", tn)
		return
	}
	switch u := tn.Type().Underlying().(type) {
	case *types.Struct:
		l.line(name, "type %s struct", tn.Type())
		for i := range u.NumFields() {
			if f := u.Field(i); f.Exported() {
				l.line(name+"."+f.Name(), "\t%s %s %s", f.Name(), f.Type(), u.Tag(i))
			}
		}
	case *types.Interface:
		l.line(name, "type %s interface", tn.Type())
		for t := range u.EmbeddedTypes() {
			l.line(name, "\t%s", t)
		}
		for m := range u.ExplicitMethods() {
			l.line(name+"."+m.Name(), "\t%s", m)
		}
		return
	default:
		l.line(name, "%s", tn)
	}
	values := types.NewMethodSet(tn.Type())
	for m := range types.NewMethodSet(types.NewPointer(tn.Type())).Methods() {
		method := m.Obj().(*types.Func)
		if !method.Exported() {
			continue
		}
		star := "*"
		if values.Lookup(l.pkg, method.Name()) != nil {
			star = ""
		}
		l.line(name+"."+method.Name(), "func (%s%s) %s", star, name, method)
	}
}
