package pyrt

import (
	"encoding/csv"
	"errors"
	"net/url"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

func (rt *Runtime) typesModule() *starlarkstruct.Module {
	return namespace("types", starlark.StringDict{
		"SimpleNamespace": rt.fn("SimpleNamespace", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			if len(a) > 0 {
				return nil, rt.raise("TypeError", "no positional arguments expected")
			}
			o := &Instance{class: &Class{rt: rt, name: "namespace", members: map[string]starlark.Value{}, data: &dataOptions{}}, attrs: map[string]starlark.Value{}}
			for _, kv := range kw {
				name := string(kv[0].(starlark.String))
				o.class.fields = append(o.class.fields, field{name: name})
				if err := o.SetField(name, kv[1]); err != nil {
					return nil, err
				}
			}
			return o, nil
		}),
	})
}

func (rt *Runtime) csvModule() *starlarkstruct.Module {
	read := func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) ([][]string, error) {
		if len(a) == 0 {
			return nil, rt.raise("TypeError", "expected at least 1 argument, got 0")
		}
		lines, err := rt.all(th, a[0])
		if err != nil {
			return nil, err
		}
		var text strings.Builder
		for i := range lines {
			text.WriteString(strings.TrimSuffix(strArg(lines, i, ""), "\n") + "\n")
		}
		r := csv.NewReader(strings.NewReader(text.String()))
		r.FieldsPerRecord, r.LazyQuotes = -1, true
		if d, ok := kwarg(kw, "delimiter"); ok {
			s, _ := starlark.AsString(d)
			if runes := []rune(s); len(runes) == 1 {
				r.Comma = runes[0]
			}
		}
		rows, err := r.ReadAll()
		var pe *csv.ParseError
		if errors.As(err, &pe) {
			return nil, rt.raise("ValueError", "%v", err)
		}
		return rows, err
	}
	row := func(fields []string) *starlark.List {
		out := make([]starlark.Value, len(fields))
		for i, f := range fields {
			out[i] = starlark.String(f)
		}
		return starlark.NewList(out)
	}
	return namespace("csv", starlark.StringDict{
		"reader": rt.fn("reader", func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			rows, err := read(th, a, kw)
			if err != nil {
				return nil, err
			}
			var out []starlark.Value
			for _, r := range rows {
				out = append(out, row(r))
			}
			return rt.iterator(th, starlark.NewList(out))
		}),
		"DictReader": rt.fn("DictReader", func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			rows, err := read(th, a, kw)
			if err != nil {
				return nil, err
			}
			var names []string
			if f, ok := kwarg(kw, "fieldnames"); ok {
				xs, err := rt.all(th, f)
				if err != nil {
					return nil, err
				}
				for i := range xs {
					names = append(names, strArg(xs, i, ""))
				}
			} else if len(rows) > 0 {
				names, rows = rows[0], rows[1:]
			}
			var out []starlark.Value
			for _, r := range rows {
				d := &starlark.Dict{}
				for i, n := range names {
					var v starlark.Value = starlark.None
					if i < len(r) {
						v = starlark.String(r[i])
					}
					if err := d.SetKey(starlark.String(n), v); err != nil {
						return nil, err
					}
				}
				out = append(out, d)
			}
			return rt.iterator(th, starlark.NewList(out))
		}),
	})
}

// parseQuery is urllib.parse.parse_qs.
func (rt *Runtime) parseQuery() *starlark.Builtin {
	return rt.pos("parse_qs", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		d := &starlark.Dict{}
		for _, part := range strings.Split(strArg(a, 0, ""), "&") {
			k, v, ok := strings.Cut(part, "=")
			if !ok || v == "" {
				continue
			}
			k, err1 := url.QueryUnescape(k)
			v, err2 := url.QueryUnescape(v)
			if err := errors.Join(err1, err2); err != nil {
				return nil, rt.raise("ValueError", "%v", err)
			}
			l, found, err := d.Get(starlark.String(k))
			if err != nil {
				return nil, err
			}
			if !found {
				l = &starlark.List{}
				if err := d.SetKey(starlark.String(k), l); err != nil {
					return nil, err
				}
			}
			if err := l.(*starlark.List).Append(starlark.String(v)); err != nil {
				return nil, err
			}
		}
		return d, nil
	})
}
