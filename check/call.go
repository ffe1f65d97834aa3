package check

import (
	"fmt"
	"strings"

	"github.com/gotest-driver/gotest-driver/api"
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

// callee is the type of what is called: a function of the file that is only called does not escape.
func (c *checker) callee(e dialect.Expr) *typ {
	if id, ok := unparen(e).(*dialect.Ident); ok {
		t := c.name(id)
		c.types[id], c.types[e] = t, t
		return t
	}
	return c.expr(e, nil)
}

// callUnknown checks the arguments of a call of which nothing is known.
func (c *checker) callUnknown(e *dialect.CallExpr) *typ {
	for _, a := range e.Args {
		c.stored(a.Value, nil)
		c.leaves(a.Value)
	}
	return tAny
}

// leaves notes that a container is given to code that may change it.
func (c *checker) leaves(e dialect.Expr) {
	if id, ok := unparen(e).(*dialect.Ident); ok && c.uses[id] != nil && c.uses[id].mutated {
		c.uses[id].opaque = true
	}
}

func (c *checker) notCallable(e *dialect.CallExpr, t *typ) {
	hint := ""
	var fixes []Fix
	switch d, ok := unparen(e.Fn).(*dialect.DotExpr); {
	case ok && len(e.Args) == 0:
		hint = fmt.Sprintf("`%s` is an attribute: write it without ()", d.Name.Name)
		fixes = []Fix{{Title: "Remove the parentheses", Safe: true, Edits: []Edit{{dialect.Range{Start: e.Lparen, End: e.End}, ""}}}}
	case t.k == kModule:
		hint = "call one of its functions: " + strings.Join(some(sortedKeys(t.mod.members), 4), ", ")
	}
	c.report(NotCallable, e.Fn.Span(), fmt.Sprintf("%s can't be called", article(t)), hint, fixes...)
}

func some(list []string, n int) []string {
	if len(list) > n {
		return append(append([]string{}, list[:n]...), "…")
	}
	return list
}

func (c *checker) callFunction(e *dialect.CallExpr, f *fnType) *typ {
	args := make([]argument, len(e.Args))
	open := false // * or ** hide what is given
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
	return c.special(e, f, args, slots, b)
}

// overload picks the signature that takes these arguments, the last that comes near when none does.
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

func countNamed(f *fnType, args []argument) (n int) {
	for _, a := range args {
		if a.Name != nil {
			if p := f.param(a.Name.Name); p != nil && p.kind == api.Positional {
				n++
			}
		}
	}
	return n
}

func maxPositional(f *fnType) (n int) {
	for _, p := range f.params {
		switch p.kind {
		case api.Positional:
			n++
		case api.VarArgs:
			return 1 << 20
		}
	}
	return n
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

// slots finds the parameter of each argument and reports those that are missing, too many, unknown or given twice.
func (c *checker) slots(e *dialect.CallExpr, f *fnType, args []argument, open bool) []*param {
	slots := make([]*param, len(args))
	if f.anyParams {
		return slots
	}
	given := map[*param]bool{}
	position, surplus := 0, false
	for i, a := range args {
		switch {
		case a.Star > 0:
			if a.Star == 1 {
				position = 1 << 16 // those behind it can't be told
			}
		case a.Name != nil:
			p := f.param(a.Name.Name)
			if p == nil {
				if p = f.kwargs(); p == nil {
					c.unknownArgument(f, a)
				}
				slots[i] = p
				continue
			}
			if given[p] {
				c.report(RepeatedArgument, a.Name.Range, fmt.Sprintf("the argument `%s` is given twice", p.name), "")
			}
			given[p] = true
			slots[i] = p
		default:
			if position >= 1<<16 {
				continue
			}
			p := f.positional(position)
			position++
			if p == nil {
				if !surplus {
					c.surplusArgument(f, args, i)
				}
				surplus = true
				continue
			}
			if p.kind == api.Positional {
				given[p] = true
			}
			slots[i] = p
		}
	}
	if open || c.broken() && e.Rparen < 0 {
		return slots
	}
	var missing []string
	for i := range f.params {
		if p := &f.params[i]; p.required() && !given[p] {
			missing = append(missing, "`"+strings.TrimLeft(p.name, "_")+"`")
		}
	}
	if len(missing) > 0 {
		what := "argument " + missing[0]
		if len(missing) > 1 {
			what = "arguments " + strings.Join(missing, ", ")
		}
		at := dialect.Range{Start: e.Fn.Span().End - len(lastName(e.Fn)), End: e.End}
		c.report(MissingArgument, at, fmt.Sprintf("`%s` misses the %s", shown(f), what), "signature: "+signature(f))
	}
	return slots
}

func lastName(e dialect.Expr) string {
	switch e := e.(type) {
	case *dialect.DotExpr:
		return e.Name.Name
	case *dialect.Ident:
		return e.Name
	}
	return ""
}

// shown is a function's name for messages, without its class.
func shown(f *fnType) string {
	_, name, ok := strings.Cut(f.name, ".")
	if ok && f.decl != nil {
		return name
	}
	return f.name
}

// signature is a function with its parameters as a declaration has them.
func signature(f *fnType) string {
	var parts []string
	star := false
	for _, p := range f.params {
		s := strings.TrimLeft(p.name, "_")
		switch p.kind {
		case api.VarArgs:
			s, star = "*"+s, true
		case api.KwArgs:
			s = "**" + s
		case api.KeywordOnly:
			if !star {
				parts, star = append(parts, "*"), true
			}
		}
		if p.typ.k != kAny {
			s += ": " + typeName(p.typ)
		}
		if p.hasDef {
			d := "…"
			if f.decl != nil {
				if dp := f.decl.Param(p.name); dp != nil {
					d = dp.Default
				}
			}
			s += " = " + d
		}
		parts = append(parts, s)
	}
	return shown(f) + "(" + strings.Join(parts, ", ") + ") -> " + typeName(f.result)
}

// typeName is the type with the alias that a declaration gave it.
func typeName(t *typ) string {
	if t.alias != "" {
		return t.alias
	}
	if t.k == kUnion {
		parts := make([]string, len(t.args))
		for i, m := range t.args {
			parts[i] = typeName(m)
		}
		return strings.Join(parts, " | ")
	}
	return t.String()
}

func (c *checker) unknownArgument(f *fnType, a argument) {
	var names []string
	for _, p := range f.params {
		if p.kind == api.Positional && !p.posOnly || p.kind == api.KeywordOnly {
			names = append(names, p.name)
		}
		if p.posOnly && strings.TrimLeft(p.name, "_") == a.Name.Name {
			c.report(UnknownArgument, a.Name.Range, fmt.Sprintf("`%s` takes `%s` by position only", shown(f), a.Name.Name), "leave out `"+a.Name.Name+"=`",
				Fix{Title: "Give it by position", Safe: len(f.params) == 1, Edits: []Edit{{dialect.Range{Start: a.Start, End: a.Value.Span().Start}, ""}}})
			return
		}
	}
	hint, fixes := didYouMean(a.Name.Name, names, a.Name.Range)
	if hint == "" {
		hint = "signature: " + signature(f)
	}
	c.report(UnknownArgument, a.Name.Range, fmt.Sprintf("`%s` has no parameter `%s`", shown(f), a.Name.Name), hint, fixes...)
}

func (c *checker) surplusArgument(f *fnType, args []argument, i int) {
	n := maxPositional(f)
	a := args[i]
	for _, p := range f.params {
		if p.kind == api.KeywordOnly {
			c.report(SurplusArgument, a.Range, fmt.Sprintf("`%s` takes %s by position; `%s` must be given by name", shown(f), plural(n, "argument"), p.name),
				fmt.Sprintf("write %s=%s", p.name, c.text(a.Value)),
				Fix{Title: "Name the argument", Edits: []Edit{{dialect.Range{Start: a.Start, End: a.Start}, p.name + "="}}})
			return
		}
	}
	count := 0
	for _, x := range args {
		if x.Name == nil {
			count++
		}
	}
	takes := "no arguments"
	if n > 0 {
		takes = "at most " + plural(n, "argument")
	}
	c.report(SurplusArgument, dialect.Range{Start: a.Start, End: args[len(args)-1].End}, fmt.Sprintf("`%s` takes %s, but gets %d", shown(f), takes, count), "signature: "+signature(f))
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
	name := strings.TrimLeft(p.name, "_")
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
	c.checkValue(f, p, a)
}

func nounOf(t *typ) string {
	if t.alias != "" {
		if t.k == kStr {
			return "a str (" + t.alias + ")"
		}
		return "a " + t.alias
	}
	return article(t)
}

// skipsElementCheck: lists and dicts may hold values of any type; what is put into them is never wrong.
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

// substKnown replaces the type variables that are bound, and leaves the others.
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

// passFunction: a function of the file that is given to another one is called by that, with arguments
// of known types when the parameter says so.
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

// passContainer: a function that changes its parameter changes the caller's container.
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

// receiver binds the type variables of the value whose method is called: T of a list[T].
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
