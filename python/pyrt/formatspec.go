package pyrt

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// spec is a format specification: [[fill]align][sign][#][0][width][,][.precision][type].
type spec struct {
	fill       rune
	align      byte
	sign       byte
	alt, zero  bool
	width      int
	group      byte
	precision  int
	verb       byte
	percentFmt bool // of the % operator
}

func (rt *Runtime) parseSpec(s string) (spec, error) {
	f := spec{fill: ' ', precision: -1}
	whole := s
	if r, n := utf8.DecodeRuneInString(s); len(s) > n && strings.IndexByte("<>=^", s[n]) >= 0 {
		f.fill, f.align = r, s[n]
		s = s[n+1:]
	} else if s != "" && strings.IndexByte("<>=^", s[0]) >= 0 {
		f.align = s[0]
		s = s[1:]
	}
	take := func(set string) byte {
		if s != "" && strings.IndexByte(set, s[0]) >= 0 {
			c := s[0]
			s = s[1:]
			return c
		}
		return 0
	}
	number := func() (int, bool) {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if n == 0 || n > 6 {
			return 0, false
		}
		v, _ := strconv.Atoi(s[:n])
		s = s[n:]
		return v, true
	}
	f.sign = take("+- ")
	f.alt = take("#") != 0
	if take("0") != 0 {
		f.zero = true
		if f.align == 0 {
			f.fill, f.align = '0', '='
		}
	}
	f.width, _ = number()
	f.group = take(",_")
	if take(".") != 0 {
		p, ok := number()
		if !ok {
			return f, rt.raise("ValueError", "Format specifier missing precision")
		}
		f.precision = p
	}
	if s != "" {
		f.verb = s[0]
		s = s[1:]
	}
	if s != "" {
		return f, rt.raise("ValueError", "Invalid format specifier '%s'", whole)
	}
	return f, nil
}

// formatValue is format(v, spec).
func (rt *Runtime) formatValue(v starlark.Value, s string) (string, error) {
	if o, ok := v.(*Instance); ok {
		if f := o.class.find("__format__"); f != nil {
			r, err := rt.call(f, o, starlark.String(s))
			if err != nil {
				return "", err
			}
			t, _ := starlark.AsString(r)
			return t, nil
		}
	}
	if d, ok := v.(strftimer); ok && s != "" {
		return d.strftime(s), nil
	}
	if s == "" {
		return rt.str(v)
	}
	f, err := rt.parseSpec(s)
	if err != nil {
		return "", err
	}
	unknown := func() error {
		return rt.raise("ValueError", "Unknown format code '%c' for object of type '%s'", f.verb, typeName(v))
	}
	switch v := v.(type) {
	case starlark.String:
		if f.verb != 0 && f.verb != 's' {
			return "", unknown()
		}
		if f.sign != 0 {
			return "", rt.raise("ValueError", "Sign not allowed in string format specifier")
		}
		if f.align == '=' && !f.zero {
			return "", rt.raise("ValueError", "'=' alignment not allowed in string format specifier")
		}
		if f.zero && f.align == '=' {
			f.align = '<'
		}
		t := string(v)
		if r := []rune(t); f.precision >= 0 && len(r) > f.precision {
			t = string(r[:f.precision])
		}
		return pad(t, f, '<'), nil
	case starlark.Bool:
		n := 0
		if v {
			n = 1
		}
		return rt.formatInt(starlark.MakeInt(n), f, unknown)
	case starlark.Int:
		return rt.formatInt(v, f, unknown)
	case starlark.Float:
		return rt.formatFloat(float64(v), f, unknown)
	}
	return "", rt.raise("TypeError", "unsupported format string passed to %s.__format__", typeName(v))
}

func (rt *Runtime) formatInt(v starlark.Int, f spec, unknown func() error) (string, error) {
	base, prefix := 10, ""
	switch f.verb {
	case 0, 'd', 'n':
	case 'b':
		base, prefix = 2, "0b"
	case 'o':
		base, prefix = 8, "0o"
	case 'x', 'X':
		base, prefix = 16, "0"+string(f.verb)
	case 'c':
		n, _ := v.Int64()
		return pad(string(rune(n)), f, '<'), nil
	case 'e', 'E', 'f', 'F', 'g', 'G', '%':
		x, _ := starlark.AsFloat(v)
		return rt.formatFloat(x, f, unknown)
	default:
		return "", unknown()
	}
	if f.precision >= 0 {
		return "", rt.raise("ValueError", "Precision not allowed in integer format specifier")
	}
	n := new(big.Int).Abs(v.BigInt())
	digits := n.Text(base)
	if f.verb == 'X' {
		digits = strings.ToUpper(digits)
	}
	if !f.alt {
		prefix = ""
	}
	return number(v.Sign() < 0, prefix, digits, "", f, base), nil
}

func (rt *Runtime) formatFloat(x float64, f spec, unknown func() error) (string, error) {
	neg := math.Signbit(x) && !math.IsNaN(x)
	x = math.Abs(x)
	prec := f.precision
	if prec < 0 {
		prec = 6
	}
	var s string
	switch f.verb {
	case 'f', 'F', 'e', 'E':
		s = strconv.FormatFloat(x, f.verb|32, prec, 64)
	case '%':
		s = strconv.FormatFloat(x*100, 'f', prec, 64) + "%"
	case 'g', 'G', 'n', 0:
		if f.verb == 0 && f.precision < 0 {
			s = floatText(x)
			break
		}
		if prec == 0 {
			prec = 1
		}
		s = general(x, prec, f.alt)
		if f.verb == 0 && !strings.ContainsAny(s, ".e") {
			s += ".0"
		}
	default:
		return "", unknown()
	}
	if math.IsInf(x, 0) || math.IsNaN(x) {
		s = strings.ToLower(strings.TrimPrefix(s, "+"))
	}
	if f.verb == 'E' || f.verb == 'G' || f.verb == 'F' {
		s = strings.ToUpper(s)
	}
	i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if i < 0 {
		i = len(s)
	}
	return number(neg, "", s[:i], s[i:], f, 10), nil
}

// general is %g: prec significant digits without zeros at the end.
func general(x float64, prec int, alt bool) string {
	e := strconv.FormatFloat(x, 'e', prec-1, 64)
	i := strings.IndexByte(e, 'e')
	if i < 0 {
		return e
	}
	exp, _ := strconv.Atoi(e[i+1:])
	trim := func(s string) string {
		if alt || !strings.Contains(s, ".") {
			return s
		}
		return strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if exp < -4 || exp >= prec {
		return trim(e[:i]) + e[i:]
	}
	return trim(strconv.FormatFloat(x, 'f', prec-1-exp, 64))
}

// number puts sign, digits, groups and padding together.
func number(neg bool, prefix, digits, rest string, f spec, base int) string {
	sign := ""
	switch {
	case neg:
		sign = "-"
	case f.sign == '+' || f.sign == ' ':
		sign = string(f.sign)
	}
	size := 3
	if base != 10 {
		size = 4
	}
	if f.group != 0 {
		if f.fill == '0' && f.align == '=' {
			for len(sign)+len(prefix)+len(group(digits, f.group, size))+len(rest) < f.width {
				g := group("0"+digits, f.group, size)
				if len(sign)+len(prefix)+len(g)+len(rest) > f.width && g[0] == '0' && len(g) > 1 && g[1] == f.group {
					break
				}
				digits = "0" + digits
			}
		}
		digits = group(digits, f.group, size)
	}
	sign += prefix
	if f.align == '=' {
		n := f.width - utf8.RuneCountInString(sign+digits+rest)
		if n > 0 {
			return sign + strings.Repeat(string(f.fill), n) + digits + rest
		}
	}
	return pad(sign+digits+rest, f, '>')
}

func group(s string, sep byte, size int) string {
	for i := len(s) - size; i > 0; i -= size {
		s = s[:i] + string(sep) + s[i:]
	}
	return s
}

func pad(s string, f spec, align byte) string {
	n := f.width - utf8.RuneCountInString(s)
	if n <= 0 {
		return s
	}
	if f.align != 0 {
		align = f.align
	}
	fill := string(f.fill)
	switch align {
	case '<':
		return s + strings.Repeat(fill, n)
	case '^':
		return strings.Repeat(fill, n/2) + s + strings.Repeat(fill, n-n/2)
	}
	return strings.Repeat(fill, n) + s
}
