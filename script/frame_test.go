package script

import (
	"context"
	"fmt"
	"testing"

	"go.starlark.net/starlark"
)

func TestPostMortem(t *testing.T) {
	const src = `
top = 100
def outer(a):
    b = [1, 2]
    def inner(c):
        d = c + a
        return %s
    return inner(10) + b[0]
def main():
    return outer(5)
parallel([main])
`
	for name, failing := range map[string]string{"interpreter": "d // 0", "builtin": "server.succeed(\"false\")"} {
		var values []string
		var inCallback string
		e := run(t, fmt.Sprintf(src, failing), func(o *Options) {
			o.PostMortem = true
			o.OnFailure = func(ctx context.Context, e *Error) {
				v, err := e.Frames[0].Eval(ctx, "server.succeed(str(c + d + top))")
				inCallback = fmt.Sprint(v, err)
			}
		}).failure(t)
		for _, f := range e.Frames {
			values = append(values, fmt.Sprintf("%s:%d", f.Source.Func, f.Source.Line))
		}
		if got := fmt.Sprint(values); got != "[inner:7 outer:8 main:10 :11]" {
			t.Fatalf("%s: frames %s", name, got)
		}
		if inCallback != `"125"<nil>` {
			t.Errorf("%s: in OnFailure: %s", name, inCallback)
		}
		for i, c := range []struct{ src, want string }{{"d", "15"}, {"a + b[1]", "7"}, {"outer", "<function outer>"}, {"top", "100"}} {
			v, err := e.Frames[i].Eval(t.Context(), c.src)
			if err != nil || v.String() != c.want {
				t.Errorf("%s: %s in frame %d: %v, %v", name, c.src, i, v, err)
			}
		}
		if _, err := e.Frames[0].Eval(t.Context(), "b = 1 // 0"); err == nil {
			t.Error("a failing statement was accepted")
		}
	}
}

func TestOnStepAndOnCallErrorSeeTheFrames(t *testing.T) {
	lines := map[int]bool{}
	var atError string
	run(t, "def f(x):\n    y = x\n    server.succeed('false')\nf(1)", func(o *Options) {
		o.OnStep = func(thread *starlark.Thread) { lines[Frames(thread)[0].Source.Line] = true }
		o.OnCallError = func(thread *starlark.Thread, err error) {
			f := Frames(thread)[0]
			v, _ := f.Eval(context.Background(), "x + y")
			atError = fmt.Sprint(f.Source.Line, v, err)
		}
	})
	if len(lines) != 4 || atError != "3 2 command `false` failed (exit status 1)" {
		t.Errorf("%v %s", lines, atError)
	}
}
