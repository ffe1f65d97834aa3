package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// minSecret is the length of the shortest secret, in bytes: a shorter text is in too many others.
const minSecret = 4

// Mask is what the log shows in place of a secret.
const Mask = "***"

// masks finds the secrets of a run in texts.
type masks struct {
	words    []string // as they may be written, longest first
	replacer *strings.Replacer
}

// Hide makes the log show Mask in place of a text, from now on, in all events and in what Masked and MaskedWriter pass on.
// It is also found with the escapes of quoted texts, of shell words and of URLs; a text of several lines is found line by
// line. The error says that the text is too short.
func (l *Log) Hide(secret string) error {
	if n := len(strings.TrimSpace(secret)); n < minSecret {
		return fmt.Errorf("the value has %d characters, without blanks at its ends: a secret needs %d or more, because every text that contains it is masked", n, minSecret)
	}
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	m := &masks{}
	if old := l.masks.Load(); old != nil {
		m.words = slices.Clone(old.words)
	}
	for _, text := range append(strings.Split(secret, "\n"), secret) {
		if text = strings.TrimSpace(text); len(text) >= minSecret {
			m.words = append(m.words, forms(text)...)
		}
	}
	slices.SortFunc(m.words, func(a, b string) int { return len(b) - len(a) })
	m.words = slices.Compact(m.words)
	var pairs []string
	for _, w := range m.words {
		pairs = append(pairs, w, Mask)
	}
	m.replacer = strings.NewReplacer(pairs...)
	l.masks.Store(m)
	return nil
}

// forms returns a text as it is, and as it is written in quotes, in the shell's single quotes and in URLs.
func forms(text string) []string {
	quoted := strconv.Quote(text)
	out := []string{text, quoted[1 : len(quoted)-1], strings.ReplaceAll(text, "'", `'"'"'`), strings.ReplaceAll(text, "'", `'\''`), url.QueryEscape(text), url.PathEscape(text)}
	if b, err := json.Marshal(text); err == nil {
		out = append(out, string(b[1:len(b)-1]))
	}
	return out
}

// Masked returns a text without the secrets.
func (l *Log) Masked(text string) string {
	if l == nil {
		return text
	}
	return l.masks.Load().text(text)
}

func (m *masks) text(s string) string {
	if m == nil || len(s) < minSecret {
		return s
	}
	return m.replacer.Replace(s)
}

// cutText masks a text that may have been cut at its ends or at a line "…": parts of secrets there are masked, too.
func (m *masks) cutText(s string, truncated bool) string {
	if s = m.text(s); m == nil || !truncated {
		return s
	}
	parts := strings.Split(s, "\n…\n")
	for i, p := range parts {
		for _, w := range m.words {
			for n := len(w) - 1; n >= minSecret; n-- {
				if rest, ok := strings.CutSuffix(p, w[:n]); ok {
					p = rest + Mask
				}
				if rest, ok := strings.CutPrefix(p, w[len(w)-n:]); ok {
					p = Mask + rest
				}
			}
		}
		parts[i] = p
	}
	return strings.Join(parts, "\n…\n")
}

// event masks an event. What it points to is copied before it is changed.
func (m *masks) event(e Event) Event {
	if m == nil {
		return e
	}
	e.Text, e.Error = m.text(e.Text), m.text(e.Error)
	if e.Source != nil {
		s := m.sources([]Source{*e.Source})[0]
		e.Source = &s
	}
	e.Command = m.command(e.Command)
	if e.Failure != nil {
		f := *e.Failure
		f.Message, f.Subtest, f.Traceback, f.Rerun = m.text(f.Message), m.text(f.Subtest), m.text(f.Traceback), m.text(f.Rerun)
		f.Backtrace, f.Command = m.sources(f.Backtrace), m.command(f.Command)
		if f.Console != nil {
			f.Console = map[string][]string{}
			for name, lines := range e.Failure.Console {
				for _, line := range lines {
					f.Console[name] = append(f.Console[name], m.text(line))
				}
			}
		}
		e.Failure = &f
	}
	if e.Attrs != nil {
		attrs := map[string]string{}
		for k, v := range e.Attrs {
			attrs[k] = m.text(v)
		}
		e.Attrs = attrs
	}
	return e
}

func (m *masks) command(c *Command) *Command {
	if c == nil {
		return nil
	}
	masked := *c
	cut := c.Truncated > 0
	masked.Line, masked.Output, masked.Stderr = m.text(c.Line), m.cutText(c.Output, cut), m.cutText(c.Stderr, true)
	return &masked
}

func (m *masks) sources(list []Source) []Source {
	out := slices.Clone(list)
	for i := range out {
		out[i].Text = m.text(out[i].Text)
	}
	return out
}

// MaskedWriter returns a writer that passes text on to w, line by line, without the secrets. Close passes on what is left,
// and does not close w.
func (l *Log) MaskedWriter(w io.Writer) io.WriteCloser { return &maskedWriter{l: l, w: w} }

type maskedWriter struct {
	l    *Log
	w    io.Writer
	rest []byte // the beginning of a line
	err  error
}

// maxMaskedLine bounds the memory for a line without an end; what is in both of its pieces is not found.
const maxMaskedLine = 1 << 20

// Write takes a part of the text.
func (m *maskedWriter) Write(p []byte) (int, error) {
	m.rest = append(m.rest, p...)
	if end := bytes.LastIndexByte(m.rest, '\n') + 1; end > 0 {
		m.pass(end)
	}
	if len(m.rest) > maxMaskedLine {
		m.pass(len(m.rest))
	}
	if m.err != nil {
		return 0, m.err
	}
	return len(p), nil
}

// pass passes the first n bytes on.
func (m *maskedWriter) pass(n int) {
	_, err := io.WriteString(m.w, m.l.Masked(string(m.rest[:n])))
	m.err = errors.Join(m.err, err)
	m.rest = append(m.rest[:0], m.rest[n:]...)
}

// Close passes on what is left.
func (m *maskedWriter) Close() error {
	m.pass(len(m.rest))
	return m.err
}
