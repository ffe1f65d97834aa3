package suite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzManifest: a suite.toml of any content has tests, or problems with a place in it.
func FuzzManifest(f *testing.F) {
	for _, text := range []string{
		"[defaults]\nretries = 2\nslow = \"10m\"\nmemory = \"6G\"\n[[test]]\npath = \"*.star\"\nrequires = [\"kvm\", \"program:x\"]\nmatrix = {a = [1, \"b\", 2.5], c = []}\n[[skip]]\ntest = \"a\"\nreason = \"r\"\nuntil = 2020-01-01\non = [\"linux\"]\n",
		"[[test]]\npath = \"**/[a\"\nrun = \"(\"\ncores = nan\nretries = -1\nx = 1\n", "test = 5", "[[test]]\n[test.matrix]\na = [{b = 1}, [2]]\n", "[defaults]\ntimeout = 1e300\nmemory = \"1e99T\"", "[[skip]]\n",
	} {
		f.Add([]byte(text))
	}
	host := Host{Now: time.Unix(1e9, 0), Names: []string{"linux"}, Has: func(string) bool { return false }}
	f.Fuzz(func(t *testing.T, src []byte) {
		dir := t.TempDir()
		file := filepath.Join(dir, ManifestName)
		if err := os.WriteFile(file, src, 0o600); err != nil {
			t.Fatal(err)
		}
		tests, problems, err := Read(file, host, func(string) ([]string, error) {
			return []string{filepath.Join(dir, "a.star"), filepath.Join(dir, "b", "c.star")}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		lines := 1 + strings.Count(string(src), "\n")
		for _, p := range problems {
			if p.Message == "" || p.Line < 0 || p.Line > lines {
				t.Errorf("a problem of a file of %d lines: %+v", lines, p)
			}
		}
		if _, errs := Errors(problems); errs != nil {
			return
		}
		ids := map[string]bool{}
		for _, x := range tests {
			if x.ID == "" || ids[x.ID] || x.Memory < 0 || x.Cores < 0 || x.Slow < 0 || x.Timeout < 0 {
				t.Errorf("a test %+v", x)
			}
			ids[x.ID] = true
		}
	})
}

// FuzzMachines: a script of any content has an estimate, which takes no more time for one that was made to.
func FuzzMachines(f *testing.F) {
	f.Add("def f0():\n    create_machine()\n" + doubling(40) + "f40()\n")
	f.Add("for a in range(99999999):\n    for b in range(99999999):\n        for c in range(99999999):\n            create_machine(guest = 'tiny', memory = 99999999, cores = 9999)\n")
	f.Add(strings.Repeat("load('t.star', 'x')\n", 200))
	f.Add("[create_machine(image = 'x') for a in [] for b in range(5) for c in (1, 2)]\nload('../../../../../dev/zero', 'x')\n")
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 10000 {
			return
		}
		file := filepath.Join(t.TempDir(), "t.star")
		if err := os.WriteFile(file, []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
		if memory, cores, _ := Machines(file, []byte(src), nil); !(memory > 0 && cores > 0 && cores <= mostCores) {
			t.Errorf("%d bytes, %g processors", memory, cores)
		}
	})
}

// doubling is n functions, each of which calls the one before it twice.
func doubling(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "def f%d():\n    f%d()\n    f%d()\n", i+1, i, i)
	}
	return b.String()
}

// FuzzLogs: a history and a suite's log of any content are read or are an error.
func FuzzLogs(f *testing.F) {
	f.Add([]byte("{\"head\": {\"partition\": \"1/2\", \"all\": [\"a\"]}}\n{\"result\": {\"test\": {\"id\": \"a\"}}}\n{\"ended\": true}\n"))
	f.Add([]byte("{\"test\": \"a\", \"date\": \"2026-01-01T00:00:00Z\", \"seconds\": 1e308, \"status\": \"passed\", \"tries\": 1, \"failures\": 2, \"machine\": \"linux-kvm\"}\n{"))
	f.Fuzz(func(t *testing.T, src []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, LogName), src, 0o600); err != nil {
			t.Fatal(err)
		}
		_, results, _ := Merge([]string{dir})
		_ = Count(results)
		h, err := ReadHistory(filepath.Join(dir, LogName))
		if err != nil {
			t.Fatal(err)
		}
		_ = h.Of("linux-kvm")
		_ = h.FlakyTests(time.Time{})
	})
}
