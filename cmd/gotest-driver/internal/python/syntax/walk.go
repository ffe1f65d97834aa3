package syntax

import "reflect"

// Walk calls f for every statement and expression below n, n first, in the order of the fields, which is the order of
// evaluation; f reports whether to go deeper. Walk skips annotations.
func Walk(n Node, f func(Node) bool) {
	if n != nil && f(n) {
		walkFields(reflect.ValueOf(n).Elem(), f)
	}
}

func walkFields(v reflect.Value, f func(Node) bool) {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("walk") != "no" {
			walkField(v.Field(i), f)
		}
	}
}

func walkField(v reflect.Value, f func(Node) bool) {
	switch v.Kind() {
	case reflect.Struct:
		walkFields(v, f)
	case reflect.Slice:
		for i := range v.Len() {
			walkField(v.Index(i), f)
		}
	case reflect.Interface, reflect.Pointer:
		switch n := v.Interface().(type) {
		case *StrPart:
			walkFields(v.Elem(), f)
		case Node:
			Walk(n, f)
		}
	}
}
