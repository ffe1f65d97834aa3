package dap

import (
	"context"
	"slices"
	"sync"

	godap "github.com/google/go-dap"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/debugger"
	"github.com/gotest-driver/gotest-driver/report"
)

// stop is a stopped script. The editor's requests are answered on the script's goroutine, in order.
type stop struct {
	*debugger.Stop
	refs map[int]container // by variablesReference

	mu    sync.Mutex
	work  []func(p *stop) (action debugger.Action, over bool) // p is nil when the stop is over
	news  chan struct{}
	ended bool
}

// Stopped answers the editor's requests until it resumes the script.
func (s *session) Stopped(ds *debugger.Stop) debugger.Action {
	p := &stop{Stop: ds, refs: map[int]container{}, news: make(chan struct{}, 1)}
	s.mu.Lock()
	s.stop = p
	entry := s.entry
	s.entry = false
	s.mu.Unlock()
	defer s.leave(p)
	s.event(s.stoppedEvent(p, entry), "stopped")
	for {
		select {
		case <-s.ctx.Done():
			return debugger.Quit
		case <-p.news:
		}
		for f := p.next(); f != nil; f = p.next() {
			if action, over := f(p); over {
				return action
			}
		}
	}
}

// leave answers requests that came too late.
func (s *session) leave(p *stop) {
	s.mu.Lock()
	s.stop = nil
	s.mu.Unlock()
	p.mu.Lock()
	p.ended = true
	late := p.work
	p.work = nil
	p.mu.Unlock()
	for _, f := range late {
		f(nil)
	}
}

func (p *stop) next() func(*stop) (debugger.Action, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.work) == 0 {
		return nil
	}
	f := p.work[0]
	p.work = p.work[1:]
	return f
}

// ask makes the script's goroutine call f; when no script is stopped it calls f with nil.
func (s *session) ask(f func(p *stop) (debugger.Action, bool)) {
	s.mu.Lock()
	p := s.stop
	s.mu.Unlock()
	if p != nil {
		p.mu.Lock()
		if !p.ended {
			p.work = append(p.work, f)
			p.mu.Unlock()
			select {
			case p.news <- struct{}{}:
			default:
			}
			return
		}
		p.mu.Unlock()
	}
	f(nil)
}

// whileStopped answers a request that needs a stopped script.
func (s *session) whileStopped(r *godap.Request, f func(p *stop)) {
	s.ask(func(p *stop) (debugger.Action, bool) {
		if p == nil {
			s.fail(r, "the script is not stopped")
		} else {
			f(p)
		}
		return 0, false
	})
}

// resume answers a request to continue.
func (s *session) resume(r *godap.Request, action debugger.Action, m godap.ResponseMessage) {
	s.ask(func(p *stop) (debugger.Action, bool) {
		if p == nil {
			s.fail(r, "the script is not stopped")
			return 0, false
		}
		s.respond(r, m)
		return action, true
	})
}

func (s *session) stoppedEvent(p *stop, entry bool) *godap.StoppedEvent {
	b := godap.StoppedEventBody{Reason: "pause", ThreadId: s.thread(p.Thread), AllThreadsStopped: true}
	switch p.Reason {
	case debugger.AtBreakpoint:
		b.Reason, b.Text = "breakpoint", p.Text
		if len(p.Frames) > 0 {
			s.mu.Lock()
			if id := s.breakpoints[key(p.Frames[0].Source.File, p.Frames[0].Source.Line)]; id != 0 {
				b.HitBreakpointIds = []int{id}
			}
			s.mu.Unlock()
		}
	case debugger.AtCall:
		b.Reason, b.Description = "breakpoint", string(debugger.AtCall)
	case debugger.AtStep:
		b.Reason = "step"
	case debugger.AtWatch:
		b.Reason, b.Description, b.Text = "data breakpoint", p.Text, p.Text
	case debugger.AtError:
		b.Reason, b.Description, b.Text = "exception", "A call has failed", p.Text
	case debugger.AtFailure:
		b.Reason, b.Description, b.Text = "exception", "The test has failed", p.Err.Message
	default:
		if entry {
			b.Reason = "entry"
		}
	}
	return &godap.StoppedEvent{Body: b}
}

// thread returns the number of a thread.
func (s *session) thread(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.threads, name); i >= 0 {
		return i + 1
	}
	s.threads = append(s.threads, name)
	return len(s.threads)
}

// onThreads returns the script's own thread, and the one that has stopped.
func (s *session) onThreads(r *godap.ThreadsRequest) {
	list := []godap.Thread{{Id: s.thread("main"), Name: "main"}}
	s.mu.Lock()
	p := s.stop
	s.mu.Unlock()
	if p != nil && p.Thread != "main" {
		list = append(list, godap.Thread{Id: s.thread(p.Thread), Name: p.Thread})
	}
	s.respond(&r.Request, &godap.ThreadsResponse{Body: godap.ThreadsResponseBody{Threads: list}})
}

// cancellable returns the context of a request that the editor may cancel.
func (s *session) cancellable(r *godap.Request) context.Context {
	ctx, cancel := context.WithCancel(s.ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.evaluated[r.Seq] = cancel
	return ctx
}

// cancelEvaluation cancels a request, which may have ended.
func (s *session) cancelEvaluation(seq int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancel := s.evaluated[seq]; cancel != nil {
		cancel()
		delete(s.evaluated, seq)
	}
}

// Log shows the message of a breakpoint.
func (s *session) Log(at report.Source, text string) {
	s.output("console", report.CleanLines(text)+"\n", &at)
}
