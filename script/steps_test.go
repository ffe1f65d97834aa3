package script

import (
	"slices"
	"testing"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

const everyStatement = `"""Of a doc string nothing is executed."""
x = 1
y = [
    x,
]; z = 2
def f(n):
    "doc"
    if n:
        return n
    elif n == None:
        pass
    else:
        n = 3
    return n
for i in range(2):
    if i: continue
    x += f(i)
w = (lambda: 5)()
f(1)
`

// This fails when go.starlark.net gives places to instructions in another way; see steps.go.
func TestSteps(t *testing.T) {
	var lines []int
	run(t, everyStatement, func(o *Options) {
		o.OnStep = func(thread *starlark.Thread) {
			if AtStatement(thread) {
				lines = append(lines, int(thread.CallFrame(0).Pos.Line))
			}
		}
	})
	want := []int{2, 3, 5, 6, 15, 16, 17, 8, 10, 13, 14, 16, 18, 19, 8, 9}
	if !slices.Equal(lines, want) {
		t.Errorf("stops at the lines %v, want %v", lines, want)
	}
	all, err := StatementLines("a.star", []byte(everyStatement))
	if want := []int{2, 3, 5, 6, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19}; err != nil || !slices.Equal(all, want) {
		t.Errorf("can stop at the lines %v (%v), want %v", all, err, want)
	}
}

// In a program without marks, no instruction looks like the first one of a statement.
func TestNoStepsWithoutMarks(t *testing.T) {
	thread, instructions := &starlark.Thread{}, 0
	thread.SetMaxExecutionSteps(1)
	thread.OnMaxSteps = func(*starlark.Thread) {
		instructions++
		if AtStatement(thread) {
			t.Errorf("an instruction is at %s", thread.CallFrame(0).Pos)
		}
		thread.SetMaxExecutionSteps(thread.Steps + 1)
	}
	if _, err := starlark.ExecFileOptions(dialect.Options(), thread, "a.star", everyStatement, nil); err != nil {
		t.Fatal(err)
	}
	if instructions < 50 {
		t.Errorf("%d instructions were looked at", instructions)
	}
}
