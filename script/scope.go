package script

import (
	"context"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/report"
)

// A scope is what the body of a loop such as "for _ in subtest(…)", or a function called by subtest, runs in.
type scope struct {
	st      *state
	subtest string // its name; "" for other scopes
	entry   *report.Entry
	src     func() *report.Source
	enter   func() // of a polling condition
	leave   func()

	catches  bool   // of a subtest: an error of the body can end it alone
	expected string // of a subtest: why it is expected to fail; "" when it is not

	outer context.Context // the thread's context around it
	span  *report.Span
	hooks []func(context.Context)

	left      syntax.Position // where the thread was when the scope was left without a known reason
	leftDepth int             // number of frames around that one; -1 when it is known how the scope ended
}

// open enters the scope.
func (s *scope) open() {
	st := s.st
	st.settle(nil)
	s.outer = st.ctx
	if s.entry != nil {
		st.ctx, s.span = st.rt.opts.Log.Begin(report.WithSource(st.ctx, s.src), *s.entry)
	}
	if s.enter != nil {
		s.enter()
	}
	st.scopes = append(st.scopes, s)
}

// isOpen reports whether the scope has been entered and not been left.
func (s *scope) isOpen() bool {
	for _, x := range s.st.scopes {
		if x == s {
			return true
		}
	}
	return false
}

// close leaves the scope, after the scopes within it: an error unwinds the iterators of a function outermost first.
// known reports whether err (nil: passed) is the result; otherwise the next event decides.
func (s *scope) close(err error, known bool) {
	if !s.isOpen() {
		return
	}
	st := s.st
	left, depth := syntax.Position{}, -1
	if !known {
		left, depth = st.thread.CallFrame(0).Pos, st.thread.CallStackDepth()-1
	}
	for {
		top := st.scopes[len(st.scopes)-1]
		top.runHooks()
		st.scopes = st.scopes[:len(st.scopes)-1]
		if top.leave != nil {
			top.leave()
		}
		st.ctx = top.outer
		top.left, top.leftDepth = left, depth
		st.pending = append(st.pending, top)
		if top == s {
			break
		}
	}
	if known {
		st.settle(err)
	}
}

// settle ends the entries of the scopes that have been left: they passed, or failed if err is what left them. A scope
// that was left by a return has nothing to do with a later error.
func (st *state) settle(err error) {
	var stack starlark.CallStack
	if err != nil && len(st.pending) > 0 {
		stack = stackOf(err)
	}
	for _, s := range st.pending {
		how := err
		if d := s.leftDepth; err != nil && d >= 0 && (d >= len(stack) || stack[d].Pos.Line != s.left.Line || stack[d].Pos.Col != s.left.Col) {
			how = nil
		}
		if how != nil && s.subtest != "" && !ends(how) {
			st.failedIn = append([]string{s.subtest}, st.failedIn...)
		}
		if s.span != nil {
			s.span.End(how)
		}
	}
	st.pending = st.pending[:0]
	if err == nil {
		st.caught()
	}
}

// hookTimeout bounds the clean-up after a subtest, which also runs after the run was interrupted.
const hookTimeout = 10 * time.Second

func (s *scope) runHooks() { runHooks(s.st.ctx, s.hooks, s.st.block) }

func runHooks(ctx context.Context, hooks []func(context.Context), block func(func() error) error) {
	if len(hooks) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), hookTimeout)
	defer cancel()
	_ = block(func() error {
		for i := len(hooks) - 1; i >= 0; i-- {
			hooks[i](ctx)
		}
		return nil
	})
}

// OnSubtestEnd calls fn when the innermost subtest of the calling thread ends, last registered first; outside of a
// subtest, when the run ends. The context of fn is not cancelled with the run's, but ends after 10 seconds. fn must not
// call functions of the script. ctx is that of a bound call.
func OnSubtestEnd(ctx context.Context, fn func(ctx context.Context)) {
	st := stateFrom(ctx)
	if st == nil {
		return
	}
	defer st.holdTurn()()
	if s := st.innermostSubtest(); s != nil {
		s.hooks = append(s.hooks, fn)
		return
	}
	st.rt.atEnd = append(st.rt.atEnd, fn)
}

// scopeIterator enters a scope at its first Next and leaves it at the second, which means that the loop's body ran
// through. Done without a second Next means an error, a break or a return; it can't see which.
type scopeIterator struct {
	make    func() *scope
	current *scope
}

func (it *scopeIterator) Next(p *starlark.Value) bool {
	if it.current == nil {
		it.current = it.make()
		it.current.open()
		*p = starlark.None
		return true
	}
	it.current.close(nil, true)
	return false
}

func (it *scopeIterator) Done() {
	if it.current == nil {
		return
	}
	st := it.current.st
	if st.flight != nil {
		it.current.close(st.flight, true)
	} else if err := st.cancelled(); err != nil {
		it.current.close(err, true)
	} else {
		it.current.close(nil, false)
	}
}
