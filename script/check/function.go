package check

import (
	"fmt"
	"strings"

	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// def creates the type of a function that the file defines.
func (c *checker) def(s *dialect.DefStmt) {
	fn := c.funcs[s]
	if fn == nil {
		return
	}
	for _, p := range s.Params {
		if p.Default == nil {
			continue
		}
		var want *typ
		if p.Type != nil {
			want = c.annotation(p.Type)
		}
		t := c.expr(p.Default, want)
		if want != nil {
			c.checkAssignable(AssignmentType, p.Default, t, want, func() string { return fmt.Sprintf("`%s` is declared as %s", p.Name.Name, want) })
		}
	}
	outerLoops := c.loops
	defer func() { c.loops = outerLoops }()
	c.loops = nil
	if sym := c.uses[s.Name]; sym != nil {
		c.setSymbol(sym, c.functionType(fn))
	}
}

// functionType returns the type of a function of the file as inferred in the last round.
func (c *checker) functionType(fn *function) *typ {
	ft := &fnType{name: fn.name, local: fn, result: c.resultOf(fn)}
	for i, p := range fn.decls {
		if p.Name == nil {
			continue
		}
		q := param{name: p.Name.Name, hasDef: p.Default != nil, typ: tAny}
		switch {
		case p.Star == 1:
			q.kind = api.VarArgs
		case p.Star == 2:
			q.kind = api.KwArgs
		case behindStar(fn.decls[:i]):
			q.kind = api.KeywordOnly
		}
		if p.Type != nil {
			q.typ = c.annotation(p.Type)
		}
		ft.params = append(ft.params, q)
	}
	return &typ{k: kFunc, fn: ft}
}

func behindStar(before []*dialect.Param) bool {
	for _, p := range before {
		if p.Star == 1 {
			return true
		}
	}
	return false
}

func (c *checker) resultOf(fn *function) *typ {
	if fn.def != nil && fn.def.Result != nil {
		return c.annotation(fn.def.Result)
	}
	if fn.result == nil || fn.givesUp {
		return tAny
	}
	return fn.result
}

// walkFunction checks a function's body with what is known of its parameters.
func (c *checker) walkFunction(fn *function) {
	outerFn, outerSt, outerLoops := c.fn, c.st, c.loops
	defer func() { c.fn, c.st, c.loops = outerFn, outerSt, outerLoops }()
	c.fn, c.st, c.loops = fn, c.newState(), nil
	i := 0
	for _, p := range fn.decls {
		if p.Name == nil || c.uses[p.Name] == nil {
			continue
		}
		sym := c.uses[p.Name]
		t := c.paramType(fn, p, i)
		i++
		switch p.Star {
		case 1:
			t = &typ{k: kTuple, args: []*typ{t}, variadic: true}
		case 2:
			t = dictOf(tStr, t)
		}
		c.types[p.Name] = t
		c.setSymbol(sym, t)
	}
	if fn.def == nil {
		return
	}
	c.exec(fn.def.Body)
	if c.st.dead {
		if fn.nextResult == nil {
			fn.nextResult = tNever
		}
		return
	}
	if want := fn.def.Result; want != nil && len(c.file.Errors) == 0 {
		t := c.annotation(want)
		if !t.has(kNone) && t.k != kAny && t.k != kObject && t.k != kVar {
			c.report(ReturnType, fn.def.Name.Range, fmt.Sprintf("`%s` is declared to return %s, but may end without a return", fn.name, t), "")
		} else if t.k != kNone && !fn.returnsValue {
			c.report(ReturnType, fn.def.Name.Range, fmt.Sprintf("`%s` is declared to return %s, but never returns a value", fn.name, t), "")
		}
	}
	c.addResult(tNone)
}

func (c *checker) paramType(fn *function, p *dialect.Param, i int) *typ {
	if p.Type != nil {
		t := c.annotation(p.Type)
		c.uses[p.Name].declared = t
		return t
	}
	if fn.givesUp || fn.escapes || !fn.called || p.Star > 0 || i >= len(fn.observed) || c.uses[p.Name].mutated {
		return tAny
	}
	t := fn.observed[i]
	if t == nil {
		return tAny
	}
	if p.Default != nil {
		d := c.types[p.Default]
		if d == nil {
			return tAny
		}
		t = join(t, d)
	}
	if t.k == kNever {
		return tAny
	}
	return t
}

// observe records the type that a call passes to a parameter of a function of the file.
func (c *checker) observe(fn *function, name string, t *typ) {
	for i, p := range fn.params {
		if p.name != name {
			continue
		}
		for len(fn.nextObs) <= i {
			fn.nextObs = append(fn.nextObs, nil)
		}
		if fn.nextObs[i] == nil {
			fn.nextObs[i] = tNever
		}
		fn.nextObs[i] = join(fn.nextObs[i], t)
	}
}

// callback records that a function is called back with arguments of these types.
func (c *checker) callback(fn *function, params []param) {
	fn.nextCalled = true
	i := 0
	for _, p := range fn.decls {
		if p.Name == nil || p.Star > 0 {
			break
		}
		if i < len(params) {
			t := params[i].typ
			if hasVars(t) {
				t = tAny
			}
			c.observe(fn, p.Name.Name, t)
			i++
		}
	}
}

// lambda infers a lambda's type; want is the function type that is expected, or nil.
func (c *checker) lambda(e *dialect.LambdaExpr, want *typ) *typ {
	fn := c.funcs[e]
	if fn == nil {
		return tAny
	}
	ft := &fnType{name: "lambda", local: fn}
	var given []param
	if want != nil && want.k == kFunc {
		given = want.fn.params
	}
	outerFn, outerSt := c.fn, c.st
	values := map[*symbol]*typ{}
	i := 0
	for _, p := range e.Params {
		def := tAny
		if p.Default != nil {
			def = c.expr(p.Default, nil)
		}
		if p.Name == nil || c.uses[p.Name] == nil {
			continue
		}
		q := param{name: p.Name.Name, hasDef: p.Default != nil, typ: tAny}
		t := tAny
		switch p.Star {
		case 1:
			q.kind, t = api.VarArgs, &typ{k: kTuple, args: []*typ{tAny}, variadic: true}
		case 2:
			q.kind, t = api.KwArgs, dictOf(tStr, tAny)
		default:
			switch {
			case i < len(given):
				if !hasVars(given[i].typ) {
					t = given[i].typ
				}
			case want != nil && want.k == kFunc && !want.fn.anyParams && !c.uses[p.Name].mutated:
				t = c.soften(def) // whoever calls it does not give this one
			}
			i++
		}
		ft.params = append(ft.params, q)
		values[c.uses[p.Name]] = t
		c.types[p.Name] = t
	}
	c.fn, c.st = fn, c.newState() // the outer function's variables are unknown at the time of the call
	for _, p := range fn.params {
		if t := values[p]; t != nil {
			c.setSymbol(p, t)
		}
	}
	ft.result = c.expr(e.Body, nil)
	c.fn, c.st = outerFn, outerSt
	return &typ{k: kFunc, fn: ft}
}

// annotation returns the type that an annotation names; it reports an unknown one and returns Any.
func (c *checker) annotation(e dialect.Expr) *typ {
	if t, ok := c.types[e]; ok && c.silent {
		return t
	}
	at, err := dialect.TypeOf(e)
	var t *typ
	if err == nil {
		t, err = c.u.convert(at, c.aliases)
	}
	if err != nil {
		if _, bad := e.(*dialect.BadExpr); !bad {
			c.reportType(e, err)
		}
		t = tAny
	}
	c.types[e] = t
	return t
}

func (c *checker) reportType(e dialect.Expr, err error) {
	te, ok := err.(*typeError)
	if !ok {
		c.report(UnknownType, e.Span(), err.Error(), "")
		return
	}
	r := e.Span()
	if id := findIdent(e, te.name); id != nil {
		r = id.Range
	}
	hint := ""
	var fixes []Fix
	if alt, ok := pythonTypes[te.name]; ok {
		hint = "write " + alt
		fixes = []Fix{{Title: hint, Safe: !strings.Contains(alt, " "), Edits: []Edit{{r, alt}}}}
	} else {
		names := c.u.typeNames()
		for n := range c.aliases {
			names = append(names, n)
		}
		hint, fixes = didYouMean(te.name, names, r)
	}
	c.report(UnknownType, r, te.msg, hint, fixes...)
}

var pythonTypes = map[string]string{"string": "str", "String": "str", "integer": "int", "boolean": "bool", "Dict": "dict", "Tuple": "tuple",
	"Set": "set", "NoneType": "None", "Optional": "T | None", "Union": "A | B", "function": "Callable"}

func findIdent(e dialect.Expr, name string) *dialect.Ident {
	if id, ok := e.(*dialect.Ident); ok && id.Name == name {
		return id
	}
	for _, x := range children(e) {
		if id := findIdent(x, name); id != nil {
			return id
		}
	}
	return nil
}

// declareTypes creates the file's own type aliases.
func (c *checker) declareTypes() {
	for _, s := range c.file.Stmts {
		t, ok := s.(*dialect.TypeStmt)
		if !ok {
			continue
		}
		made := *c.annotation(t.Type)
		if made.alias == "" {
			made.alias = t.Name.Name
		}
		c.aliases[t.Name.Name] = &made
	}
}
