package conformance_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// result is the result of a script.
type result struct {
	dir  string // its output directory
	log  string // its output
	peak int    // the driver's peak resident memory, in KiB; 0 if unknown
}

// after has checks of a script's result.
var after = map[string]func(*testing.T, result){
	"many.star":    manyMachines,
	"network.star": captured,
}

// watchMemory measures the resident memory of a process; the function that it returns stops this and returns the peak, in KiB.
func watchMemory(pid int) func() int {
	stop, peak := make(chan struct{}), make(chan int)
	go func() {
		most := 0
		for {
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // empty if there is no /proc, or the process has ended
			if m := peakLine.FindSubmatch(status); m != nil {
				if n, err := strconv.Atoi(string(m[1])); err == nil {
					most = max(most, n)
				}
			}
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return func() int {
		close(stop)
		return <-peak
	}
}

// peakLine matches the peak resident memory of a process in Linux (proc_pid_status(5)).
var peakLine = regexp.MustCompile(`(?m)^VmHWM:\s*(\d+) kB`)

// The bounds for sixteen machines in one test.
const (
	manyMemory = 60 << 10 // KiB
	manyLines  = 200      // of the log, for each machine
)

// manyMachines: with sixteen machines the driver stays small, and every line of the log names its machine.
func manyMachines(t *testing.T, r result) {
	t.Logf("the driver's memory: %d KiB at most", r.peak)
	if r.peak >= manyMemory {
		t.Errorf("the driver had %d KiB resident, want less than %d", r.peak, manyMemory)
	}
	lines, strange := map[string]int{}, 0
	for line := range strings.Lines(r.log) {
		m := logLine.FindStringSubmatch(line)
		if m == nil {
			if strange++; strange <= 10 {
				t.Errorf("a line of the log does not name its machine: %q", line)
			}
			continue
		}
		lines[m[1]]++
	}
	for n := 1; n <= 16; n++ {
		name := fmt.Sprintf("m%d", n)
		if lines[name] == 0 || lines[name] > manyLines {
			t.Errorf("the log has %d lines of %s", lines[name], name)
		}
	}
}

// logLine matches a line of a machine (with its name), of its console, or of the run.
var logLine = regexp.MustCompile(`^(?:(?:warning: )?(m\d+)(?:: | #)|(?:\((?:finished|failed): )?(?:test|run the test script|start all VMs|subtest|test script)\b)`)

// captured: tshark counts the packets of two echo requests with 99 bytes of data (127 with the headers) and their answers
// in the recording, in any order, because an answer may come after the next request. There may also be a late answer to an
// earlier request. Where the network has cut frames, a warning tells of it.
func captured(t *testing.T, r result) {
	if _, err := os.Stat(filepath.Join(r.dir, "jumbo.pcap")); err == nil && !strings.Contains(r.log, "was cut to 1518") {
		t.Error("no warning tells of frames that were cut")
	}
	cmd := exec.Command("tshark", "-r", filepath.Join(r.dir, "conformance.pcap"), "-Y", "icmp && ip.len == 127", "-T", "fields", "-e", "icmp.type")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	got := strings.Fields(string(out))
	if slices.Sort(got); strings.Join(got, " ") != "0 0 8 8" {
		t.Errorf("the recording has ICMP packets of the types %v, want two each of 0 and 8", got)
	}
}
