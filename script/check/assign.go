package check

import "github.com/gotest-driver/gotest-driver/script/api"

// binding has the type variables that a call has bound.
type binding map[string]*typ

// fits reports whether a value of type from is accepted where to is wanted. In doubt it returns true: a union fits when
// one of its members does. Nil bindings compare type variables by name.
func (u *universe) fits(from, to *typ, b binding) bool {
	if from.k == kAny || from.k == kNever || to.k == kAny || to.k == kObject {
		if to.k == kVar {
			b.bind(to.name, from)
		}
		return true
	}
	switch {
	case to.k == kVar:
		b.bind(to.name, from)
		return true
	case from.k == kVar:
		return true
	case to.k == kNever:
		return false
	case from.k == kUnion:
		ok := false
		for _, m := range from.args {
			if u.fits(m, to, b) {
				ok = true
			}
		}
		return ok
	case to.k == kUnion:
		for _, m := range to.args {
			if m.k != kVar && u.fits(from, m, b) {
				return true
			}
		}
		for _, m := range to.args {
			if m.k == kVar {
				return u.fits(from, m, b)
			}
		}
		return false
	}
	if len(to.lits) > 0 && len(from.lits) > 0 {
		for _, l := range from.lits {
			if contains(to.lits, l) {
				return true
			}
		}
		return false
	}
	switch to.k {
	case kFloat:
		return from.k == kFloat || from.k == kInt
	case kSized:
		switch from.k {
		case kStr, kBytes, kList, kDict, kSet, kTuple, kRange, kIterable, kSized:
			return true
		}
		return false
	case kIterable:
		e := u.element(from)
		return e != nil && u.fits(e, to.args[0], b)
	case kFunc:
		return u.fitsFunc(from, to, b)
	case kClass:
		if isMachine(to) && isMachine(from) {
			return to.name == "Machine" || from.name == "Machine" || to.name == from.name
		}
		return from.k == kClass && from.name == to.name
	case kTuple:
		return from.k == kTuple && u.fitsTuple(from, to, b)
	case kModule:
		return from.k == kModule && from.mod == to.mod
	}
	if from.k != to.k {
		return false
	}
	for i := range to.args {
		if !u.fits(from.args[i], to.args[i], b) {
			return false
		}
	}
	return true
}

func (b binding) bind(name string, t *typ) {
	if b == nil {
		return
	}
	if old, ok := b[name]; ok {
		t = join(old, t)
	}
	b[name] = t
}

func (u *universe) fitsTuple(from, to *typ, b binding) bool {
	switch {
	case to.variadic:
		for _, a := range from.args {
			if !u.fits(a, to.args[0], b) {
				return false
			}
		}
		return true
	case from.variadic:
		for _, a := range to.args {
			if !u.fits(from.args[0], a, b) {
				return false
			}
		}
		return true
	case len(from.args) != len(to.args):
		return false
	}
	for i := range to.args {
		if !u.fits(from.args[i], to.args[i], b) {
			return false
		}
	}
	return true
}

// fitsFunc reports whether a function can be called like the wanted one.
func (u *universe) fitsFunc(from, to *typ, b binding) bool {
	if from.k == kModule {
		return from.mod.call != nil
	}
	if from.k != kFunc {
		return false
	}
	f, want := from.fn, to.fn
	if want.anyParams || f.anyParams {
		return u.fits(f.result, want.result, b)
	}
	for _, o := range append([]*fnType{f}, f.overloads...) {
		if takes(o, len(want.params)) {
			for i, p := range want.params {
				if q := o.positional(i); q != nil && !u.fits(p.typ, q.typ, b) {
					return false
				}
			}
			return want.result.k == kNone || u.fits(o.result, want.result, b)
		}
	}
	return false
}

// takes reports whether a call with n positional arguments is possible.
func takes(f *fnType, n int) bool {
	least, most := 0, 0
	for _, p := range f.params {
		switch p.kind {
		case api.Positional:
			most++
			if p.required() {
				least++
			}
		case api.VarArgs:
			most = 1 << 20
		case api.KeywordOnly:
			if p.required() {
				return false
			}
		}
	}
	return least <= n && n <= most
}

// positional returns the parameter for the i-th positional argument, nil when there is none.
func (f *fnType) positional(i int) *param {
	for j := range f.params {
		p := &f.params[j]
		if p.kind == api.VarArgs || p.kind == api.Positional && i == 0 {
			return p
		}
		if p.kind == api.Positional {
			i--
		}
	}
	return nil
}

// element returns the type of a loop's variable over the type, nil when no loop is possible.
func (u *universe) element(t *typ) *typ {
	switch t.k {
	case kAny:
		return t
	case kNever, kVar, kObject:
		return tAny
	case kList, kSet, kDict, kIterable:
		return t.args[0]
	case kTuple:
		return unionOf(t.args)
	case kRange:
		return tInt
	case kClass:
		if c := u.classOfType(t); c != nil {
			return c.iter()
		}
	case kUnion:
		var r *typ
		for _, m := range t.args {
			if e := u.element(m); e != nil {
				if r == nil {
					r = tNever
				}
				r = join(r, e)
			}
		}
		return r
	}
	return nil
}

// subst replaces the type variables that are bound; the others become Any.
func subst(t *typ, b binding) *typ {
	switch t.k {
	case kVar:
		if x, ok := b[t.name]; ok {
			return x
		}
		return tAny
	case kFunc:
		if t.fn.decl != nil || t.fn.local != nil || !hasVars(t) {
			return t
		}
		fn := *t.fn
		fn.result = subst(fn.result, b)
		fn.params = append([]param{}, fn.params...)
		for i := range fn.params {
			fn.params[i].typ = subst(fn.params[i].typ, b)
		}
		return &typ{k: kFunc, fn: &fn}
	case kUnion:
		if !hasVars(t) {
			return t
		}
		r := tNever
		for _, a := range t.args {
			r = join(r, subst(a, b))
		}
		if r.k == kUnion {
			c := *r
			c.soft = t.soft
			r = &c
		}
		return r
	}
	if !hasVars(t) {
		return t
	}
	c := *t
	c.args = make([]*typ, len(t.args))
	for i, a := range t.args {
		c.args[i] = subst(a, b)
	}
	return &c
}

func hasVars(t *typ) bool {
	if t.k == kVar {
		return true
	}
	for _, a := range t.args {
		if hasVars(a) {
			return true
		}
	}
	if t.k == kFunc && t.fn.decl == nil && t.fn.local == nil {
		if hasVars(t.fn.result) {
			return true
		}
		for _, p := range t.fn.params {
			if hasVars(p.typ) {
				return true
			}
		}
	}
	return false
}
