package bridge

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/internal/near"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/api"
)

// handle answers a question.
func (c *conn) handle(msg starlark.Tuple) error {
	q := &question{rest: msg}
	kind := q.int()
	if kind != msgPrint {
		c.asked++
	}
	switch kind {
	case msgPrint:
		text, level := strings.ToValidUTF8(q.text(), "\ufffd"), q.text()
		machine, attrs := q.attributes()
		switch {
		case q.err != nil:
		case level == "":
			c.thread.Print(text)
		case level == "serial":
			c.thread.Log(report.Event{Kind: report.Serial, Machine: machine, Text: text})
		default:
			c.thread.Log(report.Event{Kind: report.Message, Level: report.Level(level), Machine: machine, Text: text, Attrs: attrs})
		}
		return q.err
	case msgCall:
		at, target, name, args := q.place(c.p), q.int(), q.text(), q.tuple()
		kwargs, ok := q.value().(*starlark.Dict)
		if q.err != nil || !ok {
			return errors.Join(errFormat, q.err)
		}
		v, err := c.call(c.asked, at, target, name, args, kwargs)
		if err != nil {
			return c.sendError(err)
		}
		return c.sendResult(v)
	case msgGet:
		target, name := q.int(), q.text()
		if q.err != nil {
			return q.err
		}
		v, err := c.lookup(target, name)
		if err != nil {
			return c.sendError(err)
		}
		return c.sendResult(v)
	case msgEnter:
		at := q.place(c.p)
		action, text := q.text(), strings.ToValidUTF8(q.text(), "\ufffd")
		machine, attrs := q.attributes()
		condition := q.value()
		if q.err != nil {
			return q.err
		}
		n, err := c.enter(at, report.Entry{Action: report.Action(action), Text: text, Machine: machine, Attrs: attrs}, condition)
		if err != nil {
			return c.sendError(err)
		}
		return c.sendResult(starlark.MakeInt(n))
	case msgExit:
		n := q.int()
		failed, _ := q.value().(starlark.Tuple)
		if q.err != nil {
			return q.err
		}
		var err error
		if failed != nil {
			failure, broken := c.p.failed(failed)
			if broken != nil {
				return broken
			}
			if err = failure; isExit(failure.Cause) {
				err = failure.Cause // it ends the script, whatever is around it
			}
		}
		if c.p.ctx.Err() != nil && err == nil {
			err = c.p.remote.EndError() // the script continued
		}
		goesOn, err := c.thread.Exit(n, err)
		if err != nil {
			return c.sendError(err)
		}
		return c.sendResult(starlark.Bool(goesOn))
	case msgEnd:
		if err := c.p.ended(c, q.value()); err != nil {
			return err
		}
		return c.sendResult(starlark.None)
	case msgSync:
		return c.sendResult(starlark.None)
	case msgDebugger:
		if c.p.o.OnDebugger == nil {
			return errFormat
		}
		port, token, err := c.p.o.OnDebugger()
		if err != nil {
			return c.sendError(err)
		}
		return c.sendResult(starlark.Tuple{starlark.MakeInt(port), starlark.String(token)})
	default:
		return fmt.Errorf("%w: number %d", errFormat, kind)
	}
}

// enter opens an entry of the log, or with a condition the scope of that.
func (c *conn) enter(at func() *report.Source, entry report.Entry, condition starlark.Value) (int, error) {
	if condition != starlark.None {
		return c.thread.EnterCondition(condition)
	}
	return c.thread.Enter(at, entry), nil
}

// lookup finds a member of an object, or of the predeclared names and their modules.
func (c *conn) lookup(target int, name string) (starlark.Value, error) {
	if target != 0 {
		o, err := c.p.object(target)
		if err != nil {
			return nil, err
		}
		return c.member(o, name)
	}
	module, member, dotted := strings.Cut(name, ".")
	v := c.p.names[module]
	if v == nil {
		return nil, fmt.Errorf("the driver has no %s", module)
	}
	if dotted {
		return c.member(v, member)
	}
	return v, nil
}

func (c *conn) member(v starlark.Value, name string) (starlark.Value, error) {
	holder, ok := v.(starlark.HasAttrs)
	if !ok {
		return nil, fmt.Errorf("%s has no %s", v, name)
	}
	m, err := c.thread.Attr(holder, name)
	if err == nil && m == nil {
		err = fmt.Errorf("%s has no %s%s", v, name, near.DidYouMean(name, holder.AttrNames()))
	}
	return m, err
}

func (c *conn) call(number int, at func() *report.Source, target int, name string, args starlark.Tuple, kwargs *starlark.Dict) (starlark.Value, error) {
	v, err := c.lookup(target, name)
	if err != nil {
		return nil, err
	}
	fn, ok := v.(starlark.Callable)
	if !ok {
		return nil, fmt.Errorf("%s is not a function", name)
	}
	named := kwargs.Items()
	if b, ok := fn.(*script.Builtin); ok {
		fit(b.Function(), args, named)
	}
	return c.thread.Call(number, at, fn, args, named)
}

// fit converts arguments to what the declaration wants where Python accepts more: any sequence for a list or a tuple, digits for
// a port.
func fit(f *api.Function, args starlark.Tuple, kwargs []starlark.Tuple) {
	for i, v := range args {
		if i < len(f.Params) && f.Params[i].Kind == api.Positional {
			args[i] = fitted(v, f.Params[i].Type)
		}
	}
	for _, kw := range kwargs {
		name, _ := starlark.AsString(kw[0])
		if p := f.Param(name); p != nil {
			kw[1] = fitted(kw[1], p.Type)
		}
	}
}

func fitted(v starlark.Value, t *api.Type) starlark.Value {
	if digits, ok := starlark.AsString(v); ok && t != nil && t.Name == "Port" {
		if n, err := strconv.ParseUint(digits, 10, 16); err == nil {
			return starlark.MakeUint64(n)
		}
	}
	_, isList := v.(*starlark.List)
	_, isTuple := v.(starlark.Tuple)
	_, isSet := v.(*starlark.Set)
	switch {
	case isList && accepts(t, "tuple") && !accepts(t, "list"):
		return starlark.Tuple(slices.Collect(starlark.Elements(v.(starlark.Iterable))))
	case (isTuple || isSet) && accepts(t, "list") && !accepts(t, v.Type()):
		return starlark.NewList(slices.Collect(starlark.Elements(v.(starlark.Iterable))))
	}
	return v
}

// accepts reports whether a type, or one of a union, has a name.
func accepts(t *api.Type, name string) bool {
	return t != nil && (t.Name == name || t.Name == "|" && slices.ContainsFunc(t.Args, func(a *api.Type) bool { return accepts(a, name) }))
}
