package script

import (
	"reflect"
	"testing"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// This fails when go.starlark.net keeps the variables of inner functions in another way; see cell.go.
func TestCells(t *testing.T) {
	const src = `
def outer():
    shared, own = 42, 1
    def inner():
        return shared + later
    look()
    later = 2
    return inner
outer()
`
	raw, values := map[string]starlark.Value{}, map[string]starlark.Value{}
	look := starlark.NewBuiltin("look", func(thread *starlark.Thread, _ *starlark.Builtin, _ starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		fr := thread.DebugFrame(1)
		for i := range fr.NumLocals() {
			b, v := fr.Local(i)
			raw[b.Name], values[b.Name] = v, variable(v)
		}
		return starlark.None, nil
	})
	if _, err := starlark.ExecFileOptions(dialect.Options(), &starlark.Thread{}, "a.star", src, starlark.StringDict{"look": look}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"shared", "later"} {
		if v := raw[name]; v == nil || !isCell(reflect.TypeOf(v)) || !isKnownCell(reflect.TypeOf(v)) {
			t.Errorf("%s is %T, want a cell of the known form", name, raw[name])
		}
	}
	if values["shared"] != starlark.MakeInt(42) || values["own"] != starlark.MakeInt(1) || values["later"] != nil {
		t.Errorf("the variables are %v", values)
	}
}

// A cell of another form is not read.
func TestForeignCells(t *testing.T) {
	type cell struct{}
	if isCell(reflect.TypeFor[*cell]()) || isKnownCell(reflect.TypeFor[*cell]()) {
		t.Error("a foreign struct is taken for a cell")
	}
	if isKnownCell(reflect.TypeFor[*struct{ v int }]()) {
		t.Error("a struct with another field is taken for a cell")
	}
}
