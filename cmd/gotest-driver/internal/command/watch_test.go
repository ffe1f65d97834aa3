package command

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/ptytest"
)

// save writes a file as many editors do: it replaces the file by a new one.
func save(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file+"~", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+"~", file); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// noProcess fails the test if a process of a machine, whose id the terminal has shown, still runs.
func noProcess(t *testing.T, x *ptytest.Terminal) {
	t.Helper()
	found := regexp.MustCompile(`pid=([0-9]+)`).FindAllStringSubmatch(x.Raw(), -1)
	if len(found) == 0 {
		t.Error("no process was shown")
	}
	for _, m := range found {
		pid, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		if syscall.Kill(pid, 0) == nil {
			t.Errorf("the machine's process %d is still there", pid)
		}
	}
}

func TestRunWatch(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a guest")
	}
	dir := t.TempDir()
	file, helpers := filepath.Join(dir, "test.star"), filepath.Join(dir, "helpers.star")
	const head = "load(\"helpers.star\", \"word\")\nkeep_machines = True\nserver = create_machine(guest = \"tiny\", name = \"server\")\n"
	const say = "print(\"pid=\" + str(server.pid), \"said \" + server.succeed(\"echo \" + word))\n"
	put(t, helpers, "word = \"one\"\n")
	put(t, file, head+"server.succeed(\"touch /mark\")\n"+say)
	const idle = `watching helpers\.star, test\.star; still up: server\..*Ctrl-C ends\.\n`
	x := ptytest.Start(t, dir, nil, program(t), "run", "--watch", "test.star")
	x.Expect(`(?s)said one.*test script finished.*`+idle, boot)
	first := regexp.MustCompile(`pid=[0-9]+`).FindString(x.Raw())

	// The time that the user waits after an edit, without the script's own time. The best of three counts, because the machine may be busy.
	finished := regexp.MustCompile(`test script finished in ([0-9.]+)s`)
	best := time.Hour
	for _, word := range []string{"two", "three", "four"} {
		save(t, helpers, "word = \""+word+"\"\n")
		edit := time.Now()
		shown := x.Expect(`(?s)helpers.star changed.*said `+word+`.*test script finished in [0-9.]+s.*`+idle, soon)
		took := time.Since(edit)
		own, err := strconv.ParseFloat(finished.FindStringSubmatch(shown)[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		best = min(best, took-time.Duration(own*float64(time.Second)))
	}
	t.Logf("a second result came %s after the edit, beside the script's own time", best.Round(time.Millisecond))

	save(t, file, head+"server.succeed(\"test -e /mark\")\nserver.succed(\"true\")\n"+say)
	shown := x.Expect(`(?s)test.star changed.*no attribute or method .succed.*did you mean .succeed.*`+idle, soon)
	if strings.Contains(shown, "said") {
		t.Errorf("a script with an error has run:\n%s", shown)
	}
	if n := strings.Count(x.Raw(), "\a"); n != 1 {
		t.Errorf("%d bells, want 1 for the change from passed to not run", n)
	}

	save(t, file, head+"server.succeed(\"test -e /mark\")\nserver.succeed(\"true\")\n"+say)
	x.Expect(`(?s)said four.*`+idle, soon)
	save(t, file, head+"server.fail(\"test -e /mark\")\n")
	x.Expect(`(?s)test failed.*`+idle, soon)
	if n := strings.Count(x.Raw(), "\a"); n != 3 {
		t.Errorf("%d bells, want 3", n)
	}

	save(t, file, head+"server.succeed(\"sleep 1000\")\n")
	x.Expect(`must succeed: sleep 1000`, soon)
	save(t, file, head+say)
	x.Expect(`(?s)test.star changed.*said four.*`+idle, soon)
	save(t, file, head+"server.succeed(\"sleep 1000\")\n")
	x.Expect(`must succeed: sleep 1000`, soon)
	x.Type("\x03")
	x.Expect(`(?s)interrupted.*`+idle, soon)
	save(t, file, head+say)
	x.Expect(`(?s)said four.*`+idle, soon)
	x.Type("\r")
	x.Expect(`(?s)run again.*said four.*`+idle, soon)
	for _, pid := range regexp.MustCompile(`pid=[0-9]+`).FindAllString(x.Raw(), -1) {
		if pid != first {
			t.Errorf("the machine was started again: %s, before %s", pid, first)
		}
	}

	x.Type("\x03")
	if st := x.Wait(soon); st != exitInterrupted {
		t.Errorf("exit status %d, want %d", st, exitInterrupted)
	}
	noProcess(t, x)
}

// Without keep_machines each run has new machines; the script is in Python.
func TestRunWatchAnew(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a guest twice")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "test.py")
	text := "server = create_machine(guest=\"tiny\", name=\"server\")\nserver.succeed(\"test ! -e /mark\", \"touch /mark\")\nprint(f\"pid={server.pid} one\")\n"
	save(t, file, text)
	x := ptytest.Start(t, dir, nil, program(t), "run", "--watch", "--no-clear", "test.py")
	const idle = `watching test\.py\..*Ctrl-C ends\.\n`
	x.Expect(`(?s)one.*test script finished.*`+idle, boot)
	save(t, file, text+"await server\n")
	x.Expect(`(?s)test.py:4.*outside function.*`+idle, soon)
	save(t, file, text+"server.succeed(1)\n")
	x.Expect(`(?s)test.py:4.*error: .*`+idle, soon)
	save(t, file, strings.ReplaceAll(text, "one", "two"))
	x.Expect(`(?s)two.*test script finished.*`+idle, boot)
	noProcess(t, x)

	save(t, file, "import time\n"+text+"time.sleep(1000)\n")
	x.Expect(`starting vm`, soon)
	x.Type("\x03")
	x.Expect(`(?s)interrupted.*`+idle, soon)
	x.Type("\x04")
	if st := x.Wait(soon); st != exitPassed {
		t.Errorf("exit status %d, want 0", st)
	}
	if strings.Contains(x.Raw(), "\x1b[2J") {
		t.Error("the screen was cleared")
	}
}
