// Command bench measures the times that a user of gotest-driver waits for (the start, commands, output, waits, copies) and
// the driver's memory, on real guests.
package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Result is a measured figure.
type Result struct {
	Name  string   `json:"name"`
	Guest string   `json:"guest,omitempty"`
	QEMU  string   `json:"qemu,omitempty"` // its version
	Value float64  `json:"value"`
	Unit  string   `json:"unit"`
	Peer  *float64 `json:"peer,omitempty"` // the same with the Python driver's protocol, measured here
}

// figure describes a figure that the scripts and this program measure.
type figure struct {
	key, name, unit string
	scale           float64
}

const (
	startFigure  = "start"
	memoryFigure = "memory"
	memoryAfter  = "memory_after"
	bootFigure   = "boot"
	bootFirst    = "boot_first"
	bootCPU      = "boot_cpu"
)

var figures = []figure{
	{startFigure, "process start to the first line of the script, median", "ms", 1000},
	{"bare", "a Go program that does nothing, median of 21", "ms", 1000},
	{"version", "gotest-driver version, beside that", "×", 1},
	{"check", "check of one line, beside that", "×", 1},
	{"run", "run of one line without machines, beside that", "×", 1},
	{"bare_instructions", "instructions of a Go program that does nothing", "million", 1e-6},
	{"version_instructions", "instructions of gotest-driver version", "million", 1e-6},
	{"check_instructions", "instructions of a check of one line", "million", 1e-6},
	{"run_instructions", "instructions of a run of one line", "million", 1e-6},
	{bootFigure, "start to the root shell, median", "s", 1},
	{bootFirst, "start to the end of the first command, median", "s", 1},
	{bootCPU, "QEMU's processor time until then, median", "s", 1},
	{"execute", `execute("true"), mean of 200`, "ms", 1000},
	{"execute_floor", "bash -c true in a loop in the guest: what starting a bash costs the guest itself", "ms", 1000},
	{"output", "20 MB of output, base64 of random bytes", "s", 1},
	{"output_floor", "the same, thrown away in the guest: what is left is the guest's own time", "s", 1},
	{"detection", "a file appears until wait_for_file returns, mean of 20", "ms", 1000},
	{"poll", "the guest's time that waiting for a file takes", "%", 100},
	{"copy", "copy_from_host_via_shell of 100 MB", "s", 1},
	{"look_console", "get_screen_text of a text console", "s", 1},
	{"text_there", "wait_for_text on a text console when the text is there", "s", 1},
	{"late_console", "a text is written to a console until wait_for_text returns, mean of 10", "s", 1},
	{"look_x", "get_screen_text of an X screen of 1280x800, full of text", "s", 1},
	{"late_x", "a text is written to its terminal until wait_for_text returns, mean of 10", "s", 1},
	{"disk_plain", "a random write of 4 KiB to the disk, every eighth flushed", "ms", 1000},
	{"disk_served", "the same with disk_faults", "ms", 1000},
	{"poweroff", "shutdown(): the guest powers off, and QEMU ends", "s", 1},
	{"end", "the end of the script's last line to the end of the process", "s", 1},
	{memoryFigure, "memory of the driver while QEMU runs", "MB", 1},
	{memoryAfter, "peak memory of the driver after the 20 MB", "MB", 1},
}

func main() {
	bootsOnly := flag.Bool("boots", false, "measure only how the guests boot")
	asJSON := flag.Bool("json", false, "print JSON")
	update := flag.Bool("update", false, "put the table into docs/benchmarks.md, with the date and what was measured on")
	guests := flag.String("guests", "tiny,debian", "the guests to measure on, separated by commas; empty: none")
	newer := flag.Bool("backports", true, "measure on the QEMU of Debian's backports, too (scripts/qemu-backports.sh fetches it)")
	screen := flag.Bool("screen", true, "measure how the screen is read, on the guests debian and desktop")
	disk := flag.Bool("disk", true, "measure what disk_faults costs, on the guest debian")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "Usage: test/bench/run [--json] [--update] [--guests tiny,debian] [--screen=false] [--disk=false] [--backports=false] [--boots]")
		flag.PrintDefaults()
	}
	flag.Parse()
	results, err := measure(*guests, map[string]bool{"screen": *screen && !*bootsOnly, "disk": *disk && !*bootsOnly}, *bootsOnly, *newer)
	if err == nil {
		err = show(os.Stdout, results, *asJSON)
	}
	if err == nil && *update {
		err = updatePage("docs/benchmarks.md", results)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func measure(guests string, scripts map[string]bool, bootsOnly, newer bool) (results []Result, err error) {
	dir, err := os.MkdirTemp("", "gotest-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "gotest-driver")
	if out, err := exec.Command("go", "build", "-tags", "netgo,osusergo", "-o", dir, "./cmd/...").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	installed := os.Getenv("GOTEST_QEMU")
	if !bootsOnly {
		if results, err = ofProgram(binary, dir); err != nil {
			return nil, err
		}
	}
	file := filepath.Join(dir, "100MB")
	if err := randomFile(file, 100<<20); err != nil {
		return nil, err
	}
	for _, q := range qemus(dir, newer && guests != "") {
		os.Setenv("GOTEST_QEMU", q.program)
		for _, g := range strings.FieldsFunc(guests, func(r rune) bool { return r == ',' }) {
			fmt.Fprintf(os.Stderr, "measuring on %s with QEMU %s…\n", g, q.version)
			ours, peers, err := bootTurns(binary, dir, g, q.boots)
			if err == nil && !bootsOnly {
				err = errors.Join(onGuest(binary, dir, g, file, q, ours), onPeer(dir, g, peers))
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", g, err)
			}
			for _, r := range compared(named(g, ours), named(g, peers)) {
				r.QEMU = q.version
				results = append(results, r)
			}
		}
		os.Setenv("GOTEST_QEMU", installed)
	}
	for _, script := range []string{"screen", "disk"} {
		if !scripts[script] {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring the %s…\n", script)
		values := map[string]float64{}
		err := run(binary, dir, filepath.Join("test", "bench", script+".star"), nil, func(_ int, key string, v float64) { values[key] = v })
		if err != nil {
			return nil, fmt.Errorf("%s: %w", script, err)
		}
		results = append(results, named("", values)...)
	}
	return results, nil
}

// ofProgram measures the program without guests.
func ofProgram(binary, dir string) ([]Result, error) {
	start, err := firstLine(binary, dir)
	if err != nil {
		return nil, err
	}
	commands, err := commandStarts(binary, dir)
	return append([]Result{result(startFigure, "", start)}, commands...), err
}

// compared gives results the values of the same figures that were measured with the Python driver's protocol.
func compared(ours, peers []Result) []Result {
	for i := range ours {
		if n := slices.IndexFunc(peers, func(p Result) bool { return p.Name == ours[i].Name }); n >= 0 {
			ours[i].Peer = &peers[n].Value
		}
	}
	return ours
}

// named returns the results of a script on a guest, in the order of figures.
func named(guest string, values map[string]float64) (results []Result) {
	for _, f := range figures {
		if v, ok := values[f.key]; ok {
			results = append(results, result(f.key, guest, v))
		}
	}
	return results
}

func result(key, guest string, v float64) Result {
	f := figures[slices.IndexFunc(figures, func(f figure) bool { return f.key == key })]
	return Result{Name: f.name, Guest: guest, Value: v * f.scale, Unit: f.unit}
}

// randomFile writes size bytes that can't be compressed.
func randomFile(path string, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, rand.Reader, size)
	return errors.Join(err, f.Close())
}

// firstLine returns the median time, in seconds, from the start of the driver to the output of a script's first line.
func firstLine(binary, dir string) (float64, error) {
	script := filepath.Join(dir, "hello.star")
	if err := os.WriteFile(script, []byte(`print("BENCH first")`+"\n"), 0o600); err != nil {
		return 0, err
	}
	var all []float64
	for range 21 {
		began := time.Now()
		err := run(binary, dir, script, nil, func(_ int, key string, _ float64) {
			if key == "first" {
				all = append(all, time.Since(began).Seconds())
			}
		})
		if err != nil {
			return 0, err
		}
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}

// onGuest runs guest.star on a guest, and adds its values.
func onGuest(binary, dir, guest, file string, q qemuProgram, values map[string]float64) error {
	var failed error
	var last time.Time
	err := run(binary, dir, filepath.Join("test", "bench", "guest.star"), []string{"BENCH_GUEST=" + guest, "BENCH_FILE=" + file, "BENCH_ALL=" + strconv.FormatBool(!q.other)}, func(pid int, key string, v float64) {
		var err error
		switch key {
		case memoryFigure:
			v, err = memory(pid, "VmRSS:")
		case memoryAfter:
			v, err = memory(pid, "VmHWM:")
		}
		failed = errors.Join(failed, err)
		values[key], last = v, time.Now()
	})
	values["end"] = time.Since(last).Seconds()
	return errors.Join(err, failed)
}

// run runs a script and calls seen for each of its BENCH lines as soon as it is printed.
func run(binary, dir, script string, env []string, seen func(pid int, key string, value float64)) error {
	cmd := exec.Command(binary, "run", "--plain", "--serial=false", "--no-html", "-o", filepath.Join(dir, "out"), script)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return err
	}
	var text strings.Builder
	for s := bufio.NewScanner(out); s.Scan(); {
		fmt.Fprintln(&text, s.Text())
		if _, rest, ok := strings.Cut(s.Text(), "BENCH "); ok {
			key, value, _ := strings.Cut(strings.TrimSpace(rest), " ")
			v, _ := strconv.ParseFloat(value, 64) // the marker of the first line has none
			seen(cmd.Process.Pid, key, v)
		}
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%w\n%s", err, text.String())
	}
	return nil
}

// memory reads a line of /proc/PID/status, in MB.
func memory(pid int, field string) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == field {
			kB, err := strconv.ParseFloat(f[1], 64)
			return kB * 1024 / 1e6, err
		}
	}
	return 0, fmt.Errorf("no %s of process %d", field, pid)
}
