package slurm

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/home/a/.cache")
	home := Options{Dir: "/home/a/.cache/gotest-driver/slurm", Cache: true}
	lab := Options{Partition: "lab", Constraint: "kvm&avx", Dir: "/shared/ci", InPlace: true}
	for text, want := range map[string]Options{"slurm": home, "slurm:": home, "slurm:partition=lab,constraint=kvm&avx,dir=/shared/ci,files=shared": lab} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"nomad": "want slurm, or", "slurmp": "want slurm, or", "slurm:partition": `"partition" has no value`, "slurm:partion=x": "no option \"partion\" (did you mean partition?)", "slurm:files=x": "files can only be shared",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if !lab.KVM() || home.KVM() {
		t.Error("KVM")
	}
	for _, c := range [][3]string{{"", "kvm", "kvm"}, {"a", "kvm", "a&kvm"}, {"a&kvm", "kvm", "a&kvm"}, {"a|b", "kvm", "(a|b)&kvm"}, {"kvmx", "kvm", "kvmx&kvm"}} {
		if got := With(c[0], c[1]); got != c[2] {
			t.Errorf("%q: %s", c, got)
		}
	}
}

// TestQueue reads what Slurm 22.05 and 23.11 print (the fields that count).
func TestQueue(t *testing.T) {
	want := map[ID]Status{
		{1, 0}: {"NODE_FAIL", "n2", "NodeDown"}, {1, 1}: {"RUNNING", "n1", "None"}, {1, 2}: {"PENDING", "", "Resources"}, {1, 4}: {"PENDING", "", "Resources"}, {1, 5}: {"PENDING", "", "Resources"},
	}
	const old = `{"meta": {}, "errors": [], "jobs": [
		{"job_id": 2, "array_job_id": 1, "array_task_id": 0, "array_task_string": "", "job_state": "NODE_FAIL", "name": "g", "nodes": "n2", "state_reason": "NodeDown"},
		{"job_id": 3, "array_job_id": 1, "array_task_id": 1, "array_task_string": "", "job_state": "RUNNING", "name": "g", "nodes": "n1", "state_reason": "None"},
		{"job_id": 1, "array_job_id": 1, "array_task_id": null, "array_task_string": "2,4-5%3", "job_state": "PENDING", "name": "g", "nodes": "", "state_reason": "Resources"},
		{"job_id": 9, "array_job_id": 0, "array_task_id": null, "array_task_string": "", "job_state": "RUNNING", "name": "other", "nodes": "n1", "state_reason": "None"}]}`
	newer := strings.NewReplacer(
		`"array_job_id": 1`, `"array_job_id": {"set": true, "infinite": false, "number": 1}`, `"array_job_id": 0`, `"array_job_id": {"set": true, "infinite": false, "number": 0}`,
		`"array_task_id": 0`, `"array_task_id": {"set": true, "infinite": false, "number": 0}`, `"array_task_id": 1`, `"array_task_id": {"set": true, "infinite": false, "number": 1}`,
		`"array_task_id": null`, `"array_task_id": {"set": false, "infinite": false, "number": 0}`,
		`"NODE_FAIL"`, `["NODE_FAIL"]`, `"RUNNING"`, `["RUNNING"]`, `"PENDING"`, `["PENDING", "REQUEUED"]`,
	).Replace(old)
	for _, text := range []string{old, newer} {
		if got, err := parseJSON([]byte(text), "g"); err != nil || !maps.Equal(got, want) {
			t.Errorf("%v, %+v", err, got)
		}
	}
	for _, text := range []string{"", "{}", "[]", "squeue: error"} {
		if got, err := parseJSON([]byte(text), "g"); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
	if got := parseText("1|0|NODE_FAIL|n2|NodeDown\n1|1|RUNNING|n1|None\n1|[2,4-5%3]|PENDING||Resources\nx|y\n"); !maps.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if !(Status{State: "TIMEOUT"}).Ended() || (Status{State: "COMPLETING"}).Ended() || !(Status{State: "PREEMPTED"}).Lost() || (Status{State: "FAILED"}).Lost() {
		t.Error("states")
	}
	if got := indexes("0-1,x,3-y,7"); !slices.Equal(got, []int{0, 1, 7}) {
		t.Error(got)
	}
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestShare: the same content is copied once; hidden files and what is left out are not.
func TestShare(t *testing.T) {
	src, dir := t.TempDir(), t.TempDir()
	write(t, src, map[string]string{"tests/a.star": "a", "tests/lib/b.star": "b", "tests/.git/x": "x", "tests/out/y": "y", "driver.json": "{}", "other/c": "c"})
	for name, to := range map[string]string{"tests/link.star": "a.star", "tests/libs": "lib", "tests/outside": "../other/c"} {
		if err := os.Symlink(to, filepath.Join(src, name)); err != nil {
			t.Fatal(err)
		}
	}
	files := map[string]string{filepath.Join(src, "tests"): "p/tests", filepath.Join(src, "driver.json"): "p/driver.json"}
	first, err := Share(dir, files, filepath.Join(src, "tests/out"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"p/tests/a.star": "a", "p/tests/lib/b.star": "b", "p/tests/link.star": "a", "p/tests/libs/b.star": "b", "p/tests/outside": "c", "p/driver.json": "{}", "p/tests/.git/x": "", "p/tests/out/y": ""} {
		if b, err := os.ReadFile(filepath.Join(first, name)); string(b) != want || err != nil && want != "" {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	long := time.Now().Add(-keepUnused - time.Hour)
	if err := os.Chtimes(first, long, long); err != nil {
		t.Fatal(err)
	}
	again, err := Share(dir, files, filepath.Join(src, "tests/out"))
	if err != nil || again != first {
		t.Errorf("%v, %s and %s", err, first, again)
	}
	write(t, src, map[string]string{"tests/a.star": "A"})
	other, err := Share(dir, files, filepath.Join(src, "tests/out"))
	if err != nil || other == first {
		t.Errorf("%v, %s", err, other)
	}
	// first was used just now, other is old.
	if err := os.Chtimes(other, long, long); err != nil {
		t.Fatal(err)
	}
	if err := Prune(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "files")); err != nil || len(left) != 1 || left[0].Name() != filepath.Base(first) {
		t.Errorf("%v, %v", err, left)
	}
	if _, err := Share(dir, map[string]string{filepath.Join(src, "none"): "x"}); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
}

// TestShareGuest: a guest's directory is copied as it is, once.
func TestShareGuest(t *testing.T) {
	src, dir := t.TempDir(), t.TempDir()
	write(t, src, map[string]string{"tiny-1/kernel": "k"})
	for range 2 {
		if err := ShareGuest(t.Context(), dir, filepath.Join(src, "tiny-1")); err != nil {
			t.Fatal(err)
		}
		if entries, err := os.ReadDir(filepath.Join(dir, guestsDir)); err != nil || len(entries) != 1 {
			t.Errorf("%v, %v", err, entries)
		}
	}
	want, werr := os.Stat(filepath.Join(src, "tiny-1/kernel"))
	got, err := os.Stat(filepath.Join(dir, guestsDir, "tiny-1/kernel"))
	if err != nil || werr != nil || !got.ModTime().Equal(want.ModTime()) {
		t.Errorf("%v, %v", err, werr)
	}
	if err := ShareGuest(t.Context(), dir, filepath.Join(src, "none-2")); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
}
