package command

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/gotest-driver/gotest-driver/internal/ptytest"
)

// TestRunInteractive works with a script at the prompt: it interrupts the script's boot, uses its names, and makes the
// whole run.
func TestRunInteractive(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a guest")
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "test.star"), `server = create_machine(guest = "tiny", name = "server")
print("pid=" + str(server.pid))

def greet(name):
    return server.succeed("echo hello " + name)

def test_greeting():
    """It greets"""
    t.assertEqual(greet("you"), "hello you\n")
    if server.execute("test -e /end")[0] == 0:
        server.shutdown()
`)
	x := ptytest.Start(t, dir, nil, program(t), "run", "--interactive", "--history", "", "test.star")
	x.Expect(`(?s)test_script\(\) runs test.star.*`+prompt, soon)
	x.Type("test_script()\r")
	x.Expect(`waiting for the VM to finish booting`, boot)
	x.Type("\x03")
	x.Expect(`(?s)interrupted \(Ctrl-C\).*`+prompt, soon)

	x.Type("test_script()\r")
	x.Expect(`(?s)pid=[1-9][0-9]*\n.*✓ It greets.*`+prompt, boot)
	x.Type("greet('me')\r")
	x.Expect(`(?s)"hello me\\n"\n.*`+prompt, soon)
	x.Type("test_scr\t")
	x.Expect(`test_script`, soon)
	x.Type("\x03")
	x.Expect(prompt, soon)

	// The serial console, both ways.
	x.Type("server.execute('(while [ ! -s /tmp/typed ]; do echo from the console; sleep 1; done & head -n 1 >/tmp/typed) </dev/ttyS0 >/dev/ttyS0 2>&1 &', check_output = False)\r")
	x.Expect(`(?s)\n\(-2, ""\)\n.*`+prompt, soon)
	x.Type("server.console_interact()\r")
	x.Expect(`(?s)Ctrl-\] comes back.*from the console`, soon)
	x.Type("typed by hand\r")
	x.Expect(`typed by hand`, soon) // the guest's echo
	x.Type("\x1d")
	x.Expect(prompt, soon)
	x.Type("server.wait_until_succeeds('grep . /tmp/typed', timeout = 50)\r")
	x.Expect(`(?s)"typed by hand\\n"\n.*`+prompt, soon)

	// Without shutdown the whole run would wait for the end of the machine, so the script powers it off.
	x.Type("server.succeed('touch /end')\r")
	x.Expect(`(?s)must succeed.*`+prompt, soon)
	x.Type("run_tests()\r")
	x.Expect(`(?s)✓ It greets.*`+prompt, boot)
	x.Type("server.booted\r")
	x.Expect(`(?s)False\n.*`+prompt, soon)
	x.Type("\x04")
	if st := x.Wait(soon); st != exitPassed {
		t.Errorf("exit status %d", st)
	}
	noProcess(t, x)
	if pids := regexp.MustCompile(`pid=[1-9][0-9]*`).FindAllString(x.Raw(), -1); len(pids) < 2 || pids[0] != pids[len(pids)-1] {
		t.Errorf("the machine was not the same all the time: %q", pids)
	}
}

// TestContainerShell uses a terminal in a container.
func TestContainerShell(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a container")
	}
	if os.Getuid() != 0 {
		t.Skip("containers need root")
	}
	x := ptytest.Start(t, t.TempDir(), nil, program(t), "repl", "--history", "")
	x.Expect(prompt, soon)
	x.Type("box = create_machine(container = 'container', name = 'box')\r")
	x.Expect(prompt, boot)
	const guest = `root@box:~# $`
	x.Type("box.shell_interact()\r")
	x.Expect(guest, boot)
	x.Type("tty\r")
	x.Expect(`(?s)\n/dev/pts/[0-9]+\n.*`+guest, soon)
	followsSize(x, guest)
	sleeps(x)
	x.Type("\x03")
	x.Expect(guest, soon)
	x.Type("\x04")
	x.Expect(prompt, soon)
	x.Type("box.succeed('echo still usable')\r")
	x.Expect(`(?s)"still usable\\n"\n.*`+prompt, soon)
	x.Type("box.console_interact()\r")
	x.Expect(`(?s)console_interact is not possible on a systemd-nspawn machine.*`+prompt, soon)
	x.Type("\x04")
	if st := x.Wait(soon); st != exitPassed {
		t.Errorf("exit status %d", st)
	}
}
