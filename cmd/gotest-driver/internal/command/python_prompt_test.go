package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/internal/ptytest"
)

// pythonScript writes a script.
func pythonScript(t *testing.T, text string) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	file = filepath.Join(dir, "test.py")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, file
}

const examined = `def double(x):
    y = x * 2
    breakpoint()
    return y
n = double(21)
log.info("doubled")
assert n == 43
`

// TestPythonDebug uses Python's debugger at a terminal: at breakpoint(), with Ctrl-C there, and where the script fails.
func TestPythonDebug(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	dir, file := pythonScript(t, examined)
	x := ptytest.Start(t, dir, nil, program(t), "run", "--debug", "--history", "", file)
	x.Expect(`\(Pdb\) $`, soon)
	x.Type("p y + 1\r")
	x.Expect(`43\s+\(Pdb\) $`, soon)
	// Python's own sleep misses a signal that comes just as it begins: many short ones do not.
	x.Type("import time; print('as' + 'leep'); [time.sleep(0.01) for _ in range(10**6)]\r")
	x.Expect(`asleep`, soon) // before it reads again, Python's prompt may miss a signal
	x.Type("\x03")
	x.Expect(`KeyboardInterrupt[\s\S]*\(Pdb\) $`, soon)
	x.Type("where\r")
	x.Expect(`test.py\(5\)<module>\(\)[\s\S]*\(Pdb\) $`, soon)
	x.Type("continue\r")
	x.Expect(`left:  42[\s\S]*The script has failed; the machines are up[\s\S]*\(Pdb\) $`, soon)
	x.Type("p n, driver.name\r")
	x.Expect(`\(42, 'test'\)\s+\(Pdb\) $`, soon)
	x.Type("quit\r")
	x.Expect(`test failed after`, soon)
	if status := x.Wait(soon); status != exitFailed {
		t.Errorf("exit status %d", status)
	}
}

// TestPythonPrompt uses Python's prompt: test_script() runs the script, whose names can be used afterwards.
func TestPythonPrompt(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	dir, file := pythonScript(t, "n = 42\nprint('the script runs')\n")
	x := ptytest.Start(t, dir, nil, program(t), "run", "--interactive", "--history", filepath.Join(dir, "history"), file)
	x.Expect(`>>> $`, soon)
	x.Type("test_script()\r")
	x.Expect(`the script runs\s+>>> $`, soon)
	x.Type("n + len(machines)\r")
	x.Expect(`42\s+>>> $`, soon)
	x.Type("1 / 0\r")
	x.Expect(`ZeroDivisionError[\s\S]*>>> $`, soon)
	x.Type("\x04")
	if status := x.Wait(soon); status != exitPassed {
		t.Errorf("exit status %d", status)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "history-python")); err != nil || !strings.Contains(string(text), "n + len(machines)") {
		t.Errorf("the history is %q (%v)", text, err)
	}
}

// TestPythonPromptOfPipe runs statements without a terminal.
func TestPythonPromptOfPipe(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	dir, file := pythonScript(t, "n = 42\n")
	c := exec.Command(program(t), "run", "--interactive", "--history", "", file)
	c.Dir, c.Stdin = dir, strings.NewReader("test_script()\nprint(n + 1)\n")
	out, err := c.Output()
	if err != nil || !strings.Contains(string(out), "43\n") {
		t.Errorf("%v: %s", err, out)
	}
	for input, want := range map[string]int{
		"test_script()\ntest_script()\n": exitPassed, "1 / 0\nprint('on')\n": exitFailed, "for n in range(2):\n  print(n)": exitPassed, "print(1": exitFailed,
		"raise SystemExit(3)\n": exitFailed, "exit()\n1 / 0\n": exitPassed,
	} {
		put(t, file, "m = create_machine(name='m', guest='tiny')\n")
		c := exec.Command(program(t), "run", "--interactive", "--history", "", file)
		c.Dir, c.Stdin = dir, strings.NewReader(input)
		if out, _ := c.CombinedOutput(); c.ProcessState.ExitCode() != want {
			t.Errorf("%q ends with %s:\n%s", input, c.ProcessState, out)
		}
	}
}

// TestPythonFromPipe runs a script from a pipe, which can be read only once.
func TestPythonFromPipe(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	c := exec.Command(program(t), "run", "/dev/stdin")
	c.Dir, c.Stdin = t.TempDir(), strings.NewReader("import os\nassert os.sep == '|'\n")
	if out, _ := c.CombinedOutput(); c.ProcessState.ExitCode() != exitFailed || !strings.Contains(string(out), "left:  '/'") {
		t.Errorf("%s\n%s", c.ProcessState, out)
	}
	c = exec.Command(program(t), "run", "--run", "a", "/dev/stdin")
	c.Dir, c.Stdin = t.TempDir(), strings.NewReader("import os\n")
	if out, _ := c.CombinedOutput(); c.ProcessState.ExitCode() != ExitUsage || !strings.Contains(string(out), "runs as a whole") {
		t.Errorf("%s\n%s", c.ProcessState, out)
	}
}

// TestPythonWatch runs a script again when it or a module beside it changes, also in the middle of a run.
func TestPythonWatch(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	dir, file := pythonScript(t, "from helper import word\nprint('said ' + word)\n")
	helper := filepath.Join(dir, "helper.py")
	put(t, helper, "word = 'one'\n")
	const idle = `watching helper\.py, test\.py\..*Ctrl-C ends\.\n`
	x := ptytest.Start(t, dir, nil, program(t), "run", "--watch", "test.py")
	x.Expect(`(?s)said one.*test script finished.*`+idle, soon)
	save(t, helper, "word = 'two'\n")
	x.Expect(`(?s)helper.py changed.*said two.*`+idle, soon)
	save(t, file, "import helper\nprint(helper.word, nowhere)\n")
	x.Expect(`(?s)test.py changed.*there is no name nowhere.*`+idle, soon)
	save(t, file, "import helper, time\nprint('asleep')\ntime.sleep(1000)\n")
	x.Expect(`asleep`, soon)
	save(t, helper, "word = 'three'\n")
	x.Expect(`(?s)helper.py changed.*asleep`, soon)
	x.Type("\x03")
	x.Expect(`(?s)interrupted.*`+idle, soon)
	x.Type("\x03")
	if status := x.Wait(soon); status != exitInterrupted {
		t.Errorf("exit status %d", status)
	}
}
