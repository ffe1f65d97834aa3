package python

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// cpython is the interpreter that the differential tests compare with.
func cpython(t testing.TB) string {
	t.Helper()
	for _, p := range []string{"/usr/bin/python3", "python3"} {
		if q, err := exec.LookPath(p); err == nil {
			return q
		}
	}
	t.Skip("these tests compare with CPython: install python3")
	return ""
}

// pythonMain runs the programs that it reads, each between the marks, in one interpreter.
const pythonMain = `
import sys, io, os, contextlib
stubs = compile(open(sys.argv[1]).read(), "stubs", "exec")
for name in sys.argv[2:]:
    src = open(name).read()
    out = io.StringIO()
    result = ""
    with contextlib.redirect_stdout(out):
        env = {"__name__": "__main__"}
        exec(stubs, env)
        try:
            exec(compile(src, name, "exec"), env)
        except SystemExit as e:
            result = "exit %d" % (0 if e.code is None else e.code if isinstance(e.code, int) else 1)
        except BaseException as e:
            result = type(e).__name__
    data = out.getvalue().encode("utf-8", "replace")
    sys.stdout.buffer.write(b"%d %s\n" % (len(data), result.encode()))
    sys.stdout.buffer.write(data)
`

// runCPython gives the outcomes of programs under CPython.
func runCPython(t testing.TB, files []string) []outcome {
	t.Helper()
	dir := t.TempDir()
	main, stubs := filepath.Join(dir, "main.py"), filepath.Join(dir, "stubs.py")
	for f, s := range map[string]string{main: pythonMain, stubs: pythonStubs} {
		if err := os.WriteFile(f, []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(cpython(t), append([]string{main, stubs}, files...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("python3: %v\n%s", err, stderr.String())
	}
	var os []outcome
	for range files {
		line, rest, _ := bytes.Cut(out, []byte("\n"))
		var n int
		num, class, _ := strings.Cut(string(line), " ")
		for _, c := range num {
			n = n*10 + int(c-'0')
		}
		os = append(os, outcome{out: string(rest[:n]), class: class})
		out = rest[n:]
	}
	return os
}

// TestDifferential runs small programs under CPython and lowered, and compares what they print and how they end.
func TestDifferential(t *testing.T) {
	files, err := filepath.Glob("testdata/programs/*.py")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs", err)
	}
	want := runCPython(t, files)
	for i, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".py"), func(t *testing.T) {
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			compareOutcome(t, f, string(src), want[i])
		})
	}
}

func compareOutcome(t testing.TB, name, src string, want outcome) {
	t.Helper()
	got, p := runLowered(name, src)
	if got.class == want.class && got.out == want.out {
		return
	}
	lowered := ""
	if p != nil {
		lowered = p.Source
	}
	t.Errorf("CPython ends with %q and prints\n%s\nlowered it ends with %q (%v) and prints\n%s\nlowered program:\n%s",
		want.class, want.out, got.class, got.err, got.out, lowered)
}
