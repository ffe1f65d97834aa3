package python

import (
	"github.com/gotest-driver/gotest-driver/api"
	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// inference finds what values variables can have. Where it does not know it says Any.
type inference struct {
	*resolver
	memo    map[syntax.Expr]*typ
	escapes map[*variable]bool // functions that are used other than by calling them
	changed bool
	returns map[*syntax.FuncDef]*typ
	current *syntax.FuncDef
	shared  map[*variable]bool
	likely  map[string]bool // names that are used as machines are
	unlike  map[string]bool // names that are used as no machine can be
	wild    bool            // something is put into a container that more than one variable can reach
}

func infer(r *resolver) *inference {
	in := &inference{resolver: r, escapes: map[*variable]bool{}, returns: map[*syntax.FuncDef]*typ{}}
	in.shared = shared(r)
	called := map[*syntax.Name]bool{}
	for _, st := range r.file.Body {
		syntax.Walk(st, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.Call:
				if f, ok := n.Fn.(*syntax.Name); ok {
					called[f] = true
				}
				if a, ok := n.Fn.(*syntax.Attr); ok && mutators[a.Name] {
					x, ok := unparen(a.X).(*syntax.Name)
					if !ok || in.shared[r.names[x]] {
						in.wild = true
					}
				}
			case *syntax.Assign:
				for _, t := range n.Targets {
					if ix, ok := t.(*syntax.Index); ok {
						x, ok := unparen(ix.X).(*syntax.Name)
						if !ok || in.shared[r.names[x]] {
							in.wild = true
						}
					}
				}
			}
			return true
		})
	}
	for n, v := range r.names {
		if v.fn != nil && !called[n] {
			in.escapes[v] = true
		}
	}
	for _, f := range r.funcs {
		v := r.defs[f]
		open := v.fn != f || in.escapes[v]
		for i, p := range f.Params {
			pv := r.params[f][i]
			switch {
			case pv == nil:
			case p.Star == 1:
				pv.typ = &typ{k: kTuple, elem: tAny}
			case p.Star == 2:
				pv.typ = dictOf(tStr, tAny)
			case p.Ann != nil && !fromAnnotation(p.Ann).may(kAny):
				pv.typ = fromAnnotation(p.Ann)
			case open:
				pv.typ = tAny
			}
		}
	}
	for _, v := range r.all {
		if _, lambda := v.owner.(*syntax.Lambda); lambda && v.param {
			v.typ = tAny
		}
	}
	for range 12 {
		in.changed = false
		in.memo = map[syntax.Expr]*typ{}
		in.block(r.file.Body)
		if !in.changed {
			return in
		}
	}
	for _, v := range r.all { // no fixpoint in sight: know nothing
		if !v.free && v.fn == nil {
			v.typ = tAny
		}
	}
	in.memo = map[syntax.Expr]*typ{}
	in.block(r.file.Body)
	return in
}

func (in *inference) add(v *variable, t *typ) {
	if v == nil || t == nil {
		return
	}
	u := join(v.typ, t).bound(4)
	if in.wild && in.shared[v] && u.k&(kList|kDict|kSet) != 0 {
		u = &typ{k: u.k, name: u.name, ret: u.ret, elem: tAny, key: tAny}
	}
	if !same(u, v.typ, 4) {
		v.typ = u
		in.changed = true
	}
}

func (in *inference) block(body []syntax.Stmt) {
	for _, s := range body {
		in.stmt(s)
	}
}

func (in *inference) stmt(s syntax.Stmt) {
	switch s := s.(type) {
	case *syntax.ExprStmt:
		in.of(s.X)
	case *syntax.Assign:
		t := in.of(s.Value)
		for _, x := range s.Targets {
			in.assign(x, t)
		}
	case *syntax.AnnAssign:
		if s.Value != nil {
			t := in.of(s.Value)
			if a := fromAnnotation(s.Ann); !a.may(kAny) && t.may(kAny|kJSON) {
				t = a
			}
			in.assign(s.Target, t)
		}
	case *syntax.AugAssign:
		t := in.binary(s.Op, in.of(s.Target), in.of(s.Value))
		if old := in.of(s.Target); s.Op == "+" && old.only(kList) {
			t = listOf(in.element(in.of(s.Value)))
		}
		in.assign(s.Target, t)
	case *syntax.For:
		in.assign(s.Target, in.element(in.of(s.Iter)))
		in.block(s.Body)
		in.block(s.Else)
	case *syntax.While:
		in.of(s.Cond)
		in.block(s.Body)
		in.block(s.Else)
	case *syntax.If:
		in.of(s.Cond)
		in.block(s.Body)
		in.block(s.Else)
	case *syntax.With:
		for _, it := range s.Items {
			in.of(it.X)
			if it.Target != nil {
				in.assign(it.Target, tAny)
			}
		}
		in.block(s.Body)
	case *syntax.Try:
		in.block(s.Body)
		for i := range s.Handlers {
			in.block(s.Handlers[i].Body)
		}
		in.block(s.Else)
		in.block(s.Finally)
	case *syntax.FuncDef:
		in.funcDef(s)
	case *syntax.ClassDef:
		in.add(in.defs[s], &typ{k: kFunc, ret: tAny})
	case *syntax.Return:
		t := tNone
		if s.X != nil {
			t = in.of(s.X)
		}
		if in.current != nil {
			in.addReturn(in.current, t)
		}
	case *syntax.Import, *syntax.ImportFrom:
		for _, v := range in.imported[s] {
			in.add(v, &typ{k: kObject, name: v.module})
		}
	default:
		syntax.Walk(s, func(n syntax.Node) bool {
			if x, ok := n.(syntax.Expr); ok {
				in.of(x)
				return false
			}
			return true
		})
	}
}

func (in *inference) addReturn(f *syntax.FuncDef, t *typ) {
	if t == nil {
		return
	}
	u := join(in.returns[f], t).bound(4)
	if !same(u, in.returns[f], 4) {
		in.returns[f] = u
		in.changed = true
	}
}

func (in *inference) funcDef(s *syntax.FuncDef) {
	for i, p := range s.Params {
		if p.Default != nil {
			t := in.of(p.Default)
			pv := in.params[s][i]
			if pv.typ == nil || pv.typ.k&kAny == 0 {
				in.add(pv, t)
			}
		}
	}
	for _, d := range s.Decorators {
		in.of(d)
	}
	if falls(s.Body) {
		in.addReturn(s, tNone)
	}
	outer := in.current
	in.current = s
	in.block(s.Body)
	in.current = outer
	v := in.defs[s]
	if len(s.Decorators) > 0 || v.fn != s {
		in.add(v, tAny)
		return
	}
	ret := in.returns[s]
	if a := s.Result; a != nil {
		if t := fromAnnotation(a); !t.may(kAny) && ret.may(kAny|kJSON) {
			ret = t
		}
	}
	in.add(v, &typ{k: kFunc, ret: ret})
}

// falls tells whether control can reach the end of the body.
func falls(body []syntax.Stmt) bool {
	if len(body) == 0 {
		return true
	}
	switch s := body[len(body)-1].(type) {
	case *syntax.Return, *syntax.Raise:
		return false
	case *syntax.If:
		return s.Else == nil || falls(s.Body) || falls(s.Else)
	case *syntax.While:
		n, ok := s.Cond.(*syntax.Name)
		return !ok || n.ID != "True"
	case *syntax.With:
		return falls(s.Body)
	}
	return true
}

func (in *inference) assign(target syntax.Expr, t *typ) {
	switch x := target.(type) {
	case *syntax.Name:
		in.add(in.names[x], t)
	case *syntax.Paren:
		in.assign(x.X, t)
	case *syntax.Starred:
		in.assign(x.X, listOf(in.element(t)))
	case *syntax.Tuple:
		in.assignAll(x.Elts, t)
	case *syntax.List:
		in.assignAll(x.Elts, t)
	case *syntax.Index:
		base := in.of(x.X)
		sub := in.of(x.Sub)
		n, ok := unparen(x.X).(*syntax.Name)
		if !ok || t == nil {
			return
		}
		if v := in.names[n]; v != nil && base.only(kDict) {
			in.add(v, dictOf(sub, t))
		} else if v != nil && base.only(kList) {
			if _, slice := x.Sub.(*syntax.Slice); slice {
				in.add(v, listOf(in.element(t)))
			} else {
				in.add(v, listOf(t))
			}
		}
	default:
		in.of(target)
	}
}

func (in *inference) assignAll(xs []syntax.Expr, t *typ) {
	for i, x := range xs {
		u := in.element(t)
		if t.only(kTuple) && len(t.tup) == len(xs) {
			u = t.tup[i]
		}
		in.assign(x, u)
	}
}

// element is what iterating over a value gives.
func (in *inference) element(t *typ) *typ {
	switch {
	case t == nil:
		return nil
	case t.only(kStr):
		return tStr
	case t.only(kDict):
		return t.key
	case t.only(kList | kSet | kTuple | kRange):
		return t.elem
	case t.only(kJSON):
		return tJSON
	case t.only(kBytes):
		return tInt
	}
	return tAny
}

// machineMethod is the declared result of a method of the driver's classes.
func machineMethod(class, method string) (*typ, bool) {
	c := api.Load().Class(class)
	if c == nil {
		return nil, false
	}
	if m := c.Method(method); m != nil {
		return fromAPI(m.Result), true
	}
	return nil, false
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

// callee is the dotted name of what a call calls, with imported names resolved ("json.loads"); empty for others.
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

// driverFunctions are the methods of the Python driver's object driver that are functions here.
var driverFunctions = map[string]bool{
	"start_all": true, "join_all": true, "subtest": true, "create_machine": true, "polling_condition": true,
	"test_script": true, "run_tests": true, "dump_machine_ssh": true, "machines_qemu": true, "machines_nspawn": true,
}

// driverFunction is the name of the function that driver.name stands for; empty for other attributes.
func (in *inference) driverFunction(x *syntax.Attr) string {
	n, ok := x.X.(*syntax.Name)
	if !ok || n.ID != "driver" || in.names[n] == nil || !in.names[n].free || !driverFunctions[x.Name] {
		return ""
	}
	if v := in.module.vars[x.Name]; v != nil && !v.free {
		return ""
	}
	return x.Name
}

// mutators are the methods that put values into a container.
var mutators = map[string]bool{
	"append": true, "extend": true, "insert": true, "add": true, "update": true, "setdefault": true,
}
