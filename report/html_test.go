package report

import (
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// htmlReport makes a report and returns it with its rows, one a line.
func htmlReport(t testing.TB, opts HTMLOptions, run func(dir string, s Sink)) (page, rows string) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "report.html")
	h, err := NewHTML(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	run(dir, h)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`class="(?:rows|serial)">([^<]*)</script>`).FindAllStringSubmatch(string(b), -1) {
		z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(m[1])))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		rows += string(text)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".report-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("files are left behind: %v %v", left, err)
	}
	return string(b), rows
}

func TestHTMLNeedsNoNetwork(t *testing.T) {
	page, _ := htmlReport(t, HTMLOptions{}, func(dir string, s Sink) { twoMachines(t, dir, 1000, s) })
	if m := regexp.MustCompile(`(?i:\b(https?:)?//[a-z0-9.-]+\.[a-z]{2,})|(src|href)="[^"#d]|@import|\burl\([^)]`).FindString(page); m != "" {
		t.Errorf("the page refers to %q", m)
	}
	if n := strings.Count(page, `data-mime="image/png"`); n != 2 {
		t.Errorf("%d screenshots are embedded, want 2", n)
	}
}

func TestHTMLHostile(t *testing.T) {
	page, rows := htmlReport(t, HTMLOptions{}, func(_ string, s Sink) { hostileRun(t, s) })
	if strings.Contains(page, "owned") {
		t.Error("text of a guest stands in the page itself")
	}
	for _, r := range rows {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unsafeRune(r)) {
			t.Fatalf("the rows hold %U", r)
		}
	}
}

func TestHTMLBounded(t *testing.T) {
	const bound = 1000
	page, rows := htmlReport(t, HTMLOptions{MaxRows: bound}, func(_ string, s Sink) {
		l := NewLog(newClock().now, s)
		ctx, span := l.Begin(t.Context(), Entry{Action: ActionSubtest, Text: "loud"})
		for i := range 50 * bound {
			l.Emit(ctx, Event{Kind: Serial, Machine: "m", Text: fmt.Sprintf("line %d of the guest", i)})
		}
		_, late := l.Begin(ctx, Entry{Action: ActionCommand, Machine: "m", Text: "the last command"})
		late.End(nil)
		span.End(nil)
		l.Emit(ctx, Event{Kind: RunEnd, Status: Passed})
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	})
	n := strings.Count(rows, "\n")
	if n < bound || n > bound+bound/5 {
		t.Errorf("%d rows", n)
	}
	for _, want := range []string{"line 0 of", fmt.Sprintf("line %d of", 50*bound-1), "the last command", "lines were left out here", `"passed"`} {
		if !strings.Contains(rows, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if len(page) > 1<<20 {
		t.Errorf("%d bytes", len(page))
	}
}

func TestHTMLOnlyFailed(t *testing.T) {
	for status, want := range map[Status]bool{Passed: false, Failed: true, Interrupted: true, "": true} {
		path := filepath.Join(t.TempDir(), "report.html")
		h, err := NewHTML(path, HTMLOptions{OnlyFailed: true})
		if err != nil {
			t.Fatal(err)
		}
		h.Handle(Event{Kind: RunStart, Text: "x"})
		if status != "" {
			h.Handle(Event{Kind: RunEnd, Status: status})
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("status %q: report kept: %v", status, err == nil)
		}
	}
}

// An image can't smuggle in another file, nor hang or blow up the report.
func TestHTMLImages(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("secret.png", []byte("not an image"))
	write("large.png", append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, htmlImage)...))
	h, err := NewHTML(filepath.Join(dir, "report.html"), HTMLOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"secret.png", "large.png", "missing.png", "/dev/zero", dir} {
		if n := h.image(name); n != -1 {
			t.Errorf("%s is embedded", name)
		}
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkHTML(b *testing.B) {
	for b.Loop() {
		dir := b.TempDir()
		h, err := NewHTML(filepath.Join(dir, "report.html"), HTMLOptions{})
		if err != nil {
			b.Fatal(err)
		}
		twoMachines(b, dir, 200_000, h)
	}
}
