package suite

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite/slurm"
	"github.com/gotest-driver/gotest-driver/report"
)

// fakeSlurm stands for all of Slurm's programs. What they say comes from files in $FAKE: "queue" has squeue's lines, "busy"
// the number of calls for which sbatch has no answer, "refuse" what it says is wrong. With "hangs" nothing answers any more.
const fakeSlurm = `#!/bin/sh
echo "${0##*/} $*" >> "$FAKE/calls"
if [ -e "$FAKE/hangs" ]; then
  : > "$FAKE/hung"
  exec sleep 1000
fi
case ${0##*/} in
sbatch)
  [ ! -e "$FAKE/refuse" ] || { cat "$FAKE/refuse" >&2; exit 1; }
  busy=$(cat "$FAKE/busy" 2>/dev/null || echo 0)
  if [ "$busy" -gt 0 ]; then
    echo $((busy - 1)) > "$FAKE/busy"
    echo "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)" >&2
    exit 1
  fi
  job=$(($(cat "$FAKE/job" 2>/dev/null || echo 0) + 1))
  echo $job > "$FAKE/job"
  cat > "$FAKE/script.$job"
  for a; do case $a in --array=0-*) last=${a#--array=0-} ;; --output=*) log=${a#--output=} ;; esac; done
  for i in $(seq 0 "$last"); do
    out=$(echo "$log" | sed "s/%A/$job/; s/%a/$i/")
    echo "$job|$i|RUNNING|n1|None" >> "$FAKE/queue"
    SLURM_ARRAY_JOB_ID=$job SLURM_ARRAY_TASK_ID=$i sh "$FAKE/script.$job" > "$out" 2>&1 < /dev/null &
    echo $! >> "$FAKE/pids"
  done
  echo "$job;here"
  ;;
squeue)
  case $* in *--json*) echo "squeue: unrecognized option '--json'" >&2; exit 1 ;; esac
  if [ -e "$FAKE/late" ]; then # a result that comes after Slurm has said three times that the task is over
    echo >> "$FAKE/asked"
    [ "$(wc -l < "$FAKE/asked")" -lt 3 ] || echo '{"exit": 0}' > "$(cat "$FAKE/late")/end.json"
  fi
  awk -F '|' '{ s[$1 "|" $2] = $0 } END { for (k in s) if (s[k] !~ /GONE/) print s[k] }' "$FAKE/queue"
  ;;
scancel) kill $(cat "$FAKE/pids") 2>/dev/null; : ;;
sinfo) echo "64000|16|kvm"; echo "32000|32|(null)" ;;
esac
`

// onFake returns options whose tests are tasks of a fake Slurm: shell scripts that write themselves what a node writes. They
// have the functions began, ends JSON, and queue STATE.
func onFake(t *testing.T, scripts map[string]string) (o Options, fake string) {
	t.Helper()
	o = shell(t, scripts)
	fake = tree(t, map[string]string{
		"fake": fakeSlurm,
		"program": `#!/bin/sh
cd "$3" || exit
began() { echo '{"node": "n1"}' > began.part; mv began.part began.json; }
ends() { echo "$1" > end.part; mv end.part end.json; }
queue() { echo "$SLURM_ARRAY_JOB_ID|$SLURM_ARRAY_TASK_ID|$1|n1|${2-None}" >> "$FAKE/queue"; }
. ./do
`,
	})
	for _, name := range []string{"sbatch", "squeue", "scancel", "sinfo"} {
		if err := os.Symlink("fake", filepath.Join(fake, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"fake", "program"} {
		if err := os.Chmod(filepath.Join(fake, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", fake+":"+os.Getenv("PATH"))
	t.Setenv("FAKE", fake)
	o.Environ, o.Limits = os.Environ(), Limits{Memory: 1 << 40, Cores: 1 << 20}
	o.Command = func(x Test, dir string, _ time.Duration) ([]string, []byte) {
		if err := os.WriteFile(filepath.Join(dir, "..", "do"), []byte(scripts[x.ID]), 0o600); err != nil {
			t.Error(err)
		}
		return []string{"x"}, nil
	}
	o.Cluster = &Cluster{
		Options: slurm.Options{Dir: t.TempDir(), Cache: true, InPlace: true, Constraint: "fast"}, WorkDir: fake,
		Program: map[string]string{filepath.Join(fake, "program"): "gotest-driver"}, poll: 5 * time.Millisecond,
	}
	return o, fake
}

// TestCluster: each way in which a task can end.
func TestCluster(t *testing.T) {
	const logged = `echo '` + begins + `' > out/` + EventsName + `; `
	o, fake := onFake(t, map[string]string{
		"passes":  "began; " + logged + `echo "see $PWD/out/x" > out/log.txt; ends '{"exit": 0, "memory": 7, "seconds": 3}'`,
		"fails":   "began; " + logged + `printf '%s\n' '` + fails + `' >> out/` + EventsName + `; ends '{"exit": 1}'`,
		"killed":  `began; ends '{"exit": -1, "signal": 9}'`,
		"hard":    `began; ends '{"exit": -1, "signal": 9, "hard": true}'`,
		"skips":   `began; ends '{"skipped": "needs KVM"}'`,
		"node":    `began; if [ -e "$FAKE/once" ]; then ends '{"exit": 0}'; else : > "$FAKE/once"; queue NODE_FAIL; fi`,
		"oom":     `began; queue OUT_OF_MEMORY`,
		"time":    `began; ends '{"exit": 130, "stopped": true}'; queue TIMEOUT`,
		"late":    `began; queue COMPLETED; pwd > "$FAKE/late"`,
		"silent":  `echo "no such file" >&2; queue FAILED NonZeroExitCode`,
		"unknown": `queue GONE`,
		"left":    `began; ends '{"exit": 130, "stopped": true, "deserted": true}'; queue COMPLETED`,
	})
	o.Tests[0].requires = []string{"kvm"}
	view := &quiet{}
	o.View = view
	if err := os.WriteFile(filepath.Join(fake, "busy"), []byte("2"), 0o600); err != nil {
		t.Fatal(err)
	}
	results, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	got := byID(results)
	for id, want := range map[string]struct {
		status report.Status
		tries  int
		counts int // failed tries that count
		text   string
	}{
		"passes": {report.Passed, 1, 0, ""}, "fails": {report.Failed, 1, 1, "it is wrong"}, "killed": {report.Failed, 1, 1, "ended by a signal (killed)"},
		"hard": {report.Failed, 1, 1, errHard.Error()}, "skips": {report.Skipped, 1, 0, "needs KVM"}, "node": {report.Passed, 2, 0, ""},
		"oom": {report.Failed, 1, 1, "used more than its 256 MiB (OUT_OF_MEMORY)"}, "time": {report.Failed, 1, 1, "after 245 minutes (TIMEOUT)"}, "late": {report.Passed, 1, 0, ""},
		"silent":  {report.Failed, 1, 1, "left no result (FAILED): can all nodes write to " + o.Cluster.Dir + "? It said: no such file"},
		"unknown": {report.Failed, 4, 1, "Slurm does not know task"}, "left": {report.Failed, 4, 1, "had no sign of life"},
	} {
		r := got[id]
		if r.Status != want.status || len(r.Tries) != want.tries || r.Failures() != want.counts || !strings.Contains(r.Last().Message, want.text) || want.text == "" && r.Last().Message != "" {
			t.Errorf("%s: %+v", id, r)
		}
	}
	if m := got["node"].Tries[0].Message; !strings.Contains(m, "was killed by node n1 (NODE_FAIL)") || got["node"].Flaky() {
		t.Errorf("%s", m)
	}
	if x := got["passes"].Last(); x.Memory != 7 || x.Seconds != 3 {
		t.Errorf("%+v", x)
	}
	if b, err := os.ReadFile(filepath.Join(o.OutDir, "passes", textName)); string(b) != "see "+filepath.Join(o.OutDir, "passes")+"/x\n" {
		t.Errorf("%v, %q", err, b)
	}
	if s := strings.Join(view.notes, "\n"); !strings.Contains(s, "Unable to contact slurm controller") {
		t.Errorf("notes: %s", s)
	}
	if c, err := Compare(t.Context(), results); err != nil || len(c) > 0 { // a try that was lost has nothing to compare
		t.Errorf("%v, %+v", err, c)
	}
	calls, err := os.ReadFile(filepath.Join(fake, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	// The first arrays have all tests.
	for _, want := range []string{"--array=0-10 ", "--array=0-0 ", "--mem=256M --cpus-per-task=1 --time=245 --signal=B:TERM@60 --no-requeue", "--constraint=fast\n", "--constraint=fast&kvm\n", "scancel --name=gotest-"} {
		if !strings.Contains(string(calls), want) {
			t.Errorf("%q is not in\n%s", want, calls)
		}
	}
	if left, err := os.ReadDir(filepath.Join(o.Cluster.Dir, "runs")); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", err, left)
	}
}

// TestClusterRefuses: what Slurm does not take ends the suite with one sentence.
func TestClusterRefuses(t *testing.T) {
	o, fake := onFake(t, map[string]string{"a": "began; ends '{}'", "b": "began; ends '{}'"})
	if err := os.WriteFile(filepath.Join(fake, "refuse"), []byte("sbatch: error: invalid partition specified: x\nsbatch: error: Batch job submission failed: Invalid partition name specified\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	results, err := Run(t.Context(), o)
	const want = "slurm: sbatch: invalid partition specified: x; Batch job submission failed: Invalid partition name specified"
	if err == nil || err.Error() != want || Count(results).Interrupted != 2 {
		t.Errorf("%v, %+v", err, results)
	}
	t.Setenv("PATH", "/bin:/usr/bin")
	for _, name := range []string{"sbatch", "sinfo"} {
		if _, err := os.Stat("/usr/bin/" + name); err == nil {
			t.Setenv("PATH", "/sbin") // this machine has Slurm
		}
	}
	o.OutDir = t.TempDir()
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "slurm: sbatch was not found") {
		t.Errorf("%v", err)
	}
}

// TestClusterInterrupted: Slurm is told to end the tasks, those that wait too, and they are waited for.
func TestClusterInterrupted(t *testing.T) {
	o, fake := onFake(t, map[string]string{
		"runs":  `trap ': > "$FAKE/ended"; queue CANCELLED; exit' TERM; began; : > "$FAKE/began"; while :; do sleep 0.02; done`,
		"waits": `trap 'queue CANCELLED; exit' TERM; queue PENDING PartitionTimeLimit; while :; do sleep 0.02; done`,
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	waits := ""
	view := &quiet{}
	view.tick = func(s State) {
		for _, x := range s.Running {
			if x.ID == "waits" && strings.Contains(x.Now, "PartitionTimeLimit") {
				waits = x.Now
			}
		}
		if _, err := os.Stat(filepath.Join(fake, "began")); err == nil && waits != "" {
			cancel()
		}
	}
	o.View = view
	results, err := Run(ctx, o)
	if err != nil || Count(results).Interrupted != 2 || waits != "waits in Slurm's queue (PartitionTimeLimit)" {
		t.Errorf("%v, %+v, %q", err, results, waits)
	}
	if _, err := os.Stat(filepath.Join(fake, "ended")); err != nil {
		t.Error("the task was not ended")
	}
	if s := strings.Join(view.notes, "\n"); !strings.Contains(s, "warning: waits waits in Slurm's queue, which tells as the reason: PartitionTimeLimit") {
		t.Errorf("notes: %s", s)
	}
}

// TestClusterDeaf: an interrupted run does not need Slurm, whose controller may be gone, to end its tests and itself.
func TestClusterDeaf(t *testing.T) {
	o, fake := onFake(t, map[string]string{
		"runs":  `began; : > "$FAKE/began"; while [ -e ../alive ]; do sleep 0.02; done; : > "$FAKE/ended"; ends '{"exit": 130, "stopped": true, "deserted": true}'`,
		"waits": `queue PENDING Priority; while [ -e "$FAKE/queue" ]; do sleep 0.02; done`,
	})
	o.Cluster.patience = 50 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	view := &quiet{}
	view.tick = func(s State) {
		if _, err := os.Stat(filepath.Join(fake, "began")); err != nil {
			return
		}
		if err := os.WriteFile(filepath.Join(fake, "hangs"), nil, 0o600); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(fake, "hung")); err == nil {
			cancel()
		}
	}
	o.View = view
	results, err := Run(ctx, o)
	if err != nil || Count(results).Interrupted != 2 {
		t.Errorf("%v, %+v", err, results)
	}
	if _, err := os.Stat(filepath.Join(fake, "ended")); err != nil {
		t.Error("the task that ran was not told to end")
	}
	if s := strings.Join(view.notes, "\n"); !strings.Contains(s, "warning: slurm: scancel did not end") || !strings.Contains(s, "scancel --name=gotest-") {
		t.Errorf("notes: %s", s)
	}
}
