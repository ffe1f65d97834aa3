package declare

import (
	"fmt"
	"go/format"
	"reflect"
	"strings"

	"github.com/gotest-driver/gotest-driver/script/api"
)

// Source returns the Go file of package api with the data. It consists only of constants and addresses, which the
// compiler lays out: nothing runs and nothing is allocated when the program starts.
func Source(a *api.API) ([]byte, error) {
	var b strings.Builder
	b.WriteString("// Code generated from decl by package declare. DO NOT EDIT.\n\npackage api\n\nvar declared = ")
	write(&b, reflect.ValueOf(*a), true)
	return format.Source([]byte(b.String()))
}

// write writes v as a composite literal without its zero fields; named reports whether its type must be written.
func write(b *strings.Builder, v reflect.Value, named bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if named {
			b.WriteByte('&')
		}
		write(b, v.Elem(), named)
	case reflect.Struct:
		if named {
			b.WriteString(v.Type().Name())
		}
		b.WriteByte('{')
		for i := range v.NumField() {
			if f := v.Field(i); !f.IsZero() {
				b.WriteString(v.Type().Field(i).Name + ": ")
				write(b, f, true)
				b.WriteString(", ")
			}
		}
		b.WriteByte('}')
	case reflect.Slice:
		elem := v.Type().Elem()
		lines := false // one declaration on each line
		if elem.Kind() == reflect.Pointer {
			elem, lines = elem.Elem(), elem.Elem() != reflect.TypeFor[api.Type]()
			b.WriteString("[]*")
		} else {
			b.WriteString("[]")
		}
		b.WriteString(elem.Name() + "{")
		for i := range v.Len() {
			if lines {
				b.WriteByte('\n')
			}
			write(b, v.Index(i), false)
			b.WriteByte(',')
		}
		if lines {
			b.WriteByte('\n')
		}
		b.WriteByte('}')
	case reflect.String:
		fmt.Fprintf(b, "%q", v.String())
	default:
		fmt.Fprint(b, v.Interface())
	}
}
