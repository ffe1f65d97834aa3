package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/report"
)

// jsonLog writes the JSON log of a short run and returns its path.
func jsonLog(t *testing.T, torn bool) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run.jsonl")
	j, err := report.CreateJSONLines(path)
	if err != nil {
		t.Fatal(err)
	}
	l := report.NewLog(nil, j)
	l.Emit(t.Context(), report.Event{Kind: report.RunStart, Text: "x"})
	ctx, s := l.Begin(t.Context(), report.Entry{Action: report.ActionSubtest, Text: "part"})
	l.Emit(ctx, report.Event{Kind: report.Serial, Machine: "server", Text: "hello"})
	if !torn {
		s.End(nil)
		l.Emit(t.Context(), report.Event{Kind: report.RunEnd, Status: report.Passed})
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if torn {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(b, `{"seq":9,"ki`...), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestReport(t *testing.T) {
	file := jsonLog(t, false)
	dir := filepath.Dir(file)
	if _, e, code := command(t, "", "report", file); code != exitPassed || !strings.Contains(e, "wrote "+filepath.Join(dir, "run.html")) {
		t.Fatalf("%d %s", code, e)
	}
	sub := filepath.Join(dir, "new")
	out, e, code := command(t, "", "report", file, "--plain", "--html", filepath.Join(sub, "a.html"), "--junit-xml", filepath.Join(sub, "j.xml"), "--xml", filepath.Join(sub, "l.xml"))
	if code != exitPassed {
		t.Fatal(e)
	}
	if !strings.Contains(out, "server # hello\n") || !strings.Contains(out, "(finished: subtest: part") {
		t.Errorf("plain:\n%s", out)
	}
	for name, want := range map[string]string{"a.html": "<!doctype html>", "j.xml": `name="part"`, "l.xml": "<logfile>"} {
		if b, err := os.ReadFile(filepath.Join(sub, name)); err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The log of a killed run is read up to its end.
func TestReportTorn(t *testing.T) {
	file := jsonLog(t, true)
	junit := filepath.Join(filepath.Dir(file), "j.xml")
	_, e, code := command(t, "", "report", file, "--html", filepath.Join(filepath.Dir(file), "a.html"), "--junit-xml", junit)
	if code != exitPassed || !strings.Contains(e, "warning: "+file+": line 4") {
		t.Fatalf("%d %s", code, e)
	}
	b, err := os.ReadFile(junit)
	if err != nil || !strings.Contains(string(b), "the run ended before the subtest did") {
		t.Errorf("%v\n%s", err, b)
	}
}

func TestReportErrors(t *testing.T) {
	file := jsonLog(t, false)
	bad := filepath.Join(filepath.Dir(file), "bad.jsonl")
	if err := os.WriteFile(bad, []byte("hello\nworld\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(filepath.Dir(file), "empty.jsonl")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"/does/not/exist.jsonl"}, "/does/not/exist.jsonl"},
		{[]string{bad}, "bad.jsonl: line 1 is not an event"},
		{[]string{empty}, "empty.jsonl: the JSON log is empty"},
		{[]string{file, "--html", file}, "is the JSON log itself"},
		{[]string{file, "--html", file + ".x", "--xml", file + ".x"}, "run.jsonl.x: two reports can't be written to the same file"},
		{[]string{file, "--html", filepath.Join(file, "x.html")}, "run.jsonl: not a directory"},
		{[]string{}, "want gotest-driver report FILE.jsonl"},
	} {
		if _, e, code := command(t, "", append([]string{"report"}, c.args...)...); code != ExitUsage || !strings.Contains(e, c.want) {
			t.Errorf("%v: %d %s", c.args, code, e)
		}
	}
	for _, name := range []string{"bad.html", "empty.html"} {
		if _, err := os.Stat(filepath.Join(filepath.Dir(file), name)); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}
