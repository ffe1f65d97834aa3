package shell

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestLostPrograms: without dd, cat and bash commands still run, and their input and output are whole. The log names each
// program once.
func TestLostPrograms(t *testing.T) {
	data := make([]byte, 300<<10+7)
	rand.NewChaCha8([32]byte{1}).Read(data)
	for _, withData := range []bool{true, false} {
		t.Run(fmt.Sprintf("data=%v", withData), func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range []string{"bash", "cat", "chmod", "dd", "head", "ls", "mkdir", "readlink", "rm", "setsid"} {
				path, err := exec.LookPath(name)
				if err != nil {
					t.Skip(err)
				}
				if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			cat := filepath.Join(dir, "copy") // for the commands
			if path, err := exec.LookPath("cat"); err != nil || os.Symlink(path, cat) != nil {
				t.Fatal(err)
			}
			move := func(from, to string) {
				t.Helper()
				if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("PATH", dir)
			var mu sync.Mutex
			told := map[string]int{}
			s, _ := localShell(t, withData, Options{Logf: func(format string, args ...any) {
				mu.Lock()
				defer mu.Unlock()
				if _, name, ok := strings.Cut(fmt.Sprintf(format, args...), "the guest has no program "); ok {
					name, _, _ = strings.Cut(name, " ")
					told[name]++
				}
			}})
			run := func(what string) {
				t.Helper()
				// Twice: a program that was there for one may be missing for the other.
				for range 2 {
					out, res, err := s.Output(testContext(t), Command{Script: "exec copy", Stdin: bytes.NewReader(data)})
					if err != nil || res.Status != 0 || !bytes.Equal(out, data) {
						t.Fatalf("%s: %+v, %d bytes, %v", what, res, len(out), err)
					}
					if out, res, err := s.Output(testContext(t), Command{Script: "echo $0; exit 3"}); err != nil || res.Status != 3 || string(out) != "bash\n" {
						t.Fatalf("%s: %q, %+v, %v", what, out, res, err)
					}
				}
			}
			run("with all programs")
			move("dd", "away")
			run("without dd")
			move("away", "dd")
			run("with dd again")
			move("cat", "away")
			run("without cat")
			move("away", "cat")
			move("bash", "away")
			run("without bash")
			if _, _, err := s.Output(testContext(t), Command{Script: "[[ -e /proc/$$/fd/255 ]] && chmod 600 $(readlink /proc/$$/fd/255)"}); err != nil {
				t.Fatal(err)
			}
			run("without bash and the file that needs none")
			if !withData { // a given data port can't be used again
				lost := s.Lost()
				s.post(s.workerEnded)
				for s.Lost() == lost {
					time.Sleep(time.Millisecond)
				}
				if err := s.Handshake(testContext(t)); err != nil {
					t.Fatal(err)
				}
				run("with a worker that starts without bash")
			}
			move("away", "bash")
			run("with bash again")
			mu.Lock()
			defer mu.Unlock()
			if got := fmt.Sprint(told); got != `map["bash":1 "cat":1 "dd":1]` && got != `map["bash":2 "cat":1 "dd":1]` { // the second worker tells again
				t.Errorf("the log names %s", got)
			}
		})
	}
}
