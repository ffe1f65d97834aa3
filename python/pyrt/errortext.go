package pyrt

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

var (
	missingKey   = lazyre.Compile(`^key ((?s:.*)) not in dict$`)
	binaryError  = lazyre.Compile(`^unknown binary op: (\S+) (\S+) (\S+)$`)
	orderError   = lazyre.Compile(`^(\S+) ([<>]=?) (\S+) not implemented$`)
	indexError   = lazyre.Compile(`^(list|tuple|string|range) index: got (\S+), want int$`)
	joinError    = lazyre.Compile(`^join: in list, want string, got (\S+)$`)
	hashError    = lazyre.Compile(`^unhashable type: (\w+)$`)
	missingError = lazyre.Compile(`^function (\S+) missing (\d+) arguments? \((.*)\)$`)
	acceptsError = lazyre.Compile(`^function (\S+) accepts (?:no|(\d+)) (?:positional )?arguments? \((\d+) given\)$`)
	keywordError = lazyre.Compile(`^function (\S+) got an unexpected keyword argument "?([^"]+)"?$`)
	twiceError   = lazyre.Compile(`^function (\S+) got multiple values for parameter "?([^"]+)"?$`)
)

// literalKey gives the key of a dict that an error shows, when it is made of constants.
func literalKey(text string) starlark.Value {
	if len(text) > 4096 {
		return nil
	}
	v, err := starlark.EvalOptions(&syntax.FileOptions{}, &starlark.Thread{Name: "key"}, "key", text, nil)
	if err != nil {
		return nil
	}
	return v
}

// typeErrorText is Python's message for one of Starlark's about types; empty for another.
func typeErrorText(msg string) string {
	name := func(s string) string {
		if p := pythonTypes[s]; p != "" {
			return p
		}
		return s
	}
	if m := binaryError().FindStringSubmatch(msg); m != nil {
		x, op, y := name(m[1]), m[2], name(m[3])
		if op == "+" && (x == "str" || x == "list" || x == "tuple") {
			return fmt.Sprintf("can only concatenate %s (not \"%s\") to %s", x, y, x)
		}
		return fmt.Sprintf("unsupported operand type(s) for %s: '%s' and '%s'", op, x, y)
	}
	if m := orderError().FindStringSubmatch(msg); m != nil {
		return fmt.Sprintf("'%s' not supported between instances of '%s' and '%s'", m[2], name(m[1]), name(m[3]))
	}
	if m := indexError().FindStringSubmatch(msg); m != nil {
		return fmt.Sprintf("%s indices must be integers or slices, not %s", name(m[1]), name(m[2]))
	}
	if m := joinError().FindStringSubmatch(msg); m != nil {
		return fmt.Sprintf("sequence item: expected str instance, %s found", name(m[1]))
	}
	if m := hashError().FindStringSubmatch(msg); m != nil {
		return fmt.Sprintf("unhashable type: '%s'", name(m[1]))
	}
	if m := missingError().FindStringSubmatch(msg); m != nil {
		names := strings.Split(m[3], ", ")
		for i, n := range names {
			names[i] = "'" + n + "'"
		}
		list, s := names[0], ""
		if n := len(names); n > 1 {
			s = "s"
			comma := ""
			if n > 2 {
				comma = ","
			}
			list = strings.Join(names[:n-1], ", ") + comma + " and " + names[n-1]
		}
		return fmt.Sprintf("%s() missing %s required positional argument%s: %s", m[1], m[2], s, list)
	}
	if m := acceptsError().FindStringSubmatch(msg); m != nil {
		most, s, was := m[2], "s", "were"
		if most == "" {
			most = "0"
		}
		if most == "1" {
			s = ""
		}
		if m[3] == "1" {
			was = "was"
		}
		return fmt.Sprintf("%s() takes %s positional argument%s but %s %s given", m[1], most, s, m[3], was)
	}
	if m := keywordError().FindStringSubmatch(msg); m != nil {
		return fmt.Sprintf("%s() got an unexpected keyword argument '%s'", m[1], m[2])
	}
	if m := twiceError().FindStringSubmatch(msg); m != nil {
		return fmt.Sprintf("%s() got multiple values for argument '%s'", m[1], m[2])
	}
	return ""
}
