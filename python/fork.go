package python

import (
	"slices"

	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// fork is what stands for statements that start threads and wait for them: a call of parallel. The first statement has it,
// the others are left out.
type fork struct {
	span  syntax.Span // of the statement
	write func()      // nil for the others
}

// thread is what a thread.Thread of the script calls.
type thread struct {
	target syntax.Expr
	args   []syntax.Expr
}

// findForks finds the plain patterns of threads in a body and in those within it.
func (l *lowerer) findForks(body []syntax.Stmt) {
	for i := 0; i < len(body); i++ {
		n := 0
		for _, find := range []func([]syntax.Stmt) int{l.namedThreads, l.listedThreads, l.appendedThreads, l.pool} {
			if n = find(body[i:]); n > 0 {
				break
			}
		}
		if n > 0 {
			i += n - 1
			continue
		}
		switch s := body[i].(type) {
		case *syntax.If:
			l.findForks(s.Body)
			l.findForks(s.Else)
		case *syntax.For:
			l.findForks(s.Body)
			l.findForks(s.Else)
		case *syntax.While:
			l.findForks(s.Body)
		case *syntax.With:
			l.findForks(s.Body)
		case *syntax.FuncDef:
			l.findForks(s.Body)
		}
	}
}

// replace lets write stand for statements.
func (l *lowerer) replace(stmts []syntax.Stmt, write func()) int {
	for i, s := range stmts {
		f := &fork{span: s.Range()}
		if i == 0 {
			f.write = write
		}
		l.forks[s] = f
	}
	return len(stmts)
}

// forked tells whether a place is in statements that have been replaced.
func (l *lowerer) forked(pos int) bool {
	for _, f := range l.forks {
		if pos >= f.span.Start && pos < f.span.End {
			return true
		}
	}
	return false
}

// namedThreads finds threads that have a variable each: they are made and started, then joined.
func (l *lowerer) namedThreads(body []syntax.Stmt) int {
	type named struct {
		t               thread
		started, joined bool
	}
	threads := map[*variable]*named{}
	var order []*variable
	joined := 0
	for i, s := range body {
		switch s := s.(type) {
		case *syntax.Assign:
			n, ok := s.Targets[0].(*syntax.Name)
			t, isThread := l.threadOf(s.Value)
			if !ok || !isThread || len(s.Targets) != 1 || joined > 0 || threads[l.names[n]] != nil || len(l.names[n].reads) != 2 || len(l.names[n].writes) != 1 {
				return 0
			}
			threads[l.names[n]] = &named{t: t}
			order = append(order, l.names[n])
		case *syntax.ExprStmt:
			v, method := l.threadCall(s)
			t := threads[v]
			switch {
			case t != nil && method == "start" && !t.started && joined == 0:
				t.started = true
			case t != nil && method == "join" && t.started && !t.joined:
				t.joined = true
				joined++
			default:
				return 0
			}
		default:
			return 0
		}
		if joined == len(order) {
			return l.replace(body[:i+1], func() {
				var fns []ex
				for _, v := range order {
					fns = append(fns, l.task(threads[v].t, nil))
				}
				l.out.emit(body[0].Range().Start, cat(at("parallel(", body[0].Range().Start), "[", commas(fns), "])").s...)
			})
		}
	}
	return 0
}

// threadCall is the variable and the method of a call without arguments.
func (l *lowerer) threadCall(s syntax.Stmt) (*variable, string) {
	e, ok := s.(*syntax.ExprStmt)
	if !ok {
		return nil, ""
	}
	c, ok := e.X.(*syntax.Call)
	if !ok || len(c.Args) > 0 {
		return nil, ""
	}
	a, ok := c.Fn.(*syntax.Attr)
	if !ok {
		return nil, ""
	}
	n, ok := a.X.(*syntax.Name)
	if !ok {
		return nil, ""
	}
	return l.names[n], a.Name
}

// overThreads tells whether a statement is a loop that calls a method of each element of a list, and nothing else.
func (l *lowerer) overThreads(s syntax.Stmt, list *variable, method string) bool {
	f, ok := s.(*syntax.For)
	if !ok || len(f.Body) != 1 || len(f.Else) > 0 {
		return false
	}
	n, ok := f.Iter.(*syntax.Name)
	target, isName := f.Target.(*syntax.Name)
	if !ok || !isName || l.names[n] != list {
		return false
	}
	v, m := l.threadCall(f.Body[0])
	return v == l.names[target] && m == method
}

// listedThreads finds threads = [Thread(…) for …], started by a loop and joined by another.
func (l *lowerer) listedThreads(body []syntax.Stmt) int {
	if len(body) < 3 {
		return 0
	}
	s, ok := body[0].(*syntax.Assign)
	if !ok || len(s.Targets) != 1 {
		return 0
	}
	n, ok := s.Targets[0].(*syntax.Name)
	c, isComp := s.Value.(*syntax.Comp)
	if !ok || !isComp || c.Kind != '[' || len(c.Clauses) != 1 || len(l.names[n].reads) != 2 {
		return 0
	}
	t, ok := l.threadOf(c.Elt)
	names, flat := flatNames(c.Clauses[0].Target)
	if !ok || !flat || !l.overThreads(body[1], l.names[n], "start") || !l.overThreads(body[2], l.names[n], "join") {
		return 0
	}
	return l.replace(body[:3], func() {
		l.out.emit(s.Start, cat(at("parallel(", s.Start), "[", l.task(t, names), l.clauses(c.Clauses), "])").s...)
	})
}

// appendedThreads finds a loop that makes, starts and collects threads, which another loop joins.
func (l *lowerer) appendedThreads(body []syntax.Stmt) int {
	if len(body) < 3 {
		return 0
	}
	s, ok := body[0].(*syntax.Assign)
	loop, isLoop := body[1].(*syntax.For)
	if !ok || !isLoop || len(s.Targets) != 1 || len(loop.Body) != 3 || len(loop.Else) > 0 {
		return 0
	}
	n, ok := s.Targets[0].(*syntax.Name)
	empty, isList := s.Value.(*syntax.List)
	made, isMade := loop.Body[0].(*syntax.Assign)
	if !ok || !isList || len(empty.Elts) > 0 || !isMade || len(made.Targets) != 1 || len(l.names[n].reads) != 2 {
		return 0
	}
	one, ok := made.Targets[0].(*syntax.Name)
	t, isThread := l.threadOf(made.Value)
	names, flat := flatNames(loop.Target)
	if !ok || !isThread || !flat || len(l.names[one].reads) != 2 || !l.overThreads(body[2], l.names[n], "join") {
		return 0
	}
	starts, collects := 0, 0
	for _, s := range loop.Body[1:] {
		if v, m := l.threadCall(s); v == l.names[one] && m == "start" {
			starts++
		} else if l.appends(s, l.names[n], l.names[one]) {
			collects++
		}
	}
	if starts != 1 || collects != 1 {
		return 0
	}
	return l.replace(body[:3], func() {
		l.out.emit(s.Start, cat(at("parallel(", s.Start), "[", l.task(t, names), l.clauses([]syntax.Clause{{Target: loop.Target, Iter: loop.Iter}}), "])").s...)
	})
}

// appends tells whether a statement is list.append(x).
func (l *lowerer) appends(s syntax.Stmt, list, x *variable) bool {
	e, ok := s.(*syntax.ExprStmt)
	if !ok {
		return false
	}
	c, ok := e.X.(*syntax.Call)
	if !ok || len(c.Args) != 1 {
		return false
	}
	a, ok := c.Fn.(*syntax.Attr)
	if !ok || a.Name != "append" {
		return false
	}
	to, ok := a.X.(*syntax.Name)
	arg, isName := c.Args[0].Value.(*syntax.Name)
	return ok && isName && l.names[to] == list && l.names[arg] == x
}

// pool finds a ThreadPoolExecutor that only maps a function over values.
func (l *lowerer) pool(body []syntax.Stmt) int {
	w, ok := body[0].(*syntax.With)
	if !ok || len(w.Items) != 1 || len(w.Body) != 1 {
		return 0
	}
	made, ok := w.Items[0].X.(*syntax.Call)
	if !ok || l.callee(made) != "concurrent.futures.ThreadPoolExecutor" {
		return 0
	}
	executor, ok := w.Items[0].Target.(*syntax.Name)
	if !ok || len(l.names[executor].reads) != 1 {
		return 0
	}
	var value, target syntax.Expr
	switch s := w.Body[0].(type) {
	case *syntax.ExprStmt:
		value = s.X
	case *syntax.Assign:
		if len(s.Targets) == 1 {
			value, target = s.Value, s.Targets[0]
		}
	}
	c, ok := value.(*syntax.Call)
	if ok && l.callee(c) == "list" && len(c.Args) == 1 {
		c, ok = c.Args[0].Value.(*syntax.Call)
	} else if target != nil {
		return 0
	}
	if !ok || len(c.Args) != 2 {
		return 0
	}
	a, ok := c.Fn.(*syntax.Attr)
	if !ok || a.Name != "map" {
		return 0
	}
	if x, ok := a.X.(*syntax.Name); !ok || l.names[x] != l.names[executor] {
		return 0
	}
	fn, over := c.Args[0].Value, c.Args[1].Value
	return l.replace(body[:1], func() {
		var name, call ex
		if f, ok := fn.(*syntax.Lambda); ok && len(f.Params) == 1 && f.Params[0].Star == 0 {
			name = txt(l.params[f][0].out)
			call = l.expr(f.Body).paren(precCond)
		} else {
			name = txt(l.elementName())
			call = cat(l.expr(fn).paren(precPrimary), "(", name, ")")
		}
		e := cat(at("parallel(", w.Start), "[lambda ", name, " = ", name, ": ", call, " for ", name, " in ", l.iter(over), "])")
		if target != nil {
			e = cat(l.target(target), " = ", e)
		}
		l.out.emit(w.Start, e.s...)
	})
}

// threadOf is the thread that a call makes; ok is false for one with more than a function and its arguments.
func (l *lowerer) threadOf(x syntax.Expr) (t thread, ok bool) {
	c, ok := x.(*syntax.Call)
	if !ok || l.callee(c) != "threading.Thread" {
		return t, false
	}
	for _, a := range c.Args {
		switch a.Name {
		case "target":
			t.target = a.Value
		case "name":
		case "args":
			switch v := unparen(a.Value).(type) {
			case *syntax.Tuple:
				t.args = v.Elts
			case *syntax.List:
				t.args = v.Elts
			default:
				return t, false
			}
			if slices.ContainsFunc(t.args, func(x syntax.Expr) bool { _, star := x.(*syntax.Starred); return star }) {
				return t, false
			}
		default:
			return t, false
		}
	}
	return t, t.target != nil
}

// task is the function that a thread calls, with the values that the names have now.
func (l *lowerer) task(t thread, names []*syntax.Name) ex {
	fn := l.expr(t.target).paren(precPrimary)
	if len(t.args) == 0 && len(names) == 0 {
		return fn
	}
	var params []ex
	for _, n := range names {
		params = append(params, txt(l.names[n].out+" = "+l.names[n].out))
	}
	head := "lambda"
	if len(params) > 0 {
		head += " "
	}
	var args []ex
	for _, a := range t.args {
		args = append(args, l.argument(a))
	}
	return cat(head, commas(params), ": ", fn, "(", commas(args), ")").with(precCond)
}

func flatNames(t syntax.Expr) ([]*syntax.Name, bool) {
	switch t := unparen(t).(type) {
	case *syntax.Name:
		return []*syntax.Name{t}, true
	case *syntax.Tuple:
		var out []*syntax.Name
		for _, e := range t.Elts {
			n, ok := e.(*syntax.Name)
			if !ok {
				return nil, false
			}
			out = append(out, n)
		}
		return out, true
	}
	return nil, false
}
