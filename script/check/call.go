package check

import (
	"fmt"
	"strings"

	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// argument is an argument with its inferred type.
type argument struct {
	*dialect.Arg
	typ *typ
	at  int // which argument it is
}

func (c *checker) call(e *dialect.CallExpr) *typ {
	ft := c.callee(e.Fn)
	ft = c.notNone(e.Fn, ft, "be called")
	var fns []*fnType
	for _, m := range ft.members() {
		switch {
		case m.k == kFunc:
			fns = append(fns, m.fn)
		case m.k == kModule && m.mod.call != nil:
			fns = append(fns, m.mod.call)
		case m == tJSON:
		case m.k == kAny || m.k == kNever || m.k == kObject || m.k == kVar:
			return c.callUnknown(e)
		}
	}
	if len(fns) == 0 {
		c.notCallable(e, ft)
		return c.callUnknown(e)
	}
	if len(fns) > 1 { // one of several functions
		r := tNever
		for _, f := range fns {
			r = join(r, f.result)
			if f.local != nil {
				f.local.nextEscapes = true
			}
		}
		c.callUnknown(e)
		return subst(r, nil)
	}
	return c.callFunction(e, fns[0])
}

// callee returns the type of the called expression. A function of the file that is only called does not escape.
func (c *checker) callee(e dialect.Expr) *typ {
	if id, ok := unparen(e).(*dialect.Ident); ok {
		t := c.name(id)
		c.types[id], c.types[e] = t, t
		return t
	}
	return c.expr(e, nil)
}

// callUnknown checks the arguments of a call to an unknown function.
func (c *checker) callUnknown(e *dialect.CallExpr) *typ {
	for _, a := range e.Args {
		c.stored(a.Value, nil)
		c.leaves(a.Value)
	}
	return tAny
}

// leaves records that a container is passed to code that may change it.
func (c *checker) leaves(e dialect.Expr) {
	if id, ok := unparen(e).(*dialect.Ident); ok && c.uses[id] != nil && c.uses[id].mutated {
		c.uses[id].opaque = true
	}
}

func (c *checker) notCallable(e *dialect.CallExpr, t *typ) {
	hint := ""
	var fixes []Fix
	what := article(t)
	switch d, ok := unparen(e.Fn).(*dialect.DotExpr); {
	case t == tJSON:
		what, hint = "a value of JSON", "write [ ] instead of ( ) for an element"
	case ok && len(e.Args) == 0:
		hint = fmt.Sprintf("`%s` is an attribute: write it without ()", d.Name.Name)
		fixes = []Fix{{Title: "Remove the parentheses", Safe: true, Edits: []Edit{{dialect.Range{Start: e.Lparen, End: e.End}, ""}}}}
	case t.k == kModule:
		hint = "call one of its functions: " + strings.Join(some(sortedKeys(t.mod.members()), 4), ", ")
	}
	c.report(NotCallable, e.Fn.Span(), what+" can't be called", hint, fixes...)
}

func some(list []string, n int) []string {
	if len(list) > n {
		return append(append([]string{}, list[:n]...), "…")
	}
	return list
}

func (c *checker) callFunction(e *dialect.CallExpr, f *fnType) *typ {
	args := make([]argument, len(e.Args))
	open := false // * or ** hide arguments
	for i, a := range e.Args {
		args[i] = argument{Arg: a, at: i}
		if a.Star > 0 {
			open = true
		}
	}
	f = c.overload(f, args, open)
	slots := c.slots(e, f, args, open)
	b := binding{}
	if self := c.receiver(e.Fn, f); self != nil {
		for k, v := range self {
			b[k] = v
		}
	}
	for i := range args {
		c.argument(e, f, &args[i], slots[i], b)
	}
	if f.local != nil {
		f.local.nextCalled = true
		if open {
			f.local.nextEscapes = true
		}
	}
	if f.anyParams {
		return subst(f.result, b)
	}
	return c.special(e, f, args, b)
}

// overload returns the signature that accepts these arguments, else the last of the closest ones.
func (c *checker) overload(f *fnType, args []argument, open bool) *fnType {
	if len(f.overloads) == 0 {
		return f
	}
	n := 0
	for _, a := range args {
		if a.Star == 0 && a.Name == nil {
			n++
		}
	}
	all := append([]*fnType{f}, f.overloads...)
	for _, o := range all {
		fits := open || takes(o, n+countNamed(o, args)) && n <= maxPositional(o)
		for _, a := range args {
			if a.Name != nil && o.param(a.Name.Name) == nil {
				fits = false
			}
		}
		if fits {
			return o
		}
	}
	return all[len(all)-1]
}

func (f *fnType) param(name string) *param {
	for i := range f.params {
		if f.params[i].name == name && !f.params[i].posOnly && f.params[i].kind != api.VarArgs && f.params[i].kind != api.KwArgs {
			return &f.params[i]
		}
	}
	return nil
}

func (f *fnType) kwargs() *param {
	for i := range f.params {
		if f.params[i].kind == api.KwArgs {
			return &f.params[i]
		}
	}
	return nil
}

// argument checks one argument against its parameter, which may be nil.
func (c *checker) argument(e *dialect.CallExpr, f *fnType, a *argument, p *param, b binding) {
	if a.Star > 0 {
		t := c.expr(a.Value, nil)
		a.typ = t
		c.leaves(a.Value)
		c.starArgument(f, a, t)
		return
	}
	var want *typ
	if p != nil {
		want = p.typ
		if p.typ.k == kVar || hasVars(p.typ) {
			if len(b) > 0 {
				want = substKnown(p.typ, b)
			}
		}
	}
	if f.decl != nil && f.decl.FullName() == "retry" && p != nil && p.typ.has(kFunc) {
		given := tBool
		if c.takesRemaining(a.Value) {
			given = tFloat
		}
		want = &typ{k: kFunc, fn: &fnType{params: []param{{typ: given}}, result: tAny}}
	}
	a.typ = c.expr(a.Value, want)
	c.passFunction(a, want)
	if f.local != nil && p != nil {
		if p.kind == api.Positional || p.kind == api.KeywordOnly {
			c.observe(f.local, p.name, a.typ)
		}
		c.passContainer(f.local, p.name, a.Value)
	}
	if f.local == nil && f.decl == nil || p == nil {
		c.leaves(a.Value)
	}
	if p == nil {
		return
	}
	name := p.name
	if p.kind == api.KwArgs && a.Name != nil {
		name = a.Name.Name
	}
	if c.skipsElementCheck(f, p) {
		c.u.fits(a.typ, want, b)
		return
	}
	if !c.checkAssignableBound(ArgumentType, a.Value, a.typ, want, b, func() string {
		return fmt.Sprintf("`%s` of `%s` takes %s", name, shown(f), nounOf(want))
	}) {
		return
	}
	if f.decl != nil && !c.silent {
		c.passed = append(c.passed, passed{f.decl, p, a.Value})
	}
}

func nounOf(t *typ) string {
	if t.alias != "" && (t.k == kStr || t.k == kInt) {
		plain := *t
		plain.alias = ""
		return article(&plain) + " (" + t.alias + ")"
	}
	return article(t)
}

// skipsElementCheck reports whether the parameter is an element of a list or dict: those may hold values of any type,
// so what is put into them is never wrong.
func (c *checker) skipsElementCheck(f *fnType, p *param) bool {
	if f.decl == nil {
		return false
	}
	switch f.decl.Owner {
	case "list", "dict", "set":
		return p.typ.k == kVar || hasVars(p.typ) && p.typ.k != kIterable
	}
	return false
}

// substKnown replaces the type variables that are bound, and keeps the others.
func substKnown(t *typ, b binding) *typ {
	if t.k == kVar {
		if x, ok := b[t.name]; ok {
			return x
		}
		return t
	}
	if !hasVars(t) || t.k == kFunc {
		return t
	}
	r := *t
	r.args = make([]*typ, len(t.args))
	for i, a := range t.args {
		r.args[i] = substKnown(a, b)
	}
	return &r
}

// passFunction handles a function of the file that is passed to another function, which calls it. The types of its
// arguments are known when the parameter declares them.
func (c *checker) passFunction(a *argument, want *typ) {
	if a.typ.k != kFunc || a.typ.fn.local == nil {
		return
	}
	if want != nil {
		for _, m := range want.members() {
			if m.k == kFunc && !m.fn.anyParams {
				c.callback(a.typ.fn.local, m.fn.params)
				return
			}
		}
	}
	a.typ.fn.local.nextEscapes = true
}

// takesRemaining reports whether a function for retry gets the remaining time, as its parameter's name says, instead of
// whether the attempt is the last one.
func (c *checker) takesRemaining(e dialect.Expr) bool {
	var params []*dialect.Param
	switch x := unparen(e).(type) {
	case *dialect.LambdaExpr:
		params = x.Params
	case *dialect.Ident:
		if sym := c.uses[x]; sym != nil && sym.fn != nil {
			params = sym.fn.decls
		}
	}
	return len(params) > 0 && params[0].Name != nil && strings.Contains(params[0].Name.Name, "remaining")
}

// passContainer handles a container that is passed to a function: if the function changes its parameter, it changes the
// caller's container.
func (c *checker) passContainer(fn *function, name string, e dialect.Expr) {
	r := rootIdent(e)
	if r == nil || c.uses[r] == nil {
		return
	}
	for _, p := range fn.params {
		if p.name == name && p.mutated {
			c.uses[r].mutated, c.uses[r].opaque = true, true
		}
	}
	if c.uses[r].mutated && fn.escapes {
		c.uses[r].opaque = true
	}
}

func (c *checker) starArgument(f *fnType, a *argument, t *typ) {
	if a.Star == 2 {
		if t = c.notNone(a.Value, t, "be given as named arguments"); !c.u.fits(t, dictOf(tAny, tAny), nil) {
			c.report(ArgumentType, a.Value.Span(), fmt.Sprintf("** takes a dict, this is %s", article(t)), "")
		}
		return
	}
	el := c.elements(a.Value, t)
	for _, p := range f.params {
		if p.kind == api.VarArgs && len(f.params) > 0 && f.params[0].name == p.name {
			c.checkAssignable(ArgumentType, a.Value, el, p.typ, func() string {
				return fmt.Sprintf("`%s` of `%s` takes %s each", p.name, shown(f), nounOf(p.typ))
			})
		}
	}
}

// receiver returns the type variables bound by the value whose method is called: T of a list[T].
func (c *checker) receiver(fn dialect.Expr, f *fnType) binding {
	d, ok := unparen(fn).(*dialect.DotExpr)
	if !ok || f.decl == nil {
		return nil
	}
	t := c.types[d.X]
	if t == nil {
		return nil
	}
	for _, m := range t.members() {
		switch {
		case m.k == kList && f.decl.Owner == "list", m.k == kSet && f.decl.Owner == "set":
			return binding{"T": m.args[0]}
		case m.k == kDict && f.decl.Owner == "dict":
			return binding{"K": m.args[0], "V": m.args[1]}
		}
	}
	return nil
}
