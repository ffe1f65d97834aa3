package dap

import (
	"fmt"
	"path/filepath"
	"sort"
	"strings"

	godap "github.com/google/go-dap"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/debugger"
)

// The filters of exception breakpoints.
const (
	filterFailures = "failures"
	filterErrors   = "errors"
)

func absolute(file string) string {
	if abs, err := filepath.Abs(file); err == nil {
		return abs
	}
	return file
}

func key(file string, line int) string { return fmt.Sprintf("%s:%d", absolute(file), line) }

// setBreakpoints replaces the breakpoints of a file. One on a line without a statement moves to the next statement.
func (s *session) setBreakpoints(r *godap.SetBreakpointsRequest) {
	file := absolute(r.Arguments.Source.Path)
	lines, err := s.o.Lines(file)
	var set []debugger.Breakpoint
	out := make([]godap.Breakpoint, len(r.Arguments.Breakpoints))
	source := godap.Source{Name: filepath.Base(file), Path: file}
	s.mu.Lock()
	for k := range s.breakpoints {
		if strings.HasPrefix(k, file+":") {
			delete(s.breakpoints, k)
		}
	}
	s.mu.Unlock()
	for i, b := range r.Arguments.Breakpoints {
		line := b.Line + 1 - s.client.base
		s.lastID++
		out[i] = godap.Breakpoint{Id: s.lastID, Line: b.Line, Source: &source}
		switch at := sort.SearchInts(lines, line); {
		case err != nil:
			out[i].Message = err.Error()
			continue
		case at == len(lines):
			out[i].Message = "no statement follows"
			continue
		default:
			line = lines[at]
		}
		if err := debugger.CheckHits(b.HitCondition); err != nil {
			out[i].Message = "hit condition " + err.Error()
			continue
		}
		out[i].Verified, out[i].Line = true, line-1+s.client.base
		set = append(set, debugger.Breakpoint{Line: line, Condition: b.Condition, Hits: b.HitCondition, Log: b.LogMessage})
		s.mu.Lock()
		s.breakpoints[key(file, line)] = s.lastID
		s.mu.Unlock()
	}
	s.debug.SetBreakpoints(file, set)
	s.respond(&r.Request, &godap.SetBreakpointsResponse{Body: godap.SetBreakpointsResponseBody{Breakpoints: out}})
}

func (s *session) breakpointLocations(r *godap.BreakpointLocationsRequest) {
	out := []godap.BreakpointLocation{}
	if r.Arguments != nil {
		lines, err := s.o.Lines(absolute(r.Arguments.Source.Path))
		if err != nil {
			s.fail(&r.Request, "%v", err)
			return
		}
		last := max(r.Arguments.Line, r.Arguments.EndLine)
		for _, l := range lines {
			if n := l - 1 + s.client.base; n >= r.Arguments.Line && n <= last {
				out = append(out, godap.BreakpointLocation{Line: n})
			}
		}
	}
	s.respond(&r.Request, &godap.BreakpointLocationsResponse{Body: godap.BreakpointLocationsResponseBody{Breakpoints: out}})
}

func (s *session) setExceptionBreakpoints(r *godap.SetExceptionBreakpointsRequest) {
	var failures, errors bool
	for _, f := range r.Arguments.Filters {
		failures = failures || f == filterFailures
		errors = errors || f == filterErrors
	}
	s.debug.StopAt(failures, errors)
	s.respond(&r.Request, &godap.SetExceptionBreakpointsResponse{})
}

// dataBreakpointInfo reports which variables can be watched: those of scopes, by name.
func (s *session) dataBreakpointInfo(r *godap.DataBreakpointInfoRequest) {
	s.ask(func(p *stop) (debugger.Action, bool) {
		b := godap.DataBreakpointInfoResponseBody{Description: "only variables can be watched, not parts of values"}
		var c container
		if p != nil {
			c = p.refs[r.Arguments.VariablesReference]
		}
		if _, scope := c.(scope); scope || r.Arguments.VariablesReference == 0 && isName(r.Arguments.Name) {
			b = godap.DataBreakpointInfoResponseBody{DataId: r.Arguments.Name, Description: r.Arguments.Name, AccessTypes: []godap.DataBreakpointAccessType{"write"}}
		}
		s.respond(&r.Request, &godap.DataBreakpointInfoResponse{Body: b})
		return 0, false
	})
}

func (s *session) setDataBreakpoints(r *godap.SetDataBreakpointsRequest) {
	var names []string
	out := []godap.Breakpoint{}
	for _, b := range r.Arguments.Breakpoints {
		s.lastID++
		names = append(names, b.DataId)
		out = append(out, godap.Breakpoint{Id: s.lastID, Verified: true})
	}
	s.debug.SetWatches(names)
	s.respond(&r.Request, &godap.SetDataBreakpointsResponse{Body: godap.SetDataBreakpointsResponseBody{Breakpoints: out}})
}

func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == ""
}
