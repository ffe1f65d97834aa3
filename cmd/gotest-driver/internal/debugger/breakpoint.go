package debugger

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script"
)

// Breakpoint is a line to stop at.
type Breakpoint struct {
	Line      int
	Condition string // an expression of the script's language; empty: always
	// Hits says at which visits to stop: "5" at the fifth, ">5" (or >=, <, <=) after it, "%5" at every fifth. Only visits
	// at which the condition holds count. Empty: always.
	Hits string
	// Log is a message to write instead of stopping; expressions in braces are replaced by their values.
	Log string

	visits int
}

// CheckHits returns an error if a Breakpoint.Hits is not valid.
func CheckHits(hits string) error {
	_, err := hit(hits, 1)
	return err
}

// hit reports whether to stop at a visit.
func hit(hits string, visit int) (bool, error) {
	hits = strings.TrimSpace(hits)
	if hits == "" {
		return true, nil
	}
	number := strings.TrimLeft(hits, "=<>%")
	op := hits[:len(hits)-len(number)]
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil || n < 1 {
		return false, fmt.Errorf("%q: want a number of visits, such as 5, >5 or %%5", hits)
	}
	switch op {
	case "", "=", "==":
		return visit == n, nil
	case ">":
		return visit > n, nil
	case ">=":
		return visit >= n, nil
	case "<":
		return visit < n, nil
	case "<=":
		return visit <= n, nil
	case "%":
		return visit%n == 0, nil
	}
	return false, fmt.Errorf("%q: want a number of visits, such as 5, >5 or %%5", hits)
}

// SetBreakpoints replaces the breakpoints of a file.
func (d *Debugger) SetBreakpoints(file string, list []Breakpoint) {
	d.mu.Lock()
	defer d.mu.Unlock()
	set := map[int]*Breakpoint{}
	for _, b := range list {
		set[b.Line] = &b
	}
	d.breaks[absolute(file)] = set
}

// Break adds a breakpoint.
func (d *Debugger) Break(file string, line int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	file = absolute(file)
	if d.breaks[file] == nil {
		d.breaks[file] = map[int]*Breakpoint{}
	}
	d.breaks[file][line] = &Breakpoint{Line: line}
}

// breakpoint returns the breakpoint of a place, nil if there is none.
func (d *Debugger) breakpoint(file string, line int) *Breakpoint {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.breaks) == 0 {
		return nil
	}
	return d.breaks[absolute(file)][line]
}

// hits reports whether a thread stops at a breakpoint that it has reached, and what is wrong with its condition.
func (d *Debugger) hits(ctx context.Context, thread *starlark.Thread, b *Breakpoint) (stop bool, problem string) {
	defer d.look(thread)()
	frames := script.Frames(thread)
	if len(frames) == 0 {
		return false, ""
	}
	if b.Condition != "" {
		v, err := frames[0].Eval(ctx, b.Condition)
		switch {
		case err != nil:
			return true, fmt.Sprintf("the breakpoint's condition %s can't be evaluated: %v", b.Condition, err)
		case v == nil:
			return true, fmt.Sprintf("the breakpoint's condition %s is not an expression", b.Condition)
		case !bool(v.Truth()):
			return false, ""
		}
	}
	b.visits++
	ok, err := hit(b.Hits, b.visits)
	if err != nil {
		return true, err.Error()
	}
	if !ok || b.Log == "" {
		return ok, ""
	}
	d.front.Log(frames[0].Source, expand(ctx, frames[0], b.Log))
	return false, ""
}

// expand replaces the expressions in braces.
func expand(ctx context.Context, f script.Frame, text string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		expr, after, closed := strings.Cut(rest, "}")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		if !closed {
			out.WriteString("{" + rest)
			return out.String()
		}
		v, err := f.Eval(ctx, expr)
		switch s, isString := v.(starlark.String); {
		case err != nil:
			fmt.Fprintf(&out, "{%s: %v}", expr, err)
		case isString:
			out.WriteString(string(s))
		case v != nil:
			out.WriteString(v.String())
		}
		text = after
	}
}
