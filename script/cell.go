package script

import (
	"reflect"

	"go.starlark.net/starlark"
)

// A variable that inner functions use, too, is kept by go.starlark.net in a cell: a type that it does not export, a
// struct of one field. Its Function.FreeVar takes the value out of the cell; its DebugFrame.Local does not, so that a
// debugger has to. That needs a pointer to an unexported field, here alone. The change there that would make this file
// needless is in frame.Local: to return the field of a *cell instead of the *cell, as FreeVar does.

// variable returns the value of a local variable as DebugFrame.Local has it, nil when it has none yet. A cell of another
// form than the known one has no value: it would be read wrongly.
func variable(v starlark.Value) starlark.Value {
	if v == nil || !isCell(reflect.TypeOf(v)) {
		return v
	}
	if !isKnownCell(reflect.TypeOf(v)) {
		return nil
	}
	return *(*starlark.Value)(reflect.ValueOf(v).UnsafePointer())
}

// isCell reports whether a type is that of cells.
func isCell(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer && t.Elem().Name() == "cell" && t.Elem().PkgPath() == reflect.TypeFor[starlark.Function]().PkgPath()
}

// isKnownCell reports whether cells are a struct whose only field is a value.
func isKnownCell(t reflect.Type) bool {
	cell := t.Elem()
	return cell.Kind() == reflect.Struct && cell.NumField() == 1 && cell.Field(0).Type == reflect.TypeFor[starlark.Value]()
}
