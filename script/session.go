package script

import (
	"context"
	"fmt"
	"maps"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// Session is an environment in which statements run one after the other, for the interactive mode.
type Session struct {
	rt      *runtime
	globals starlark.StringDict
	chunks  int
}

// NewSession makes a session in which the predeclared names are globals. Filename and Root say where load statements
// start; Source, Match and KeepGoing are ignored.
func NewSession(opts Options) *Session {
	s := &Session{rt: newRuntime(opts), globals: starlark.StringDict{}}
	s.Define(opts.Predeclared)
	return s
}

// Define adds or changes globals. It must not be called while Eval runs.
func (s *Session) Define(values starlark.StringDict) { maps.Copy(s.globals, values) }

// Globals returns the session's names and their values, not a copy; they belong to Eval while it runs.
func (s *Session) Globals() starlark.StringDict { return s.globals }

// sessionOptions make load bind globals, because the next input is another file.
func sessionOptions() *syntax.FileOptions {
	o := dialect.Options()
	o.LoadBindsGlobally = true
	return o
}

// Eval runs statements. It returns the value of a single expression, else nil. Assignments before a failure stay. The
// error is a *SyntaxError or an *Error. Calls must not overlap.
func (s *Session) Eval(ctx context.Context, src string) (starlark.Value, error) {
	s.chunks++
	name := fmt.Sprintf("<input %d>", s.chunks)
	if dir := s.rt.loader.files.Root; dir != "" {
		s.rt.loader.from[name] = dir
	}
	st, stop := s.rt.newState(ctx, "session")
	defer stop()
	s.rt.take(st)
	defer s.rt.turn.Unlock()
	return st.eval(name, src, sessionOptions(), s.globals)
}

// End runs the functions that were registered by OnSubtestEnd outside of subtests.
func (s *Session) End(ctx context.Context) {
	st, stop := s.rt.newState(ctx, "session")
	defer stop()
	s.rt.take(st)
	defer s.rt.turn.Unlock()
	hooks := s.rt.atEnd
	s.rt.atEnd = nil
	runHooks(st.ctx, hooks, st.block)
}
