package python

import (
	"reflect"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/script/api"
)

// inference finds the possible types of variables. The type is Any if it is unknown.
type inference struct {
	*resolver
	memo    map[syntax.Expr]*typ
	changed bool
	returns map[*syntax.FuncDef]*typ
	current *syntax.FuncDef
	calls   map[*variable]int  // how often a function is called by its name
	shared  map[*variable]bool // variables whose container has other references
	likely  map[*variable]bool // variables that are used like machines
	unlike  map[*variable]bool // variables that are used in ways that are impossible for machines
}

func infer(r *resolver) *inference {
	in := &inference{
		resolver: r, returns: map[*syntax.FuncDef]*typ{}, calls: map[*variable]int{}, shared: map[*variable]bool{},
		likely: map[*variable]bool{r.module.vars["machine"]: true}, unlike: map[*variable]bool{},
	}
	syntax.Walk(r.file, in.look)
	for _, v := range r.all {
		if _, lambda := v.owner.(*syntax.Lambda); lambda && v.param {
			v.typ = tAny
		}
		in.shared[v] = in.shared[v] || v.param
	}
	for _, f := range r.funcs {
		v := r.defs[f]
		// Code that gets the function itself can call it with anything.
		open := v.fn != f || in.calls[v] != len(v.reads)
		for i, p := range f.Params {
			pv := r.params[f][i]
			switch t := paramType(p); {
			case pv == nil:
			case t != nil:
				pv.typ = t
			case open:
				pv.typ = tAny
			}
		}
	}
	for in.changed = true; in.changed; { // types only grow, up to a limit
		in.changed = false
		in.memo = map[syntax.Expr]*typ{}
		syntax.Walk(r.file, in.stmt)
	}
	return in
}

// paramType returns the type in a parameter's declaration, nil if there is none.
func paramType(p syntax.Param) *typ {
	switch p.Star {
	case 1:
		return &typ{k: kTuple, elem: tAny}
	case 2:
		return dictOf(tStr, tAny)
	}
	if _, t := annotation(p.Ann); !t.may(kAny) {
		return t
	}
	return nil
}

// look counts the calls of functions, and finds the variables that are used like machines and those whose container has other
// references: values may be added through these, so that the type of the elements is unknown.
func (in *inference) look(n syntax.Node) bool {
	share := func(xs ...syntax.Expr) {
		for _, x := range xs {
			if n, ok := unparen(x).(*syntax.Name); ok && in.names[n] != nil {
				in.shared[in.names[n]] = true
			}
		}
	}
	switch n := n.(type) {
	case *syntax.Assign:
		if slices.ContainsFunc(n.Targets, func(t syntax.Expr) bool { return eltsOf(t) == nil }) {
			share(n.Value)
		}
		if _, alias := unparen(n.Value).(*syntax.Name); alias || len(n.Targets) > 1 {
			share(n.Targets...)
		}
	case *syntax.Call:
		holds := false
		switch fn := n.Fn.(type) {
		case *syntax.Name:
			v := in.names[fn]
			in.calls[v]++
			holds = v != nil && !v.free
		case *syntax.Attr:
			holds = mutators()[fn.Name] && fn.Name != "extend" && fn.Name != "update" // which copy
		}
		for _, a := range n.Args {
			if holds {
				share(a.Value)
			}
		}
	case *syntax.Attr:
		if x, ok := n.X.(*syntax.Name); ok {
			machine := api.Load().Class("Machine")
			lacks := machine.Method(n.Name) == nil && machine.Attribute(n.Name) == nil && n.Name != "log" && n.Name != "nested"
			in.unlike[in.names[x]] = in.unlike[in.names[x]] || lacks
			if strings.HasPrefix(n.Name, "wait_") || n.Name == "succeed" || n.Name == "execute" {
				in.likely[in.names[x]] = true
			}
		}
	case *syntax.List:
		share(n.Elts...)
	case *syntax.Tuple:
		share(n.Elts...)
	case *syntax.Dict:
		share(n.Values...)
	case *syntax.Return:
		if x, ok := unparen(n.X).(*syntax.Name); ok && in.names[x] != nil {
			v := in.names[x]
			in.shared[v] = in.shared[v] || slices.ContainsFunc(v.reads, func(u use) bool { return u.pos == x.Start && u.in != v.owner })
		}
	}
	return true
}

func (in *inference) add(v *variable, t *typ) {
	if v == nil || t == nil {
		return
	}
	u := join(v.typ, t).bound(4)
	if in.shared[v] && u.has(kList|kDict|kSet) {
		u = &typ{k: u.k, name: u.name, blanks: u.blanks, elem: tAny, key: tAny}
	}
	if !reflect.DeepEqual(u, v.typ) {
		v.typ = u
		in.changed = true
	}
}

// stmt examines a statement or an expression in one, and reports whether to examine its parts too.
func (in *inference) stmt(n syntax.Node) bool {
	switch s := n.(type) {
	case *syntax.Assign:
		t := in.of(s.Value)
		for _, x := range s.Targets {
			in.assign(x, t)
		}
		return false
	case *syntax.AnnAssign:
		t := in.of(s.Value)
		if _, a := annotation(s.Ann); !a.may(kAny) && t.may(kJSON) {
			t = a
		}
		if s.Value != nil {
			in.assign(s.Target, t)
		}
		return false
	case *syntax.AugAssign:
		t := in.binary(s.Op, in.of(s.Target), in.of(s.Value))
		if s.Op == "+" && in.of(s.Target).only(kList) {
			t = listOf(in.of(s.Value).element())
		}
		in.assign(s.Target, t)
	case *syntax.For:
		in.assign(s.Target, in.of(s.Iter).element())
	case *syntax.With:
		for _, it := range s.Items {
			if it.Target != nil {
				in.assign(it.Target, tAny)
			}
		}
	case *syntax.FuncDef:
		in.funcDef(s)
		return false
	case *syntax.ClassDef:
		in.add(in.defs[s], tAny)
	case *syntax.Return:
		t := tNone
		if s.X != nil {
			t = in.of(s.X)
		}
		in.addReturn(in.current, t)
	case *syntax.Import:
		for _, v := range in.imported[s] {
			in.add(v, tAny)
		}
	case syntax.Expr:
		in.of(s)
		return false
	}
	return true
}

func (in *inference) addReturn(f *syntax.FuncDef, t *typ) {
	if u := join(in.returns[f], t).bound(4); !reflect.DeepEqual(u, in.returns[f]) {
		in.returns[f] = u
		in.changed = true
	}
}

func (in *inference) funcDef(s *syntax.FuncDef) {
	for i, p := range s.Params {
		if p.Default != nil {
			in.add(in.params[s][i], in.of(p.Default))
		}
	}
	t := tAny
	for _, d := range s.Decorators {
		in.of(d)
		if c, ok := d.(*syntax.Call); ok {
			d = c.Fn
		}
		if in.dotted(d) == "polling_condition" {
			t = machineOf("PollingCondition")
		}
	}
	if falls(s.Body) {
		in.addReturn(s, tNone)
	}
	outer := in.current
	in.current = s
	for _, st := range s.Body {
		syntax.Walk(st, in.stmt)
	}
	in.current = outer
	in.add(in.defs[s], t)
}

// result returns the type of a call of a function of the script.
func (in *inference) result(f *syntax.FuncDef) *typ {
	t := in.returns[f]
	if _, a := annotation(f.Result); !a.may(kAny) && t.may(kJSON) {
		return a
	}
	return t
}

// falls reports whether control can reach the end of the body, as far as the Starlark checker knows, for which with and while
// are loops.
func falls(body []syntax.Stmt) bool {
	switch s := body[len(body)-1].(type) {
	case *syntax.Return, *syntax.Raise:
		return false
	case *syntax.If:
		return s.Else == nil || falls(s.Body) || falls(s.Else)
	}
	return true
}

func (in *inference) assign(target syntax.Expr, t *typ) {
	switch x := unparen(target).(type) {
	case *syntax.Name:
		in.add(in.names[x], t)
	case *syntax.Starred:
		in.assign(x.X, listOf(t.element()))
	case *syntax.Tuple, *syntax.List:
		elts := eltsOf(x)
		for i, e := range elts {
			u := t.element()
			if t.only(kTuple) && len(t.tup) == len(elts) {
				u = t.tup[i]
			}
			in.assign(e, u)
		}
	case *syntax.Index:
		base, sub := in.of(x.X), in.of(x.Sub)
		n, ok := unparen(x.X).(*syntax.Name)
		if !ok || t == nil {
			return
		}
		_, slice := x.Sub.(*syntax.Slice)
		switch {
		case base.only(kDict):
			in.add(in.names[n], dictOf(sub, t))
		case base.only(kList):
			if slice {
				t = t.element()
			}
			in.add(in.names[n], listOf(t))
		}
	default:
		in.of(target)
	}
}

func unparen(x syntax.Expr) syntax.Expr {
	for {
		p, ok := x.(*syntax.Paren)
		if !ok {
			return x
		}
		x = p.X
	}
}

// callee returns the dotted name of the called function, with imported names resolved ("json.loads"); empty for others.
func (in *inference) callee(c *syntax.Call) string { return in.dotted(c.Fn) }

func (in *inference) dotted(x syntax.Expr) string {
	switch x := x.(type) {
	case *syntax.Name:
		v := in.names[x]
		if v != nil && v.module != "" {
			return v.module
		}
		if v != nil && v.free {
			return x.ID
		}
	case *syntax.Attr:
		if name := in.driverFunction(x); name != "" {
			return name
		}
		if base := in.dotted(x.X); base != "" {
			return base + "." + x.Name
		}
	}
	return ""
}

// driverFunction returns the name of the function or variable that driver.name means; empty for other attributes.
func (in *inference) driverFunction(x *syntax.Attr) string {
	n, ok := x.X.(*syntax.Name)
	if !ok || n.ID != "driver" || in.names[n] == nil || !in.names[n].free || api.Load().Function(x.Name) == nil && api.Load().Variable(x.Name) == nil {
		return ""
	}
	if v := in.module.vars[x.Name]; v != nil && !v.free {
		return ""
	}
	return x.Name
}

// mutators are the methods that add values to a container.
var mutators = set(`append extend insert add update setdefault`)
