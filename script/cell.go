package script

import (
	"reflect"

	"go.starlark.net/starlark"
)

// go.starlark.net keeps a variable that inner functions use in a cell: a struct of one field, of an unexported type.
// Its Function.FreeVar returns the value in the cell; its DebugFrame.Local returns the cell, so a debugger must read
// the value itself. That needs a pointer to an unexported field, only here. This file becomes unnecessary if
// frame.Local there returns the field of a *cell, as FreeVar does.

// variable returns the value of a local variable that DebugFrame.Local has returned, nil when it has none yet. A cell
// of an unknown form has no value: it would be read wrongly.
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
