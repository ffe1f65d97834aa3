package dap

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"strings"

	godap "github.com/google/go-dap"
	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/debugger"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/repl"
	"github.com/gotest-driver/gotest-driver/script"
)

// Frames are numbered from 1, innermost first; the editor asks again at each stop.

func (p *stop) frame(id int) (script.Frame, bool) {
	if id == 0 {
		id = 1 // without a frame: the innermost one
	}
	if id < 1 || id > len(p.Frames) {
		return script.Frame{}, false
	}
	return p.Frames[id-1], true
}

func (s *session) stackTrace(p *stop, r *godap.StackTraceRequest) {
	b := godap.StackTraceResponseBody{StackFrames: []godap.StackFrame{}}
	if r.Arguments.ThreadId == s.thread(p.Thread) {
		b.TotalFrames = len(p.Frames)
		for i, f := range p.Frames {
			if i < r.Arguments.StartFrame || r.Arguments.Levels > 0 && i >= r.Arguments.StartFrame+r.Arguments.Levels {
				continue
			}
			name := f.Source.Func
			if name == "" {
				name = filepath.Base(f.Source.File)
			}
			b.StackFrames = append(b.StackFrames, godap.StackFrame{
				Id: i + 1, Name: name, Line: f.Source.Line - 1 + s.client.base, Column: max(1, f.Source.Col) - 1 + s.client.base,
				Source: &godap.Source{Name: filepath.Base(f.Source.File), Path: absolute(f.Source.File)},
			})
		}
	}
	s.respond(&r.Request, &godap.StackTraceResponse{Body: b})
}

func (s *session) scopes(p *stop, r *godap.ScopesRequest) {
	f, ok := p.frame(r.Arguments.FrameId)
	if !ok {
		s.fail(&r.Request, "there is no such frame")
		return
	}
	list := []godap.Scope{}
	add := func(name, hint string, vars starlark.StringDict) {
		list = append(list, godap.Scope{Name: name, PresentationHint: hint, VariablesReference: s.ref(p, scope(vars)), NamedVariables: len(vars)})
	}
	if !f.TopLevel() {
		add("Locals", "locals", f.Locals)
	}
	globals := f.Globals()
	if f.TopLevel() {
		globals = f.Locals
	}
	add("Globals", "globals", globals)
	add("Machines", "", machines(f))
	s.respond(&r.Request, &godap.ScopesResponse{Body: godap.ScopesResponseBody{Scopes: list}})
}

// machines returns the machines of the run, also those that the script has made but keeps in no variable.
func machines(f script.Frame) starlark.StringDict {
	out := starlark.StringDict{}
	d, ok := f.Predeclared()["driver"].(starlark.HasAttrs)
	if !ok {
		return out
	}
	v, err := d.Attr("machines")
	list, ok := v.(starlark.Iterable)
	if err != nil || !ok {
		return out
	}
	for m := range starlark.Elements(list) {
		if o, ok := m.(starlark.HasAttrs); ok {
			if name, err := o.Attr("name"); err == nil {
				if s, ok := starlark.AsString(name); ok {
					out[s] = m
				}
			}
		}
	}
	return out
}

func (s *session) variables(p *stop, r *godap.VariablesRequest) {
	c := p.refs[r.Arguments.VariablesReference]
	if c == nil {
		s.fail(&r.Request, "the variable does not exist any more")
		return
	}
	all := c.children(r.Arguments.Filter)
	from := min(max(0, r.Arguments.Start), len(all))
	to := len(all)
	if r.Arguments.Count > 0 {
		to = min(to, from+r.Arguments.Count)
	}
	list := []godap.Variable{}
	for _, v := range all[from:to] {
		list = append(list, s.variable(p, v))
	}
	s.respond(&r.Request, &godap.VariablesResponse{Body: godap.VariablesResponseBody{Variables: list}})
}

func (s *session) variable(p *stop, c child) godap.Variable {
	v := godap.Variable{Name: c.name, Value: brief(c.value), Type: script.TypeName(c.value), EvaluateName: c.expr}
	v.VariablesReference, v.NamedVariables, v.IndexedVariables = s.expandable(p, c.value, c.expr)
	return v
}

func (s *session) expandable(p *stop, v starlark.Value, expr string) (ref, named, indexed int) {
	c := parts(v, expr)
	if c == nil {
		return 0, 0, 0
	}
	named, indexed = c.count()
	if named+indexed == 0 {
		return 0, 0, 0
	}
	return s.ref(p, c), named, indexed
}

func (s *session) ref(p *stop, c container) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastRef++
	p.refs[s.lastRef] = c
	return s.lastRef
}

// evaluate runs a typed or watched expression in a frame.
func (s *session) evaluate(ctx context.Context, p *stop, r *godap.EvaluateRequest) {
	f, ok := p.frame(r.Arguments.FrameId)
	if !ok {
		s.fail(&r.Request, "there is no such frame")
		return
	}
	text := strings.TrimSpace(r.Arguments.Expression)
	if r.Arguments.Context == "hover" && strings.Contains(text, "(") {
		s.fail(&r.Request, "a hover does not make calls")
		return
	}
	v, err := f.Eval(ctx, text)
	if err != nil {
		s.fail(&r.Request, "%s", message(err))
		return
	}
	b := godap.EvaluateResponseBody{}
	if v != nil {
		b.Type = script.TypeName(v)
		b.VariablesReference, b.NamedVariables, b.IndexedVariables = s.expandable(p, v, text)
		switch r.Arguments.Context {
		case "repl", "clipboard":
			b.Result = repl.ShowValue(v, false)
			if v == starlark.None && r.Arguments.Context == "repl" {
				b.Result = ""
			}
		default:
			b.Result = brief(v)
		}
	}
	s.respond(&r.Request, &godap.EvaluateResponse{Body: b})
}

// message returns the message of a failure without the place in the typed text.
func message(err error) string {
	var e *script.Error
	var syntax *script.SyntaxError
	switch {
	case errors.As(err, &e):
		return e.Message
	case errors.As(err, &syntax):
		return strings.Join(syntax.Msgs, "\n")
	}
	return err.Error()
}

func (s *session) completions(p *stop, r *godap.CompletionsRequest) {
	f, ok := p.frame(r.Arguments.FrameId)
	if !ok {
		s.fail(&r.Request, "there is no such frame")
		return
	}
	names := starlark.StringDict{}
	maps.Copy(names, f.Predeclared())
	maps.Copy(names, f.Globals())
	maps.Copy(names, f.Locals)
	text := r.Arguments.Text
	pos := offset(text, r.Arguments.Line-s.client.base, r.Arguments.Column-s.client.base)
	found := repl.CompleteNames(names, text, pos)
	list := []godap.CompletionItem{}
	for _, i := range found.Items {
		list = append(list, godap.CompletionItem{Label: i.Text, Detail: i.Doc, Start: r.Arguments.Column - len(found.Prefix), Length: len(found.Prefix)})
	}
	s.respond(&r.Request, &godap.CompletionsResponse{Body: godap.CompletionsResponseBody{Targets: list}})
}

// offset returns the offset of a line and a column, both from 0, the latter in UTF-16 units. Without a line it uses the
// last one.
func offset(text string, line, column int) int {
	start := 0
	for range max(0, line) {
		n := strings.IndexByte(text[start:], '\n')
		if n < 0 {
			break
		}
		start += n + 1
	}
	units := 0
	for i, r := range text[start:] {
		if units >= column || r == '\n' {
			return start + i
		}
		units++
		if r > 0xffff {
			units++
		}
	}
	return len(text)
}

func (s *session) exceptionInfo(p *stop, r *godap.ExceptionInfoRequest) {
	b := godap.ExceptionInfoResponseBody{}
	switch p.Reason {
	case debugger.AtFailure:
		b.ExceptionId, b.Description, b.BreakMode = p.Err.Class, p.Err.Message, "unhandled"
		var trace []string
		for _, f := range p.Err.Backtrace {
			trace = append(trace, strings.TrimRight(key(f.File, f.Line)+" "+f.Func, " ")+"\n    "+strings.TrimSpace(f.Text))
		}
		b.Details = &godap.ExceptionDetails{Message: p.Err.Message, TypeName: p.Err.Class, StackTrace: strings.Join(trace, "\n")}
	case debugger.AtError:
		b.ExceptionId, b.Description, b.BreakMode = "error", p.Text, "always"
	default:
		s.fail(&r.Request, "nothing has failed")
		return
	}
	s.respond(&r.Request, &godap.ExceptionInfoResponse{Body: b})
}
