package python

import (
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

// The patterns of threads. T is a thread, A and B are variables for one, L is a list of them.
var (
	makesThread   = newPattern("A = T")
	startsThread  = newPattern("A.start()")
	joinsThread   = newPattern("A.join()")
	listsThreads  = newPattern("L = [T for X in Y]\nfor A in L:\n    A.start()\nfor B in L:\n    B.join()")
	addsThreads   = newPattern("L = []\nfor X in Y:\n    A = T\n    A.start()\n    L.append(A)\nfor B in L:\n    B.join()")
	addsThreads2  = newPattern("L = []\nfor X in Y:\n    A = T\n    L.append(A)\n    A.start()\nfor B in L:\n    B.join()")
	mapsThreads   = newPattern("with P as A:\n    A.map(F, Y)")
	mapsThreads2  = newPattern("with P as A:\n    list(A.map(F, Y))")
	mapsToThreads = newPattern("with P as A:\n    X = list(A.map(F, Y))")
)

// findForks finds the plain patterns of threads in a body and in those within it.
func (l *lowerer) findForks(body []syntax.Stmt) {
	for i := 0; i < len(body); i++ {
		n := l.namedThreads(body[i:])
		if n == 0 {
			n = l.listedThreads(body[i:])
		}
		if n == 0 {
			n = l.pool(body[i:])
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
		case *syntax.While:
			l.findForks(s.Body)
		case *syntax.With:
			l.findForks(s.Body)
		case *syntax.FuncDef:
			l.findForks(s.Body)
		}
	}
}

// replace lets a call of parallel with what list writes stand for statements.
func (l *lowerer) replace(stmts []syntax.Stmt, list func() ex) int {
	for i, s := range stmts {
		f := &fork{span: s.Range()}
		if i == 0 {
			f.write = func() { l.out.emit(f.span.Start, list()) }
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

// usedBy is the variable that x is, when so many places read it.
func (l *lowerer) usedBy(x syntax.Expr, reads int) *variable {
	if n, ok := x.(*syntax.Name); ok && len(l.names[n].reads) == reads {
		return l.names[n]
	}
	return nil
}

// namedThreads finds threads that have a variable each: they are made and started, then joined.
func (l *lowerer) namedThreads(body []syntax.Stmt) int {
	var threads []thread
	state := map[*variable]int{} // how far each is
	const made, started, joined = 1, 2, 3
	waiting := 0
	for i, s := range body {
		next := 0
		var v *variable
		if m := makesThread.match(s); m != nil {
			t, ok := l.threadOf(m["T"])
			if v = l.usedBy(m["A"], 2); !ok || v == nil || waiting < len(threads) {
				return 0
			}
			threads, next = append(threads, t), made
			waiting++
		} else if m := startsThread.match(s); m != nil {
			v, next = l.usedBy(m["A"], 2), started
		} else if m := joinsThread.match(s); m != nil {
			v, next = l.usedBy(m["A"], 2), joined
			waiting--
		}
		if v == nil || state[v] != next-1 || next == started && waiting < len(threads) {
			return 0
		}
		if state[v] = next; waiting == 0 {
			return l.replace(body[:i+1], func() ex {
				var fns []ex
				for _, t := range threads {
					fns = append(fns, l.task(t, nil))
				}
				return cat(at("parallel(", body[0].Range().Start), "[", commas(fns), "])")
			})
		}
	}
	return 0
}

// listedThreads finds a list of threads that are made and started one by one, then joined.
func (l *lowerer) listedThreads(body []syntax.Stmt) int {
	for _, p := range []pattern{listsThreads, addsThreads, addsThreads2} {
		m := p.match(body...)
		if m == nil || l.usedBy(m["L"], 2) == nil {
			continue
		}
		t, ok := l.threadOf(m["T"])
		if _, plain := m["X"].(*syntax.Name); !ok || !plain && eltsOf(m["X"]) == nil {
			continue
		}
		return l.replace(body[:len(p)], func() ex {
			clauses := l.clauses([]syntax.Clause{{Target: m["X"], Iter: m["Y"]}})
			return cat(at("parallel(", body[0].Range().Start), "[", l.task(t, m["X"]), clauses, "])")
		})
	}
	return 0
}

// pool finds a ThreadPoolExecutor that only maps a function over values.
func (l *lowerer) pool(body []syntax.Stmt) int {
	for _, p := range []pattern{mapsThreads, mapsThreads2, mapsToThreads} {
		m := p.match(body[0])
		if m == nil || l.usedBy(m["A"], 1) == nil {
			continue
		}
		if c, ok := m["P"].(*syntax.Call); !ok || l.callee(c) != "concurrent.futures.ThreadPoolExecutor" {
			continue
		}
		return l.replace(body[:1], func() ex {
			name, call := l.applied(m["F"], body[0].Range().Start)
			e := cat(at("parallel(", body[0].Range().Start), "[lambda ", name, " = ", name, ": ", call.paren(precCond), " for ", name, " in ", l.iter(m["Y"]), "])")
			if m["X"] != nil {
				e = cat(l.target(m["X"]), " = ", e)
			}
			return e
		})
	}
	return 0
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
			if t.args = eltsOf(a.Value); t.args == nil || starred(t.args) {
				return t, false
			}
		default:
			return t, false
		}
	}
	return t, t.target != nil
}

// task is the function that a thread calls, with the values that the variables of a loop have now.
func (l *lowerer) task(t thread, loop syntax.Expr) ex {
	fn := l.expr(t.target).paren(precPrimary)
	var params, args []ex
	syntax.Walk(loop, func(n syntax.Node) bool {
		if n, ok := n.(*syntax.Name); ok {
			params = append(params, txt(l.names[n].out+" = "+l.names[n].out))
		}
		return true
	})
	for _, a := range t.args {
		args = append(args, l.argument(a))
	}
	if len(params)+len(args) == 0 {
		return fn
	}
	head := "lambda"
	if len(params) > 0 {
		head += " "
	}
	return cat(head, commas(params), ": ", fn, "(", commas(args), ")").with(precCond)
}
