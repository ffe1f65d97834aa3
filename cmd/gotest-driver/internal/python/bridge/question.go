package bridge

import (
	"errors"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/report"
)

// question is a message from Python whose parts are read one after the other. A part of the wrong kind is an error at the end.
type question struct {
	rest starlark.Tuple
	err  error
}

func (q *question) value() starlark.Value {
	if len(q.rest) == 0 {
		q.err = errFormat
		return starlark.None
	}
	v := q.rest[0]
	q.rest = q.rest[1:]
	return v
}

func (q *question) int() int {
	n, err := starlark.AsInt32(q.value())
	if err != nil {
		q.err = errFormat
	}
	return n
}

func (q *question) text() string {
	s, ok := starlark.AsString(q.value())
	if !ok {
		q.err = errFormat
	}
	return s
}

func (q *question) tuple() starlark.Tuple {
	t, ok := q.value().(starlark.Tuple)
	if !ok {
		q.err = errFormat
	}
	return t
}

// attributes returns the attributes of an entry or a message; that of the machine on its own.
func (q *question) attributes() (machine string, others map[string]string) {
	d, ok := q.value().(*starlark.Dict)
	if !ok {
		q.err = errFormat
		return "", nil
	}
	for _, item := range d.Items() {
		name, _ := starlark.AsString(item[0])
		value, _ := starlark.AsString(item[1])
		switch {
		case name == "machine":
			machine = value
		case others == nil:
			others = map[string]string{name: value}
		default:
			others[name] = value
		}
	}
	return machine, others
}

// place returns the script's place. The line is read when it is needed.
func (q *question) place(p *Process) func() *report.Source {
	at := &question{rest: q.tuple()}
	file, line, function := at.text(), at.int(), at.text()
	q.err = errors.Join(q.err, at.err)
	return func() *report.Source {
		if file == "" {
			return nil
		}
		src := p.source(file, line, 0, function)
		return &src
	}
}
