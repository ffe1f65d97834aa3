package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// starts is how often each program is started.
const starts = 21

// A program that does nothing shows what a start costs any Go program on this machine.
const bareProgram = `package main

import "os"

func main() { os.Stdout.WriteString("hello\n") }
`

// commandStarts measures what short commands take from the start of the process to its end: a Go program that does
// nothing in milliseconds, and the driver's commands as multiples of it. They take turns, so that what else the machine
// does troubles all alike.
func commandStarts(binary, dir string) ([]Result, error) {
	bare := filepath.Join(dir, "bare")
	script := filepath.Join(dir, "one.star")
	if err := os.WriteFile(bare+".go", []byte(bareProgram), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(script, []byte("print(1)\n"), 0o600); err != nil {
		return nil, err
	}
	if out, err := exec.Command("go", "build", "-o", bare, bare+".go").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	commands := []struct {
		key  string
		args []string
	}{
		{"bare", []string{bare}},
		{"version", []string{binary, "version"}},
		{"check", []string{binary, "check", script}},
		{"run", []string{binary, "run", "-o", filepath.Join(dir, "out"), script}},
	}
	times := map[string][]float64{}
	for range starts {
		for _, c := range commands {
			began := time.Now()
			if out, err := exec.Command(c.args[0], c.args[1:]...).CombinedOutput(); err != nil {
				return nil, fmt.Errorf("%v: %w\n%s", c.args, err, out)
			}
			times[c.key] = append(times[c.key], time.Since(began).Seconds())
		}
	}
	values := map[string]float64{}
	for key, all := range times {
		slices.Sort(all)
		values[key] = all[len(all)/2]
	}
	for _, c := range commands {
		if n, ok := instructions(c.args); ok {
			values[c.key+"_instructions"] = n
		}
		if c.key != "bare" {
			values[c.key] /= values["bare"]
		}
	}
	return named("", values), nil
}

// counted is what valgrind tells of the instructions that a program has executed.
var counted = regexp.MustCompile(`Collected : ([0-9]+)`)

// instructions counts the instructions of a command, which other work on the machine does not change, where valgrind is
// there.
func instructions(args []string) (float64, bool) {
	if _, err := exec.LookPath("valgrind"); err != nil {
		return 0, false
	}
	cmd := exec.Command("valgrind", append([]string{"--tool=callgrind", "--callgrind-out-file=/dev/null"}, args...)...)
	cmd.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1") // valgrind can't take the signals of Go's scheduler
	out, err := cmd.CombinedOutput()
	m := counted.FindSubmatch(out)
	if err != nil || m == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(string(m[1]), 64)
	return n, err == nil
}
