// Package dap serves the Debug Adapter Protocol: an editor starts a test script, stops it at a line with the machines
// running, shows its variables and makes calls in its frames.
package dap

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	godap "github.com/google/go-dap"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/debugger"
	"github.com/gotest-driver/gotest-driver/report"
)

// Launch has the arguments of a launch request. All but Program may be left out.
type Launch struct {
	Program          string             `json:"program"`          // path of the script
	Args             []string           `json:"args"`             // additional flags of the command run
	Cwd              string             `json:"cwd"`              // working directory
	Env              map[string]*string `json:"env"`              // additional environment variables; null removes one
	Config           string             `json:"config"`           // driver configuration
	Machines         map[string]string  `json:"machines"`         // name → start command
	OutputDirectory  string             `json:"outputDirectory"`  // of screenshots, copied files and reports
	Run              string             `json:"run"`              // regular expression: which test functions
	KeepGoing        bool               `json:"keepGoing"`        // go on after a failed test function
	KeepMachineState bool               `json:"keepMachineState"` // for the next run
	NoCheck          bool               `json:"noCheck"`          // don't check the script first
	LogLevel         string             `json:"logLevel"`         // debug, info, warning or error
	GlobalTimeout    float64            `json:"globalTimeout"`    // seconds
	StopOnEntry      bool               `json:"stopOnEntry"`      // stop at the first line
	NoDebug          bool               `json:"noDebug"`          // run without debugging
}

// Run is the session's part of a run.
type Run struct {
	Debugger *debugger.Debugger                    // nil: no debugging
	Sink     func(report.PlainOptions) report.Sink // returns a sink that shows the log in the editor
}

// Start runs a script until its end, machines included, and returns the exit status of the command run.
type Start func(ctx context.Context, r Run) (status int, err error)

// Options are the options of [Serve].
type Options struct {
	// Prepare checks a launch request. It runs nothing.
	Prepare func(l Launch) (Start, error)
	// Lines returns the lines of a file at which the script can stop, in ascending order.
	Lines func(file string) ([]int, error)
	// Interrupted is the cause with which the script ends when the user stops it.
	Interrupted error
}

// session is a session with an editor. Its methods run on the goroutine of Serve, except those of debugger.Frontend
// and the functions for whileStopped, which run on the script's.
type session struct {
	o   Options
	ctx context.Context // of the script

	outMu sync.Mutex
	out   io.Writer
	seq   int

	debug       *debugger.Debugger
	client      client
	launch      *Launch
	start       Start
	configured  bool
	breakpoints map[string]int // their ids, by place
	lastID      int

	cancel context.CancelCauseFunc // ends the script
	ended  chan struct{}           // closed at the end of the script's run; nil before the run

	mu        sync.Mutex
	stop      *stop // nil while the script runs
	entry     bool  // the next pause is the one at the script's first line
	threads   []string
	lastRef   int
	evaluated map[int]context.CancelFunc // by the request's number
}

// client has the properties of the editor.
type client struct {
	base int // of lines and columns
	ansi bool
}

// Serve talks to an editor until it disconnects or the context ends; it then ends the script and its machines. It closes
// the connection.
func Serve(ctx context.Context, conn io.ReadWriteCloser, o Options) error {
	run, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &session{o: o, ctx: run, cancel: cancel, out: conn, client: client{base: 1}, breakpoints: map[string]int{}, evaluated: map[int]context.CancelFunc{}}
	s.debug = debugger.New(s)

	type input struct {
		data []byte
		err  error
	}
	inputs := make(chan input)
	var reader sync.WaitGroup
	done := make(chan struct{})
	reader.Go(func() {
		r := bufio.NewReader(conn)
		for {
			data, err := godap.ReadBaseMessage(r)
			select {
			case inputs <- input{data, err}:
			case <-done:
				return
			}
			if err != nil {
				return
			}
		}
	})
	defer reader.Wait()
	defer conn.Close()
	defer close(done)
	defer s.end()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case in := <-inputs:
			switch {
			case errors.Is(in.err, io.EOF), errors.Is(in.err, io.ErrUnexpectedEOF):
				return nil
			case in.err != nil:
				return fmt.Errorf("can't read the editor's message: %w", in.err)
			}
			if over := s.handle(in.data); over {
				return nil
			}
		}
	}
}

// end ends the script and waits until its machines have ended.
func (s *session) end() {
	s.cancel(s.o.Interrupted)
	if s.ended != nil {
		<-s.ended
	}
}

// handle answers a message.
func (s *session) handle(data []byte) (over bool) {
	m, err := godap.DecodeProtocolMessage(data)
	if err != nil {
		var head godap.Request
		if json.Unmarshal(data, &head) == nil && head.Type == "request" {
			s.fail(&head, "the request %s is malformed or not supported: %v", head.Command, err)
		}
		return false
	}
	r, ok := m.(godap.RequestMessage)
	if !ok {
		return false
	}
	return s.request(r, data)
}

// request answers a request; over reports whether the session has ended.
func (s *session) request(r godap.RequestMessage, data []byte) (over bool) {
	head := r.GetRequest()
	switch r := r.(type) {
	case *godap.InitializeRequest:
		s.initialize(r, data)
	case *godap.LaunchRequest:
		s.onLaunch(r)
	case *godap.SetBreakpointsRequest:
		s.setBreakpoints(r)
	case *godap.SetExceptionBreakpointsRequest:
		s.setExceptionBreakpoints(r)
	case *godap.DataBreakpointInfoRequest:
		s.dataBreakpointInfo(r)
	case *godap.SetDataBreakpointsRequest:
		s.setDataBreakpoints(r)
	case *godap.BreakpointLocationsRequest:
		s.breakpointLocations(r)
	case *godap.ConfigurationDoneRequest:
		s.configured = true
		s.respond(head, &godap.ConfigurationDoneResponse{})
		s.begin()
	case *godap.ThreadsRequest:
		s.onThreads(r)
	case *godap.PauseRequest:
		s.debug.Pause()
		s.respond(head, &godap.PauseResponse{})
	case *godap.ContinueRequest:
		s.resume(head, debugger.Continue, &godap.ContinueResponse{Body: godap.ContinueResponseBody{AllThreadsContinued: true}})
	case *godap.NextRequest:
		s.resume(head, debugger.Next, &godap.NextResponse{})
	case *godap.StepInRequest:
		s.resume(head, debugger.Step, &godap.StepInResponse{})
	case *godap.StepOutRequest:
		s.resume(head, debugger.Finish, &godap.StepOutResponse{})
	case *godap.StackTraceRequest:
		s.whileStopped(head, func(p *stop) { s.stackTrace(p, r) })
	case *godap.ScopesRequest:
		s.whileStopped(head, func(p *stop) { s.scopes(p, r) })
	case *godap.VariablesRequest:
		s.whileStopped(head, func(p *stop) { s.variables(p, r) })
	case *godap.EvaluateRequest:
		ctx := s.cancellable(head)
		s.ask(func(p *stop) (debugger.Action, bool) {
			defer s.cancelEvaluation(head.Seq)
			if p == nil {
				s.fail(head, "the script is not stopped")
			} else {
				s.evaluate(ctx, p, r)
			}
			return 0, false
		})
	case *godap.CompletionsRequest:
		s.whileStopped(head, func(p *stop) { s.completions(p, r) })
	case *godap.ExceptionInfoRequest:
		s.whileStopped(head, func(p *stop) { s.exceptionInfo(p, r) })
	case *godap.CancelRequest:
		if r.Arguments != nil {
			s.cancelEvaluation(r.Arguments.RequestId)
		}
		s.respond(head, &godap.CancelResponse{})
	case *godap.TerminateRequest:
		s.respond(head, &godap.TerminateResponse{})
		s.cancel(s.o.Interrupted)
		if s.ended != nil {
			<-s.ended
		}
		return false
	case *godap.DisconnectRequest:
		s.end()
		s.respond(head, &godap.DisconnectResponse{})
		return true
	default:
		s.fail(head, "the request %s is not supported", head.Command)
	}
	return false
}

func (s *session) initialize(r *godap.InitializeRequest, data []byte) {
	var more struct {
		Arguments struct {
			LinesStartAt1       *bool `json:"linesStartAt1"`
			SupportsANSIStyling bool  `json:"supportsANSIStyling"`
		} `json:"arguments"`
	}
	_ = json.Unmarshal(data, &more) // it was already decoded once
	if b := more.Arguments.LinesStartAt1; b != nil && !*b {
		s.client.base = 0
	}
	s.client.ansi = more.Arguments.SupportsANSIStyling
	s.respond(&r.Request, &godap.InitializeResponse{Body: godap.Capabilities{
		SupportsConfigurationDoneRequest:   true,
		SupportsConditionalBreakpoints:     true,
		SupportsHitConditionalBreakpoints:  true,
		SupportsLogPoints:                  true,
		SupportsDataBreakpoints:            true,
		SupportsBreakpointLocationsRequest: true,
		SupportsEvaluateForHovers:          true,
		SupportsCompletionsRequest:         true,
		CompletionTriggerCharacters:        []string{".", "("},
		SupportsExceptionInfoRequest:       true,
		SupportsCancelRequest:              true,
		SupportsTerminateRequest:           true,
		SupportTerminateDebuggee:           true,
		ExceptionBreakpointFilters: []godap.ExceptionBreakpointsFilter{
			{Filter: filterFailures, Label: "Failures of the test", Description: "Stop where the test fails, with its machines still up.", Default: true},
			{Filter: filterErrors, Label: "Failing calls", Description: "Stop wherever a function fails, also where the script expects the failure."},
		},
	}})
	s.event(&godap.InitializedEvent{}, "initialized")
}

func (s *session) onLaunch(r *godap.LaunchRequest) {
	l := &Launch{}
	if s.launch != nil {
		s.fail(&r.Request, "a run has already started")
		return
	}
	if err := json.Unmarshal(r.Arguments, l); err != nil {
		s.fail(&r.Request, "the launch configuration is malformed: %v", err)
		return
	}
	if l.Program == "" {
		s.fail(&r.Request, `the launch configuration lacks "program", the path of the test script`)
		return
	}
	start, err := s.o.Prepare(*l)
	if err != nil {
		s.fail(&r.Request, "%v", err)
		return
	}
	s.launch, s.start = l, start
	s.respond(&r.Request, &godap.LaunchResponse{})
	s.begin()
}

// begin runs the script after the editor has sent all settings.
func (s *session) begin() {
	if s.launch == nil || !s.configured || s.ended != nil {
		return
	}
	run := Run{Sink: s.sink}
	if !s.launch.NoDebug {
		run.Debugger = s.debug
	}
	if s.launch.StopOnEntry {
		s.entry = true
		s.debug.Pause()
	}
	s.ended = make(chan struct{})
	s.thread("main")
	go func() {
		defer close(s.ended)
		status, err := s.start(s.ctx, run)
		if err != nil {
			s.output("stderr", err.Error()+"\n", nil)
		}
		s.event(&godap.ExitedEvent{Body: godap.ExitedEventBody{ExitCode: status}}, "exited")
		s.event(&godap.TerminatedEvent{}, "terminated")
	}()
}

// send writes a message; number gives it its number. The end of the editor is noticed when reading.
func (s *session) send(m godap.Message, head *godap.ProtocolMessage) {
	s.outMu.Lock()
	defer s.outMu.Unlock()
	s.seq++
	head.Seq = s.seq
	_ = godap.WriteProtocolMessage(s.out, m)
}

func (s *session) event(e godap.EventMessage, name string) {
	h := e.GetEvent()
	h.Type, h.Event = "event", name
	s.send(e, &h.ProtocolMessage)
}

func (s *session) respond(r *godap.Request, m godap.ResponseMessage) {
	h := m.GetResponse()
	h.Type, h.RequestSeq, h.Command, h.Success = "response", r.Seq, r.Command, true
	s.send(m, &h.ProtocolMessage)
}

func (s *session) fail(r *godap.Request, format string, args ...any) {
	m := &godap.ErrorResponse{}
	text := fmt.Sprintf(format, args...)
	m.Type, m.RequestSeq, m.Command, m.Message = "response", r.Seq, r.Command, text
	m.Body.Error = &godap.ErrorMessage{Id: 1, Format: "{text}", Variables: map[string]string{"text": text}, ShowUser: r.Command == "launch"}
	s.send(m, &m.ProtocolMessage)
}
