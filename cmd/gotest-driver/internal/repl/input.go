package repl

import (
	"bufio"
	"io"
	"strings"
)

// scan is the state of an incomplete input after some lines.
type scan struct {
	depth    int    // open brackets
	quote    string // of the string that is open: ''' or """
	escaped  bool   // the last line ends with a backslash
	compound bool   // the statement has an indented block
	started  bool   // there is a statement
	blank    bool   // the last line is blank
}

// line adds the next line, without its end.
func (s *scan) line(l string) {
	s.blank = s.depth == 0 && s.quote == "" && !s.escaped && strings.TrimSpace(l) == ""
	s.escaped = false
	last := byte(0)
	for i := 0; i < len(l); i++ {
		c := l[i]
		if s.quote != "" {
			switch {
			case c == '\\':
				i++
			case strings.HasPrefix(l[i:], s.quote):
				i += len(s.quote) - 1
				s.quote, last = "", '"'
			}
			continue
		}
		switch c {
		case '#':
			i = len(l)
			continue
		case '"', '\'':
			s.started = true
			q := l[i : i+1]
			if t := strings.Repeat(q, 3); strings.HasPrefix(l[i:], t) {
				s.quote = t
				i += 2
				continue
			}
			for i++; i < len(l) && l[i] != c; i++ {
				if l[i] == '\\' {
					i++
				}
			}
			last = c
			continue
		case '(', '[', '{':
			s.depth++
		case ')', ']', '}':
			s.depth = max(0, s.depth-1)
		case '\\':
			if strings.TrimRight(l[i+1:], " \r") == "" {
				s.escaped = true
				return
			}
		case ' ', '\t', '\r':
			continue
		}
		s.started = true
		last = c
	}
	if last == ':' && s.depth == 0 && s.quote == "" {
		s.compound = true
	}
}

// open reports whether brackets or strings are open.
func (s *scan) open() bool { return s.depth > 0 || s.quote != "" || s.escaped }

// Complete reports whether an input at a prompt is complete: brackets and strings are closed, and an empty line ends a
// block.
func Complete(src string) bool {
	var s scan
	for l := range strings.SplitSeq(src, "\n") {
		s.line(l)
	}
	if s.open() {
		return false
	}
	return !s.compound || s.blank
}

// statements reads statements from a pipe: a block ends before the next line that is not indented.
type statements struct {
	r    *bufio.Reader
	next *string // a line that belongs to the next statement
	err  error
}

func newStatements(r io.Reader) *statements { return &statements{r: bufio.NewReader(r)} }

func (in *statements) readLine() (string, bool) {
	if in.next != nil {
		l := *in.next
		in.next = nil
		return l, true
	}
	if in.err != nil {
		return "", false
	}
	var l string
	l, in.err = in.r.ReadString('\n')
	if in.err != nil && l == "" {
		return "", false
	}
	return strings.TrimRight(l, "\r\n"), true
}

// read returns the next statement; the error is that of the reader, io.EOF at the end.
func (in *statements) read() (string, error) {
	var s scan
	var lines []string
	for {
		l, ok := in.readLine()
		if !ok {
			if s.started {
				return strings.Join(lines, "\n"), nil
			}
			return "", in.err
		}
		if s.started && s.compound && !s.open() && begins(l) {
			in.next = &l
			return strings.Join(lines, "\n"), nil
		}
		lines = append(lines, l)
		s.line(l)
		switch {
		case !s.started && !s.open():
			lines = nil
		case !s.open() && !s.compound:
			return strings.Join(lines, "\n"), nil
		}
	}
}

// begins reports whether a line begins a statement of the top level.
func begins(l string) bool {
	if strings.TrimSpace(l) == "" || l[0] == ' ' || l[0] == '\t' || l[0] == '#' {
		return false
	}
	word, _, _ := strings.Cut(strings.TrimRight(l, " :"), " ")
	word = strings.TrimRight(word, ":(")
	return word != "else" && word != "elif"
}
