// Package pyre implements regular expressions with the syntax and the meaning of Python's re module, on the
// engine of github.com/dlclark/regexp2. Expressions of existing tests are written for Python.
//
// A match that backtracks without end is cut off with ErrTimeout.
package pyre

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/dlclark/regexp2"
)

// Flags are compile flags, with Python's numbers.
type Flags int

// The flags of Python's re module that have a meaning for text.
const (
	IgnoreCase Flags = 2
	Multiline  Flags = 8
	DotAll     Flags = 16
	Unicode    Flags = 32 // the default; accepted and without effect
	Verbose    Flags = 64
	ASCII      Flags = 256
)

// ErrTimeout reports that a match was given up because it took too long.
var ErrTimeout = errors.New("the regular expression takes too long on this text (nested repetitions such as (a+)+ do that)")

// Limits of one match. A search of megabytes may take longer than that of a line.
const (
	smallText    = 1 << 20
	smallTimeout = 2 * time.Second
	largeTimeout = 60 * time.Second
)

// Error reports a pattern that can't be compiled. Pos counts characters (not bytes) from 0.
type Error struct {
	Pattern string
	Msg     string
	Pos     int
}

func (e *Error) Error() string {
	return fmt.Sprintf("invalid regular expression %q: %s at position %d", e.Pattern, e.Msg, e.Pos)
}

// Regexp is a compiled expression. It is safe for concurrent use.
type Regexp struct {
	src   string
	names []string // by group number; "" for unnamed groups; names[0] is the whole match
	body  string   // in the engine's syntax
	opts  regexp2.RegexOptions

	mu      sync.Mutex
	engines map[engineKey]*regexp2.Regexp
}

type mode int

const (
	search    mode = iota
	match          // at the start position
	fullMatch      // at the start position, up to the end
	advance        // anywhere, but not empty at the start position
)

type engineKey struct {
	mode  mode
	large bool
}

// Compile translates and compiles a pattern. Its error is an *Error.
func Compile(pattern string, flags Flags) (*Regexp, error) {
	t := &translator{src: []rune(pattern), pattern: pattern, flags: flags}
	if err := t.run(); err != nil {
		return nil, err
	}
	r := &Regexp{src: pattern, names: t.names, body: t.out.String(), engines: map[engineKey]*regexp2.Regexp{}}
	if t.flags&IgnoreCase != 0 {
		r.opts |= regexp2.IgnoreCase
	}
	if t.flags&Multiline != 0 {
		r.opts |= regexp2.Multiline
	}
	if t.flags&DotAll != 0 {
		r.opts |= regexp2.Singleline
	}
	if _, err := r.engine(search, 0); err != nil {
		return nil, &Error{Pattern: pattern, Msg: strings.TrimPrefix(err.Error(), "error parsing regexp: ")}
	}
	return r, nil
}

func (r *Regexp) engine(m mode, size int) (*regexp2.Regexp, error) {
	key := engineKey{m, size > smallText}
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.engines[key]; e != nil {
		return e, nil
	}
	src := r.body
	switch m {
	case match:
		src = `\G(?:` + src + `)`
	case fullMatch:
		src = `\G(?:` + src + `)\z`
	case advance:
		src = `(?:` + src + `)(?!\G)`
	}
	e, err := regexp2.Compile(src, r.opts)
	if err != nil {
		return nil, err
	}
	e.MatchTimeout = smallTimeout
	if key.large {
		e.MatchTimeout = largeTimeout
	}
	r.engines[key] = e
	return e, nil
}

// String returns the pattern.
func (r *Regexp) String() string { return r.src }

// NumGroups returns the number of groups, without the whole match.
func (r *Regexp) NumGroups() int { return len(r.names) - 1 }

// GroupNames returns the names by group number; "" for a group without a name. Element 0 is the whole match.
func (r *Regexp) GroupNames() []string { return r.names }

// GroupIndex returns the number of the group of that name, -1 when there is none.
func (r *Regexp) GroupIndex(name string) int {
	for i, n := range r.names {
		if n == name && n != "" {
			return i
		}
	}
	return -1
}

// MatchString reports whether the text contains a match.
func (r *Regexp) MatchString(s string) (bool, error) {
	m, err := r.Search(s)
	return m != nil, err
}

// Search returns the first match anywhere, nil when there is none.
func (r *Regexp) Search(s string) (*Match, error) { return r.find(newText(s), search, 0) }

// Match returns the match at the start of the text, nil when there is none.
func (r *Regexp) Match(s string) (*Match, error) { return r.find(newText(s), match, 0) }

// FullMatch returns the match of the whole text, nil when there is none.
func (r *Regexp) FullMatch(s string) (*Match, error) { return r.find(newText(s), fullMatch, 0) }

// Each calls fn for each match that does not overlap those before, until fn returns false.
func (r *Regexp) Each(s string, fn func(*Match) bool) error {
	t, at, m := newText(s), 0, search
	for {
		got, err := r.find(t, m, at)
		if err != nil || got == nil {
			return err
		}
		if !fn(got) {
			return nil
		}
		at, m = got.runeEnd, search
		if got.runeStart == got.runeEnd {
			m = advance
		}
	}
}

// SearchAll returns where the first n matches are, in bytes; all matches when n is negative.
func (r *Regexp) SearchAll(s string, n int) (spans [][]int, err error) {
	if n == 0 {
		return nil, nil
	}
	err = r.Each(s, func(m *Match) bool {
		spans = append(spans, m.loc[:2:2])
		return len(spans) != n
	})
	return spans, err
}

// FindAllStringIndex is SearchAll without its error, as regexp.Regexp has it.
func (r *Regexp) FindAllStringIndex(s string, n int) [][]int {
	spans, _ := r.SearchAll(s, n)
	return spans
}

func (r *Regexp) find(t *text, m mode, at int) (*Match, error) {
	e, err := r.engine(m, len(t.s))
	if err != nil {
		return nil, &Error{Pattern: r.src, Msg: err.Error()}
	}
	got, err := e.FindRunesMatchStartingAt(t.runes, at)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrTimeout, r.src)
	}
	if got == nil {
		return nil, nil
	}
	out := &Match{re: r, s: t.s, runeStart: got.Index, runeEnd: got.Index + got.Length, loc: make([]int, 0, 2*len(r.names))}
	for i := range r.names {
		g := got.GroupByNumber(i)
		if g == nil || len(g.Captures) == 0 {
			out.loc = append(out.loc, -1, -1)
			continue
		}
		out.loc = append(out.loc, t.offset(g.Index), t.offset(g.Index+g.Length))
	}
	return out, nil
}

// text is a string with its characters and their byte offsets.
type text struct {
	s     string
	runes []rune
	off   []int // nil when every character is one byte
}

func newText(s string) *text {
	t := &text{s: s, runes: []rune(s)}
	if len(t.runes) != len(s) {
		t.off = make([]int, 0, len(t.runes)+1)
		for i := range s {
			t.off = append(t.off, i)
		}
		t.off = append(t.off, len(s))
	}
	return t
}

func (t *text) offset(i int) int {
	if t.off == nil {
		return i
	}
	return t.off[i]
}
