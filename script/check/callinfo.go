package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// Signature describes the call that contains the offset.
type Signature struct {
	Labels []string // one for each overload
	Params []string // of the first
	Doc    string
	Active int // the parameter at the offset; -1 when there is none
}

// SignatureAt returns the signature of the call around the offset, nil when there is none.
func (r *Result) SignatureAt(offset int) *Signature {
	path := r.path(offset)
	for i := len(path) - 1; i >= 0; i-- {
		call, ok := path[i].(*dialect.CallExpr)
		if !ok || offset <= call.Lparen || call.Rparen >= 0 && offset > call.Rparen {
			continue
		}
		t := r.c.called(call)
		if t == nil || t.k != kFunc {
			return nil
		}
		f := t.fn
		s := &Signature{Active: -1}
		for _, o := range append([]*fnType{f}, f.overloads...) {
			s.Labels = append(s.Labels, signature(o))
		}
		for _, p := range f.params {
			s.Params = append(s.Params, p.name)
		}
		if f.decl != nil {
			s.Doc = f.decl.Doc
		} else if f.local != nil && f.local.def != nil {
			s.Doc = docString(f.local.def.Body)
		}
		s.Active = activeParam(f, call, offset, string(r.File.Source))
		return s
	}
	return nil
}

func activeParam(f *fnType, call *dialect.CallExpr, offset int, src string) int {
	position := 0
	for _, a := range call.Args {
		if a.Contains(offset) && a.Name != nil {
			for i, p := range f.params {
				if p.name == a.Name.Name {
					return i
				}
			}
			return -1
		}
		if a.End < offset && a.Name == nil && strings.Contains(src[a.End:min(offset, len(src))], ",") {
			position++
		}
	}
	for i, p := range f.params {
		if p.kind == api.VarArgs || p.kind == api.Positional && i == position {
			return i
		}
	}
	return -1
}

// Call is a call of a declared function.
type Call struct {
	Function *api.Function
	Range    dialect.Range
}

// Calls returns the calls of declared functions in the file, in the order of the source.
func (r *Result) Calls() []Call {
	var calls []Call
	for e := range r.c.types {
		call, ok := e.(*dialect.CallExpr)
		if !ok {
			continue
		}
		if t := r.c.called(call); t != nil && t.k == kFunc && t.fn.decl != nil {
			calls = append(calls, Call{t.fn.decl, call.Span()})
		}
	}
	slices.SortFunc(calls, func(a, b Call) int { return cmp.Or(a.Range.Start-b.Range.Start, b.Range.End-a.Range.End) })
	return calls
}

// called returns the type of what is called; for a module that can be called it is that of its function.
func (c *checker) called(call *dialect.CallExpr) *typ {
	t := c.types[call.Fn]
	if t != nil && t.k == kModule && t.mod.call != nil {
		t = &typ{k: kFunc, fn: t.mod.call}
	}
	return t
}
