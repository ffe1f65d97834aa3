package report

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// No report has a secret, wherever it comes from.
func TestSecretsAreMasked(t *testing.T) {
	const secret, quoted, lines = "hunter22", `it's "a" s&cret`, "-----BEGIN KEY-----\nMIIBVgIBADAN\n-----END KEY-----\n"
	dir := t.TempDir()
	var plain, live bytes.Buffer
	sinks := []Sink{NewPlain(&plain, PlainOptions{Serial: true}), NewLive(&live, LiveOptions{Serial: true, Size: func() (int, int) { return 300, 50 }})}
	var outputs []Output
	for _, f := range Formats() {
		outputs = append(outputs, Output{Format: f, Path: filepath.Join(dir, f.Name)})
	}
	more, err := Open(outputs)
	if err != nil {
		t.Fatal(err)
	}
	l := NewLog(nil, append(sinks, more...)...)
	for _, s := range []string{secret, quoted, lines} {
		if err := l.Hide(s); err != nil {
			t.Fatal(err)
		}
	}
	ctx := WithSource(t.Context(), func() *Source { return &Source{File: "a.star", Line: 1, Text: `login("hunter22")`} })
	attrs := map[string]string{"command": "run hunter22"}
	l.Emit(ctx, Event{Kind: RunStart, Text: "web", Attrs: attrs})
	sctx, s := l.Begin(ctx, Entry{Action: ActionSubtest, Text: "log in as hunter22"})
	cctx, c := l.Begin(sctx, Entry{Action: ActionCommand, Machine: "m", Text: "must succeed: login hunter22"})
	c.Progress("sent hunter22")
	command := &Command{Line: "login 'it'\"'\"'s \"a\" s&cret'", Output: "unter22 first\nMIIBVgIBADAN hunter22\n…\nunter22 is wrong, hunt", Stderr: "hunter22", Truncated: 5}
	c.SetCommand(command)
	c.End(errors.New("no hunter22"))
	s.End(errors.New(`it said "it's \"a\" s&cret" and it%27s+%22a%22+s%26cret`))
	l.Emit(cctx, Event{Kind: Serial, Machine: "m", Text: "password: hunter22"})
	l.Logf(cctx, Info, "multi\n-----BEGIN KEY-----\nMIIBVgIBADAN")
	failure := &FailureInfo{
		Class: "test", Message: "no hunter22", Subtest: "log in as hunter22", Machine: "m", Backtrace: []Source{{File: "a.star", Line: 1, Text: "x = 'hunter22'"}},
		Traceback: "hunter22", Command: command, Console: map[string][]string{"m": {"hunter22"}}, Rerun: "run hunter22",
	}
	l.Emit(ctx, Event{Kind: Failure, Failure: failure})
	l.Emit(ctx, Event{Kind: RunEnd, Status: Failed, Error: "no hunter22"})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{"plain": plain.String(), "live": live.String()}
	for _, o := range outputs {
		b, err := os.ReadFile(o.Path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		texts[o.Format.Name] = string(b)
	}
	for name, text := range texts {
		for _, part := range []string{"hunter", "unter22", "wrong, hunt", "s&cret", "s&amp;cret", `s\u0026cret`, "s%26cret", "MIIBVgIBADAN", "BEGIN KEY"} {
			if strings.Contains(text, part) {
				t.Errorf("%s has %q:\n%s", name, part, text)
			}
		}
		if text != "" && name != "HTML report" && !strings.Contains(text, Mask) { // whose rows are compressed
			t.Errorf("%s has no mask:\n%s", name, text)
		}
	}
	if command.Stderr != secret || failure.Message != "no hunter22" || attrs["command"] != "run hunter22" {
		t.Error("the values of the caller were changed")
	}
}

func TestShortSecretsAreRefused(t *testing.T) {
	l := NewLog(nil)
	for _, s := range []string{"", "a", "abc", " ab \n"} {
		err := l.Hide(s)
		if err == nil || strings.Contains(err.Error(), "abc") {
			t.Errorf("%q: %v", s, err)
		}
	}
	if got := l.Masked("abc, a"); got != "abc, a" {
		t.Error(got)
	}
	if err := l.Hide("abcd"); err != nil || l.Masked("xabcdx") != "x***x" {
		t.Errorf("%v, %q", err, l.Masked("xabcdx"))
	}
	if err := l.Hide("abcdef"); err != nil || l.Masked("abcdef abcde") != "*** ***e" {
		t.Errorf("%v, %q", err, l.Masked("abcdef abcde"))
	}
}

// A secret is found although it comes in several parts.
func TestMaskedWriter(t *testing.T) {
	l := NewLog(nil)
	if err := l.Hide("hunter22"); err != nil {
		t.Fatal(err)
	}
	text := "a hunter22\nhunter22hunter22 b\nhunt\ner22\nlast hunter22"
	want := "a ***\n****** b\nhunt\ner22\nlast ***"
	for size := 1; size < len(text); size++ {
		var out bytes.Buffer
		w := l.MaskedWriter(&out)
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			if _, err := w.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil || out.String() != want {
			t.Errorf("in parts of %d: %q, %v", size, out.String(), err)
		}
	}
}
