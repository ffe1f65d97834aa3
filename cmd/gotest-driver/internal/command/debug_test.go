package command

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gotest-driver/gotest-driver/internal/ptytest"
)

const failing = `server = create_machine(guest = "tiny", name = "server")

def check(expected):
    got = server.succeed("echo 1").strip()
    t.assertEqual(expected, got)

total = 0
for i in range(3):
    total += i
debug.breakpoint()
check("2")
`

func TestRunDebug(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a guest")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "test.star")
	if err := os.WriteFile(file, []byte(failing), 0o644); err != nil {
		t.Fatal(err)
	}
	const debug = `\(debug\) $`
	x := ptytest.Start(t, dir, nil, program(t), "run", "--debug", "--history", "", file)
	x.Expect(`(?s)stopped: debug.breakpoint\(\).*test.star:10.*`+debug, soon)
	x.Type("total\r")
	x.Expect(`(?s)3\n.*`+debug, soon)
	x.Type("next\r")
	x.Expect(`(?s)test.star:11.*check\("2"\).*`+debug, soon)
	x.Type("break 5\r")
	x.Expect(`(?s)stops at .*test.star:5.*`+debug, soon)
	x.Type("step\r")
	x.Expect(`(?s)test.star:4 in check.*`+debug, soon)
	x.Type("continue\r")
	x.Expect(`(?s)stopped: breakpoint.*test.star:5 in check.*`+debug, boot)
	x.Type("continue\r")
	x.Expect(`(?s)test failure.*The script has failed.*test.star:5 in check.*`+debug, soon)
	x.Type("locals\r")
	x.Expect(`(?s)expected = "2"\ngot = "1"\n.*`+debug, soon)
	x.Type("server.succeed('echo still here')\r")
	x.Expect(`(?s)"still here\\n"\n.*`+debug, soon)
	x.Type("up\r")
	x.Expect(`(?s)test.star:11.*`+debug, soon)
	x.Type("where\r")
	x.Expect(`(?s)-> .*test.star:11.*test.star:5 in check.*`+debug, soon)
	x.Type("continue\r")
	if st := x.Wait(soon); st != exitFailed {
		t.Errorf("exit status %d, want 1", st)
	}
}
