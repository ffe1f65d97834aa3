package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/ptytest"
)

const (
	soon = time.Minute       // what needs no boot, on a busy machine
	boot = 300 * time.Second // a boot without KVM on a busy machine
)

// prompt matches the session's prompt at the end of the output.
const prompt = `>>> $`

func TestReplTerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a guest")
	}
	bin := program(t)
	dir := t.TempDir()
	args := []string{"repl", "--guest", "tiny", "--history", filepath.Join(dir, "history")}
	x := ptytest.Start(t, dir, nil, bin, args...)
	x.Expect(prompt, soon)

	x.Type("machine.wa\t")
	x.Expect(`(?s)wait_for_unit .*\(command, timeout=900\)  Repeat a command until.*wait_until_succeeds `, soon)
	x.Type("\x03")
	x.Expect(prompt, soon)
	x.Type("machine.succ\t")
	x.Expect(`machine\.succeed`, soon)
	x.Type("\x03")
	x.Expect(prompt, soon)

	x.Type("def double(n):\r")
	x.Type("    return 2 * n\r\r")
	x.Expect(prompt, soon)
	x.Type("double(21)\r")
	x.Expect(`(?s)\n42\n.*`+prompt, soon)

	x.Type("help(machine.succeed)\r")
	x.Expect(`(?s)Machine\.succeed\(\*commands.*`+prompt, soon)
	x.Type("machine.nope()\r")
	x.Expect(`(?s)no \.nope .*`+prompt, soon)

	x.Type("machine.succeed('echo from the guest')\r")
	x.Expect(`(?s)"from the guest\\n"\n.*`+prompt, boot)
	if !strings.Contains(x.Raw(), "booting") {
		t.Error("no status of the machine was shown while it booted")
	}

	x.Type("machine.succeed('sleep 100')\r")
	x.Expect(`must succeed: sleep 100`, soon)
	x.Type("\x03")
	x.Expect(`(?s)interrupted.*`+prompt, soon) // sooner than the command would end
	x.Type(`machine.wait_until_fails("cat /proc/[0-9]*/cmdline | tr '\\0' '\\n' | grep -x 'slee[p]'", timeout = 50)` + "\r")
	x.Expect(`(?s)\n""\n.*`+prompt, soon)

	shellInteract(x)

	x.Type("\x04")
	if st := x.Wait(soon); st != 0 {
		t.Errorf("exit status %d", st)
	}

	y := ptytest.Start(t, dir, nil, bin, "repl", "--history", filepath.Join(dir, "history"))
	y.Expect(prompt, soon)
	y.Type("\x1b[A\x1b[A")
	y.Expect(`cat /tmp/note`, soon)
	y.Type("\x03")
	y.Expect(prompt, soon)
	y.Type("\x04")
	if st := y.Wait(soon); st != 0 {
		t.Errorf("exit status %d", st)
	}
}

// TestPromptLetters types letters that old terminals sent for keys with Alt, with and without an editor, and a key with
// Alt in the editor.
func TestPromptLetters(t *testing.T) {
	bin := program(t)
	for name, env := range map[string][]string{
		"no locale": {"LANG=", "LC_ALL=", "LC_CTYPE="}, "C.UTF-8": {"LANG=C.UTF-8"}, "dumb": {"TERM=dumb"},
	} {
		t.Run(name, func(t *testing.T) {
			x := ptytest.Start(t, t.TempDir(), env, bin, "repl", "--history", "")
			x.Expect(prompt, soon)
			x.Type(`print("äöüß é ñ Ä")` + "\r")
			x.Expect(`(?s)\näöüß é ñ Ä\n.*`+prompt, soon)
			if name != "dumb" {
				x.Type("'ñ word\x1bbé\x05'\r") // Alt-b: a word back
				x.Expect(`(?s)\n"ñ éword"\n.*`+prompt, soon)
			}
			x.Type("\x04")
			if st := x.Wait(soon); st != 0 {
				t.Errorf("exit status %d", st)
			}
		})
	}
}

func TestReplPipe(t *testing.T) {
	bin := program(t)
	c := exec.Command(bin, "repl")
	c.Dir = t.TempDir()
	c.Stdin = strings.NewReader("x = 20\ndef f(n):\n    # a comment\n\n    return n + x\n\nf(22)\nfail('on purpose')\nfor i in range(2):\n    print(i)\n")
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.Output()
	want := "42\ntest failure: on purpose\n0\n1\n"
	if string(out) != want {
		t.Errorf("got %q, want %q (standard error: %s)", out, want, stderr.String())
	}
	if c.ProcessState.ExitCode() != exitFailed {
		t.Errorf("%v, want exit status 1 for the statement that failed", err)
	}
}

// TestReplExit: each way to leave ends the session, with the status of what failed before.
func TestReplExit(t *testing.T) {
	for input, code := range map[string]int{
		"print(1)\nexit\nprint(2)\n": exitPassed, "print(1)\nquit()\nprint(2)\n": exitPassed, "print(1)\nfail('x')\nexit()\nprint(2)\n": exitFailed,
	} {
		c := exec.Command(program(t), "repl")
		c.Dir = t.TempDir()
		c.Stdin = strings.NewReader(input)
		out, err := c.Output()
		if !strings.HasPrefix(string(out), "1\n") || strings.Contains(string(out), "2") || c.ProcessState.ExitCode() != code {
			t.Errorf("%q: %q, %v", input, out, err)
		}
	}
}

func TestReplFile(t *testing.T) {
	bin := program(t)
	name := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(name, []byte("6 * 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	c := exec.Command(bin, "repl")
	c.Dir, c.Stdin = t.TempDir(), in
	if out, err := c.CombinedOutput(); err != nil || string(out) != "42\n" {
		t.Errorf("got %q, %v", out, err)
	}
}

// followsSize changes the size of the terminal, which programs of the guest's shell must see.
func followsSize(x *ptytest.Terminal, shell string) {
	x.Type("stty size\r")
	x.Expect(`(?s)\n30 100\n.*`+shell, soon)
	x.Resize(120, 40)
	x.Type("until stty size | grep '40 120'; do sleep 0.1; done\r")
	x.Expect(`(?s)40 120\n.*`+shell, soon)
}

// sleeps starts a command in the guest's shell and returns when the command has control of the terminal.
func sleeps(x *ptytest.Terminal) {
	x.Type("sh -c 'echo sleeps now; exec sleep 100'\r")
	x.Expect(`\nsleeps now\n`, soon)
}

// shellInteract uses the guest's shell: prompt, size, job control, vi, and back.
func shellInteract(x *ptytest.Terminal) {
	const guest = `root@tiny:~# $`
	x.Type("machine.shell_interact()\r")
	x.Expect(guest, soon)
	followsSize(x, guest)
	sleeps(x)
	x.Type("\x1a")
	x.Expect(`(?s)Stopped.*`+guest, soon)
	x.Type("kill -9 %1; wait\r")
	x.Expect(guest, soon)

	x.Type("vi /tmp/note\r")
	x.Expect(`(?s)(~\s*){5}.*/tmp/note`, soon)
	x.Type("iwritten in vi\x1b")
	x.Expect(`written in vi`, soon)
	x.Type(":wq\r")
	x.Expect(guest, soon)
	x.Type("\x04")
	x.Expect(prompt, soon)
	x.Type("machine.succeed('cat /tmp/note')\r")
	x.Expect(`(?s)"written in vi\\n"\n.*`+prompt, soon)

	x.Type("machine.console_interact()\r")
	x.Expect(`Ctrl-\] comes back`, soon)
	x.Type("\x1d")
	x.Expect(prompt, soon)
}
