package pyre

import "strings"

const flagLetters = "aiLmsux"

func flagOf(c rune) Flags {
	switch c {
	case 'a':
		return ASCII
	case 'i':
		return IgnoreCase
	case 'm':
		return Multiline
	case 's':
		return DotAll
	case 'u':
		return Unicode
	case 'x':
		return Verbose
	}
	return 0
}

// globalFlags reads flags such as (?im), which are allowed only at the start of the pattern.
func (t *translator) globalFlags(flags Flags) (Flags, bool, error) {
	i := t.pos + 2
	for i < len(t.src) && strings.ContainsRune(flagLetters, t.src[i]) {
		i++
	}
	if i == t.pos+2 || i >= len(t.src) || t.src[i] != ')' {
		return flags, false, nil
	}
	if !t.empty || t.depth > 0 {
		return flags, false, t.fail(t.pos, "global flags not at the start of the expression")
	}
	for _, c := range t.src[t.pos+2 : i] {
		if c == 'L' {
			return flags, false, t.fail(t.pos+2, "bad inline flags: cannot use 'L' flag with a str pattern")
		}
		flags |= flagOf(c)
	}
	if flags&ASCII != 0 && flags&Unicode != 0 {
		return flags, false, t.fail(t.pos+2, "bad inline flags: flags 'a' and 'u' are incompatible")
	}
	t.pos = i + 1
	return flags, true, nil
}

// scopedFlags reads the start of (?i-s: …) and writes the flags for the engine.
func (t *translator) scopedFlags(start int, flags Flags) (Flags, error) {
	at := t.pos + 1
	t.pos = at
	var on, off Flags
	negative, letters := false, 0
	for {
		c := t.peek()
		switch {
		case c == '-' && !negative:
			negative, letters = true, 0
		case c == ':' && letters > 0:
			t.pos++
			flags = flags&^off | on
			if on&ASCII != 0 {
				flags &^= Unicode
			}
			if on&Unicode != 0 {
				flags &^= ASCII
			}
			t.out.WriteString("(?" + engineLetters(on))
			if s := engineLetters(off); s != "" {
				t.out.WriteString("-" + s)
			}
			t.out.WriteString(":")
			return flags, nil
		case c > 0 && strings.ContainsRune(flagLetters, c):
			letters++
			if c == 'L' || negative && (c == 'a' || c == 'u') {
				return 0, t.fail(t.pos, "bad inline flags: cannot use '%c' here", c)
			}
			if f := flagOf(c); negative {
				off |= f
			} else {
				on |= f
			}
			if on&off != 0 {
				return 0, t.fail(t.pos, "bad inline flags: flag turned on and off")
			}
		case c < 0 && letters > 0:
			return 0, t.fail(t.pos, "missing -, : or )")
		case c < 0:
			return 0, t.fail(start, "missing ), unterminated subpattern")
		case t.pos == at:
			word := "?" + string(c)
			if c == 'P' && t.pos+1 < len(t.src) {
				word += string(t.src[t.pos+1])
			}
			return 0, t.fail(at-1, "unknown extension %s", word)
		default:
			return 0, t.fail(t.pos, "unknown flag")
		}
		t.pos++
	}
}

func engineLetters(f Flags) string {
	s := ""
	for _, c := range "ims" {
		if f&flagOf(c) != 0 {
			s += string(c)
		}
	}
	return s
}
