package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/debugger"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
)

const debugHelp = `where             the frames, innermost last
up, down          go to the frame that called this one, and back
locals            the variables of the frame
list              the lines around
step, next        continue to the next line, into functions or over them
finish            continue until this function returns
continue          continue
break FILE:LINE   stop there (break LINE: in this file)
watch NAME        stop when this variable changes; a second time: don't
quit              end the script
Anything else is a statement to run in the frame, with its variables and all machines.`

// Debug is the debugger's front end at a prompt. It implements debugger.Frontend.
type Debug struct {
	Console *Console
	Context context.Context // of the run
	// Debugger takes breakpoints; set before the run.
	Debugger *debugger.Debugger
}

// prompter is one stop.
type prompter struct {
	*Debug
	stop  *debugger.Stop
	frame int
}

// Stopped runs the prompt.
func (d *Debug) Stopped(s *debugger.Stop) (action debugger.Action) {
	_ = d.Console.Quiet(func() error {
		p := &prompter{Debug: d, stop: s}
		action = p.loop()
		return nil
	})
	return action
}

// Log writes the message of a breakpoint.
func (d *Debug) Log(_ report.Source, text string) { d.Console.Println(report.CleanLines(text)) }

func (p *prompter) loop() debugger.Action {
	p.Console.showPictures()
	p.greet()
	for {
		text, err := p.Console.Editor.Read(p.Context, "(debug) ", p.complete)
		switch {
		case errors.Is(err, ErrInterrupt):
			continue
		case errors.Is(err, io.EOF):
			fmt.Fprintln(p.Console.Out)
			return debugger.Continue
		case err != nil:
			return debugger.Quit
		}
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if action, over := p.command(text); over {
			return action
		}
	}
}

func (p *prompter) greet() {
	out := p.Console.Out
	switch p.stop.Reason {
	case debugger.AtFailure:
		fmt.Fprintln(out, ShowError(p.stop.Err, p.Console.Color))
		fmt.Fprintln(out, "The script has failed; the machines are up. `help` lists the commands, `continue` ends the run.")
	case debugger.AtWatch:
		fmt.Fprintf(out, "stopped: %s\n", p.stop.Text)
	default:
		fmt.Fprintf(out, "stopped: %s\n", p.stop.Reason)
		if p.stop.Text != "" {
			fmt.Fprintln(out, p.stop.Text)
		}
	}
	p.here()
}

func (p *prompter) current() (script.Frame, bool) {
	if p.frame < len(p.stop.Frames) {
		return p.stop.Frames[p.frame], true
	}
	return script.Frame{}, false
}

// here prints the place of the frame.
func (p *prompter) here() {
	f, ok := p.current()
	if !ok {
		return
	}
	fmt.Fprintf(p.Console.Out, "%s\n-> %s\n", place(f.Source), strings.TrimSpace(f.Source.Text))
}

func (p *prompter) complete(text string, pos int) Proposals {
	f, _ := p.current()
	return CompleteNames(f.Locals, text, pos)
}

// command executes a command; over reports whether the script continues.
func (p *prompter) command(text string) (action debugger.Action, over bool) {
	word, arg, _ := strings.Cut(text, " ")
	arg = strings.TrimSpace(arg)
	out := p.Console.Out
	if arg == "" {
		switch word {
		case "continue", "c":
			return debugger.Continue, true
		case "step", "s":
			return debugger.Step, true
		case "next", "n":
			return debugger.Next, true
		case "finish":
			return debugger.Finish, true
		case "quit", "q":
			return debugger.Quit, true
		case "where", "w", "bt":
			for i := len(p.stop.Frames) - 1; i >= 0; i-- {
				sign := "   "
				if i == p.frame {
					sign = "-> "
				}
				f := p.stop.Frames[i]
				fmt.Fprintf(out, "%s%s\n       %s\n", sign, place(f.Source), strings.TrimSpace(f.Source.Text))
			}
			return 0, false
		case "up", "down":
			to := p.frame + 1
			if word == "down" {
				to = p.frame - 1
			}
			if to < 0 || to >= len(p.stop.Frames) {
				fmt.Fprintf(out, "there is no frame further %s\n", word)
				return 0, false
			}
			p.frame = to
			p.here()
			return 0, false
		case "locals":
			p.locals()
			return 0, false
		case "list", "l":
			p.list()
			return 0, false
		case "help", "h":
			fmt.Fprintln(out, debugHelp)
			return 0, false
		}
	}
	switch {
	case (word == "break" || word == "b") && arg != "":
		p.setBreak(arg)
	case word == "watch" && arg != "":
		if p.Debugger.Watch(arg) {
			fmt.Fprintf(out, "stops when %s changes\n", arg)
		} else {
			fmt.Fprintf(out, "%s is no longer watched\n", arg)
		}
	default:
		p.eval(text)
		p.Console.showPictures()
	}
	return 0, false
}

// locals shows the frame's variables, at the top level those of the script.
func (p *prompter) locals() {
	f, ok := p.current()
	if !ok {
		return
	}
	for _, name := range f.Locals.Keys() {
		fmt.Fprintf(p.Console.Out, "%s = %s\n", name, shorten(ShowValue(f.Locals[name], false), 500))
	}
}

func (p *prompter) list() {
	f, ok := p.current()
	if !ok {
		return
	}
	text, err := os.ReadFile(f.Source.File)
	if err != nil {
		fmt.Fprintln(p.Console.Out, err)
		return
	}
	lines := strings.Split(string(text), "\n")
	for n := max(1, f.Source.Line-5); n <= min(len(lines), f.Source.Line+5); n++ {
		sign := "   "
		if n == f.Source.Line {
			sign = "-> "
		}
		fmt.Fprintf(p.Console.Out, "%s%4d  %s\n", sign, n, lines[n-1])
	}
}

func (p *prompter) setBreak(arg string) {
	file, number, ok := cutLast(arg, ":")
	if !ok {
		number = arg
		if f, ok := p.current(); ok {
			file = f.Source.File
		}
	} else if f, ok := p.current(); ok && !filepath.IsAbs(file) {
		if beside := filepath.Join(filepath.Dir(f.Source.File), file); exists(beside) && !exists(file) {
			file = beside
		}
	}
	line, err := strconv.Atoi(number)
	if err != nil || line < 1 {
		fmt.Fprintln(p.Console.Out, "break: give FILE:LINE or LINE")
		return
	}
	p.Debugger.Break(file, line)
	fmt.Fprintf(p.Console.Out, "stops at %s:%d\n", file, line)
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// eval runs a statement in the frame.
func (p *prompter) eval(text string) {
	f, ok := p.current()
	if !ok {
		fmt.Fprintln(p.Console.Out, "there is no frame of the script")
		return
	}
	var v starlark.Value
	err := p.Console.Busy(p.Context, func(ctx context.Context) (err error) {
		v, err = f.Eval(ctx, text)
		return err
	})
	switch {
	case err != nil:
		fmt.Fprintln(p.Console.Out, ShowError(err, p.Console.Color))
	case v != nil && v != starlark.None:
		fmt.Fprintln(p.Console.Out, ShowValue(v, p.Console.Color))
	}
}
