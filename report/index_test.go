package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestIndex(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"logs", "dir"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"logs/server.log": "hello", "a b#.png": "x", "<img src=x>": "", "dir/in.txt": "", "report.html": "", "not-ours.txt": ""} {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := NewIndex(dir, filepath.Join(dir, "report.html"))
	l := NewLog(newClock().now, s)
	l.Emit(t.Context(), Event{Kind: RunStart, Text: "web"})
	l.Emit(t.Context(), Event{Kind: Artifact, Path: filepath.Join(dir, "logs/server.log"), Text: "serial console", Machine: "server"})
	l.Emit(t.Context(), Event{Kind: Artifact, Path: "/etc/passwd", Text: "not ours"})
	l.Emit(t.Context(), Event{Kind: Artifact, Path: "dir", Text: "a directory"})
	l.Emit(t.Context(), Event{Kind: Artifact, Path: "<img src=x>"})
	l.Emit(t.Context(), Event{Kind: Artifact, Path: "gone.txt", Text: "not there"})
	l.Emit(t.Context(), Event{Kind: Screenshot, Path: "a b#.png", Machine: "server", Text: "<b>\x1b[1m"})
	l.Emit(t.Context(), Event{Kind: Failure, Failure: &FailureInfo{Message: "it <failed>", Rerun: "gotest-driver run web.star"}})
	l.Emit(t.Context(), Event{Kind: RunEnd, Status: Failed})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ix Index
	if err := json.Unmarshal(b, &ix); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range ix.Files {
		names = append(names, f.Path)
	}
	if got := strings.Join(names, ", "); got != "<img src=x>, a b#.png, dir/in.txt, logs/server.log, report.html" {
		t.Errorf("files: %s", got)
	}
	if log := ix.Files[3]; log.Size != 5 || log.What != "serial console" || log.Machine != "server" || ix.Test != "web" || ix.Status != Failed || ix.Rerun == "" {
		t.Errorf("index: %s", b)
	}
	page, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`href="./a%20b%23.png"`, `href="./logs/server.log"`, "it &lt;failed&gt;", "&lt;img src=x&gt;"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("%q is missing in\n%s", want, page)
		}
	}
	if strings.Contains(string(page), "<img src=x>") || strings.Contains(string(page), "passwd") {
		t.Errorf("the page holds what it must not:\n%s", page)
	}
}

func TestIndexOnlyOfFailedRuns(t *testing.T) {
	dir := t.TempDir()
	s := NewIndex(dir)
	s.Handle(Event{Kind: RunStart, Text: "x"})
	s.Handle(Event{Kind: RunEnd, Status: Passed})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v %v", left, err)
	}
}
