package shell

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestCommands(t *testing.T) {
	big := strings.Repeat("x", 300<<10)
	// A test under nohup ignores SIGHUP, and so do its child processes.
	signals, err := exec.Command("sh", "-c", "grep -E 'Sig(Blk|Ign)' /proc/self/status | tr -d '\\n\\t'").Output()
	if err != nil {
		t.Fatal(err)
	}
	ignored, err := exec.Command("bash", "-c", "trap").Output()
	if err != nil {
		t.Fatal(err)
	}
	modes(t, func(t *testing.T, s *Session) {
		for _, c := range []struct {
			script string
			status int
			out    string
		}{
			{"echo hi", 0, "hi\n"},
			{"exit 42", 42, ""},
			{"", 0, ""},
			{"printf 'a\\0b\\xff\\xfe'", 0, "a\x00b\xff\xfe"},
			{"false; echo no", 1, ""},
			{"echo $undefined", 1, ""},
			{"false | true; echo no", 1, ""},
			{"echo yes; if true", 2, ""},
			{"kill -9 $$", 137, ""},
			{"[[ $$ == $BASHPID ]] && echo $BASH_SUBSHELL $0 $# ${-/c/}", 0, "0 bash 0 ehuB\n"},
			{"trap; jobs; alias; declare -F; (echo $BASH_SUBSHELL)", 0, string(ignored) + "1\n"},
			{"trap 'echo trapped' INT PIPE; kill -INT $$; kill -PIPE $$", 0, "trapped\ntrapped\n"},
			{"coproc { echo co; }; read -r x <&${COPROC[0]}; echo $x", 0, "co\n"},
			{"(( SECONDS < 60 )); kill -0 $PPID; wait; bash -c 'echo $PPID' | grep -c \"^$$\\$\"", 0, "1\n"},
			{"cat; echo end", 0, "end\n"},
			{"echo a # comment", 0, "a\n"},
			{"cat <<X\na\tb\\n\rc\x7f\x01\xc3\xa4\xff\nX\n", 0, "a\tb\\n\rc\x7f\x01\xc3\xa4\xff\n"},
			{"x=" + big + "; echo ${#x}", 0, "307200\n"},
			{"exec echo replaced", 0, "replaced\n"},
			{"trap 'echo bye' EXIT; echo hi", 0, "hi\nbye\n"},
			{"echo out; echo 3 >/dev/stdout", 0, "out\n3\n"},
			{"ls -l /proc/self/fd | grep -cE 'socket|/(29|3[0-9]) ->'", 1, "0\n"},
			{"grep -E 'Sig(Blk|Ign)' /proc/self/status | tr -d '\\n\\t'", 0, string(signals)},
			{"declare -p n i s M N T F 2>/dev/null | wc -l", 1, "0\n"},
		} {
			out, res, err := s.Output(testContext(t), Command{Script: c.script})
			if err != nil || res.Status != c.status || string(out) != c.out || res.Bytes != int64(len(c.out)) {
				t.Errorf("%.60q: got %+v, %q, %v; want %d, %q", c.script, res, out, err, c.status, c.out)
			}
			if s.Err() != nil {
				t.Fatal(s.Err())
			}
		}
	})
}

func TestTimeoutKeepsTheShellInStep(t *testing.T) {
	modes(t, func(t *testing.T, s *Session) {
		out, res, err := s.Output(testContext(t), Command{Script: "echo before; sleep 100; echo after", Timeout: 1000 * time.Millisecond})
		if err != nil || res.Status != StatusTimeout || !res.TimedOut || string(out) != "before\n" {
			t.Errorf("got %+v, %q, %v", res, out, err)
		}
		ctx, cancel := context.WithTimeout(testContext(t), 100*time.Millisecond)
		defer cancel()
		var cut *CutError
		if _, err = s.Run(ctx, Command{Script: "sleep 100"}); !errors.As(err, &cut) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if out, _, err := s.Output(testContext(t), Command{Script: "echo next"}); err != nil || string(out) != "next\n" {
			t.Errorf("got %q, %v", out, err)
		}
	})
}

func TestStdin(t *testing.T) {
	data := make([]byte, 5<<20+17)
	rand.NewChaCha8([32]byte{1}).Read(data)
	modes(t, func(t *testing.T, s *Session) {
		out, res, err := s.Output(testContext(t), Command{Script: "cat", Stdin: bytes.NewReader(data)})
		if err != nil || res.Status != 0 || !bytes.Equal(out, data) {
			t.Errorf("got %+v, %d bytes, %v", res, len(out), err)
		}
		// A command that does not read is cut too, and the rest of its input is dropped.
		_, res, err = s.Output(testContext(t), Command{Script: "sleep 100", Stdin: bytes.NewReader(data), Timeout: 500 * time.Millisecond})
		if err != nil || res.Status != StatusTimeout {
			t.Errorf("got %+v, %v", res, err)
		}
		out, res, err = s.Output(testContext(t), Command{Script: "head -c 3 | od -An -tx1", Stdin: bytes.NewReader(data)})
		if want := fmt.Sprintf(" %02x %02x %02x\n", data[0], data[1], data[2]); err != nil || string(out) != want {
			t.Errorf("got %+v, %q, %v, want %q", res, out, err, want)
		}
		out, res, err = s.Output(testContext(t), Command{Script: "cat; echo end"})
		if err != nil || string(out) != "end\n" {
			t.Errorf("got %+v, %q, %v", res, out, err)
		}
	})
}

// TestALateKillHitsNobody sends the signal for a command when the bash for the next one already exists, as when the end of
// the command coincides with its timeout.
func TestALateKillHitsNobody(t *testing.T) {
	modes(t, func(t *testing.T, s *Session) {
		for _, signal := range []string{"TERM", "KILL"} {
			pid, _, err := s.Output(testContext(t), Command{Script: "echo $$"})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(300 * time.Millisecond)
			s.post(func() { s.ask("k %d %s %s", s.runs, signal, strings.TrimSpace(string(pid))) })
			time.Sleep(100 * time.Millisecond)
			out, res, err := s.Output(testContext(t), Command{Script: "echo next"})
			if err != nil || string(out) != "next\n" || res.Status != 0 {
				t.Errorf("%s: got %+v, %q, %v", signal, res, out, err)
			}
		}
	})
}

// TestFreshness makes a command search for differences from a fresh bash, for both ways to get one: a forked bash resets
// itself, and, where the file for that can't be executed any more, bash is started.
func TestFreshness(t *testing.T) {
	look := `declare -p | grep -vE ' (_|BASH(_.*|PID)?|EPOCH.*|RANDOM|SRANDOM|SECONDS|LINENO|FUNCNAME|PIPESTATUS)='
		declare -f; set -o; shopt; trap -p; alias; jobs; ulimit -a; umask; pwd; echo "$0" "$#" "$SHLVL" "$LANG" "${LC_ALL-none}" "${-/c/}"
		ls -l /proc/self/fd | sed 's/.*[0-9]:[0-9]* //' | grep -cv "/proc/"
		while read -r line; do [[ $line != Sig[BIC]* ]] || echo "$line"; done </proc/$$/status # a program would see what bash blocks while it starts one
		(( $$ == BASHPID )); kill -0 $PPID; x=ä; echo ${#x}`
	for _, locale := range []string{"", "C.UTF-8"} {
		if locale != "" {
			t.Setenv("LC_ALL", locale)
		}
		modes(t, func(t *testing.T, s *Session) {
			run := func(script string) string {
				t.Helper()
				out, res, err := s.Output(testContext(t), Command{Script: script})
				if err != nil || res.Status != 0 {
					t.Fatalf("%.60q: %q, %+v, %v", script, out, res, err)
				}
				return string(out)
			}
			forked := run(look)
			if locale != "" && !strings.HasSuffix(forked, "\n1\n") {
				t.Errorf("ä has %q characters", forked[len(forked)-4:])
			}
			if strings.TrimSpace(run("[[ -e /proc/$$/fd/255 ]] && echo forked || echo started")) != "forked" {
				t.Skip("this machine's bash can't reset itself")
			}
			run("chmod 600 $(readlink /proc/$$/fd/255)")
			run(":") // its bash already existed
			if how := run("[[ -e /proc/$$/fd/255 ]] && echo forked || echo started"); how != "started\n" {
				t.Fatalf("the file can't be executed, but bash was %s", how)
			}
			if started := run(look); started != forked {
				t.Errorf("forked:\n%s\nstarted:\n%s", forked, started)
			}
		})
	}
}

// TestRefusedOutputEndsTheCommand: a command whose output nobody takes any more does not go on.
func TestRefusedOutputEndsTheCommand(t *testing.T) {
	modes(t, func(t *testing.T, s *Session) {
		full := errors.New("full")
		_, err := s.Run(testContext(t), Command{Script: "echo $$; exec yes", Stdout: writerFunc(func(p []byte) (int, error) { return 0, full })})
		if !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
		if out, _, err := s.Output(testContext(t), Command{Script: "echo next"}); err != nil || string(out) != "next\n" {
			t.Errorf("the next command: %q, %v", out, err)
		}
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
