package python

import (
	"reflect"

	"go.starlark.net/syntax"
)

// reposition gives every node of the tree the position of the Python source that it comes from.
func (p *Program) reposition(f *syntax.File) {
	name := p.Filename
	f.Path = name
	position := reflect.TypeFor[syntax.Position]()
	node := reflect.TypeFor[syntax.Node]()
	seen := map[uintptr]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if v.IsNil() || seen[v.Pointer()] {
				return
			}
			if !v.Type().Implements(node) && v.Elem().Kind() != reflect.Struct {
				return
			}
			seen[v.Pointer()] = true
			walk(v.Elem())
		case reflect.Interface:
			if !v.IsNil() && v.Elem().Type().Implements(node) {
				walk(v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Struct:
			if v.Type() == position {
				old := v.Interface().(syntax.Position)
				if old.Line > 0 {
					line, col := p.Map.Source(int(old.Line), int(old.Col))
					v.Set(reflect.ValueOf(syntax.MakePosition(&name, int32(line), int32(col))))
				}
				return
			}
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() && v.Type().Field(i).Name != "Options" && v.Type().Field(i).Name != "Module" {
					walk(v.Field(i))
				}
			}
		}
	}
	walk(reflect.ValueOf(f))
}
