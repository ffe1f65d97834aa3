package python

import (
	"slices"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
)

// thread is the call of a threading.Thread of the script.
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

// fork writes a call of parallel for the statements at the start of a body that start threads and wait for them, and
// returns their number.
func (l *lowerer) fork(body []syntax.Stmt) int {
	n, list := l.namedThreads(body)
	if n == 0 {
		n, list = l.listedThreads(body)
	}
	if n == 0 {
		n, list = l.pool(body)
	}
	if n > 0 {
		l.forked = append(l.forked, syntax.Span{Start: body[0].Range().Start, End: body[n-1].Range().End})
		l.out.emit(body[0].Range().Start, list())
	}
	return n
}

// usedBy returns the variable x if this number of places read it.
func (l *lowerer) usedBy(x syntax.Expr, reads int) *variable {
	if n, ok := x.(*syntax.Name); ok && l.names[n] != nil && len(l.names[n].reads) == reads {
		return l.names[n]
	}
	return nil
}

// namedThreads finds threads with a variable each, which are made and started, then joined.
func (l *lowerer) namedThreads(body []syntax.Stmt) (int, func() ex) {
	var threads []thread
	state := map[*variable]int{} // the state of each
	const made, started, joined = 1, 2, 3
	waiting := 0
	for i, s := range body {
		next := 0
		var v *variable
		if m := makesThread().match(s); m != nil {
			t, ok := l.threadOf(m["T"])
			if v = l.usedBy(m["A"], 2); !ok || v == nil || waiting < len(threads) {
				return 0, nil
			}
			threads, next = append(threads, t), made
			waiting++
		} else if m := startsThread().match(s); m != nil {
			v, next = l.usedBy(m["A"], 2), started
		} else if m := joinsThread().match(s); m != nil {
			v, next = l.usedBy(m["A"], 2), joined
			waiting--
		}
		if v == nil || state[v] != next-1 || next == started && waiting < len(threads) {
			return 0, nil
		}
		if state[v] = next; waiting == 0 {
			return i + 1, func() ex {
				var fns []ex
				for _, t := range threads {
					fns = append(fns, l.task(t, nil))
				}
				return cat(at("parallel(", body[0].Range().Start), "[", commas(fns), "])")
			}
		}
	}
	return 0, nil
}

// listedThreads finds a list of threads that are made and started one by one, then joined.
func (l *lowerer) listedThreads(body []syntax.Stmt) (int, func() ex) {
	for _, p := range []pattern{listsThreads(), addsThreads(), addsThreads2()} {
		m := p.match(body...)
		if m == nil || l.usedBy(m["L"], 2) == nil {
			continue
		}
		t, ok := l.threadOf(m["T"])
		if _, plain := m["X"].(*syntax.Name); !ok || !plain && eltsOf(m["X"]) == nil {
			continue
		}
		return len(p), func() ex {
			clauses := l.clauses([]syntax.Clause{{Target: m["X"], Iter: m["Y"]}})
			return cat(at("parallel(", body[0].Range().Start), "[", l.task(t, m["X"]), clauses, "])")
		}
	}
	return 0, nil
}

// pool finds a ThreadPoolExecutor that only maps a function over values.
func (l *lowerer) pool(body []syntax.Stmt) (int, func() ex) {
	for _, p := range []pattern{mapsThreads(), mapsThreads2(), mapsToThreads()} {
		m := p.match(body[0])
		if m == nil || l.usedBy(m["A"], 1) == nil {
			continue
		}
		c, ok := m["P"].(*syntax.Call)
		if !ok || l.callee(c) != "concurrent.futures.ThreadPoolExecutor" || slices.ContainsFunc(c.Args, isWorker) {
			continue
		}
		return 1, func() ex {
			name, call := l.applied(m["F"], body[0].Range().Start)
			e := cat(at("parallel(", body[0].Range().Start), "[lambda ", name, " = ", name, ": ", call.paren(precCond), " for ", name, " in ", l.iter(m["Y"]), "])")
			if m["X"] != nil {
				e = cat(l.target(m["X"]), " = ", e)
			}
			return e
		}
	}
	return 0, nil
}

// isWorker reports whether an argument of a pool limits it to a single thread, which makes the calls one after the other.
func isWorker(a syntax.Arg) bool {
	n, ok := constInt(a.Value)
	return ok && n == 1
}

// threadOf returns the thread that a call makes; ok is false for one with more than a function and its arguments.
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

// task returns the function that a thread calls, with the current values of the variables of a loop.
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
