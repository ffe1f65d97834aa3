package pyrt

import (
	"fmt"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/internal/pyre"
)

// leaving is what the body of a try returns when it was left by return, break or continue.
type leaving struct {
	word  string
	value starlark.Value
}

func (l *leaving) String() string        { return l.word }
func (l *leaving) Type() string          { return "leave" }
func (l *leaving) Freeze()               {}
func (l *leaving) Truth() starlark.Bool  { return true }
func (l *leaving) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable: leave") }

// attempt is the outcome of the body of a try.
type attempt struct {
	rt    *Runtime
	exc   *Instance
	err   error
	leave *leaving
}

func (a *attempt) String() string        { return "attempt" }
func (a *attempt) Type() string          { return "attempt" }
func (a *attempt) Freeze()               {}
func (a *attempt) Truth() starlark.Bool  { return a.err == nil }
func (a *attempt) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable: attempt") }
func (a *attempt) AttrNames() []string {
	return []string{"caught", "error", "exception", "expect", "failed", "finish", "left", "value"}
}

func (a *attempt) Attr(name string) (starlark.Value, error) {
	switch name {
	case "failed":
		return starlark.Bool(a.exc != nil), nil
	case "error", "exception":
		if a.exc == nil {
			return starlark.None, nil
		}
		return a.exc, nil
	case "left":
		if a.leave == nil {
			return starlark.None, nil
		}
		return starlark.String(a.leave.word), nil
	case "value":
		if a.leave == nil || a.leave.value == nil {
			return starlark.None, nil
		}
		return a.leave.value, nil
	case "caught":
		return a.rt.pos(name, 1, 1, func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
			ok, err := a.rt.isInstance(a.exc, args[0])
			return starlark.Bool(a.exc != nil && ok), err
		}), nil
	case "finish":
		return a.rt.pos(name, 0, 0, func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
			return starlark.None, again(a.err)
		}), nil
	case "expect":
		return a.rt.pos(name, 0, 1, func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
			if a.exc == nil {
				return nil, a.rt.raise("AssertionError", "an exception was expected, but none was raised")
			}
			if len(args) == 1 {
				text, err := a.rt.exceptionText(a.exc)
				if err != nil {
					return nil, err
				}
				pattern, _ := starlark.AsString(args[0])
				if p, ok := args[0].(*pattern_); ok {
					pattern = p.source
				}
				re, err := pyre.Compile(pattern, 0)
				if err != nil {
					return nil, a.rt.raise("RegexError", "%v", err)
				}
				if m, _ := re.Search(text); m == nil {
					return nil, a.rt.raise("AssertionError", "%s does not match %s", quoteString(pattern), quoteString(text))
				}
			}
			return starlark.None, nil
		}), nil
	}
	return nil, nil
}

func (rt *Runtime) core(m starlark.StringDict) {
	m["attempt"] = rt.pos("attempt", 1, -1, func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		v, err := starlark.Call(thread, args[0], nil, nil)
		err = rt.Resolve(thread, err)
		rt.thread = thread
		a := &attempt{rt: rt}
		a.leave, _ = v.(*leaving)
		if err == nil {
			return a, nil
		}
		if rt.fatal(thread, err) {
			return nil, err
		}
		exc := rt.Exception(err)
		if len(args) == 1 {
			a.exc, a.err = exc, err
			return a, nil
		}
		for _, c := range args[1:] {
			ok, cerr := rt.isInstance(exc, c)
			if cerr != nil {
				return nil, cerr
			}
			if ok {
				exc.attrs["\x00cause"] = &carried{err}
				a.exc, a.err = exc, err
				return a, nil
			}
		}
		return nil, err
	})
	m["guard"] = rt.pos("guard", 1, 1, func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		v, err := starlark.Call(thread, args[0], nil, nil)
		err = rt.Resolve(thread, err)
		rt.thread = thread
		a := &attempt{rt: rt, err: err}
		a.leave, _ = v.(*leaving)
		if err != nil {
			a.exc = rt.Exception(err)
		}
		return a, nil
	})
	m["leave"] = rt.pos("leave", 1, 2, func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		l := &leaving{word: string(args[0].(starlark.String))}
		if len(args) == 2 {
			l.value = args[1]
		}
		return l, nil
	})
	m["throw"] = rt.pos("throw", 1, 2, func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		if len(args) == 2 {
			return nil, rt.throwFrom(thread, args[0], args[1])
		}
		return nil, rt.throw(thread, args[0])
	})
	m["exit"] = rt.pos("exit", 0, 1, func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return nil, &Raised{Exc: rt.exception("SystemExit", args...)}
	})
	m["enter"] = rt.pos("enter", 1, 1, func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return rt.enter(thread, args[0])
	})
	m["leave_scope"] = rt.pos("leave_scope", 2, 2, func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		a := args[1].(*attempt)
		swallowed, err := rt.exit(thread, args[0], a.exc, a.err)
		if err != nil {
			return nil, err
		}
		if a.err != nil && !swallowed {
			return nil, a.err
		}
		return starlark.None, nil
	})
	m["eq"] = rt.pos("eq", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		ok, err := rt.equal(a[0], a[1])
		return starlark.Bool(ok), err
	})
	m["is_"] = rt.pos("is_", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		return starlark.Bool(identical(a[0], a[1])), nil
	})
	m["contains"] = rt.pos("contains", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		return rt.contains(a[0], a[1])
	})
	m["isinstance"] = rt.pos("isinstance", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		ok, err := rt.isInstance(a[0], a[1])
		return starlark.Bool(ok), err
	})
	m["issubclass"] = rt.pos("issubclass", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		c, ok1 := a[0].(*Class)
		d, ok2 := a[1].(*Class)
		if !ok1 || !ok2 {
			return nil, rt.raise("TypeError", "issubclass() arg 1 must be a class")
		}
		return starlark.Bool(c.subclass(d)), nil
	})
	m["callable"] = rt.pos("callable", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		if o, ok := a[0].(*Instance); ok {
			return starlark.Bool(o.class.find("__call__") != nil), nil
		}
		_, ok := a[0].(starlark.Callable)
		return starlark.Bool(ok), nil
	})
	m["type"] = rt.pos("type", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return rt.typeOf(a[0]), nil })
	m["compare"] = rt.fn("compare", func(th *starlark.Thread, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		return rt.chain(th, a)
	})
	m["name_of"] = rt.pos("name_of", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return rt.nameOf(a[0]) })
	m["type_name"] = rt.pos("type_name", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		return starlark.String(typeName(a[0])), nil
	})
	for _, n := range []string{"Machine", "QemuMachine", "NspawnMachine", "BaseMachine"} {
		m[n] = &Class{rt: rt, name: n, members: map[string]starlark.Value{}}
	}
}

// contains is `x in container`.
func (rt *Runtime) contains(container, x starlark.Value) (starlark.Value, error) {
	switch c := container.(type) {
	case *defaultDict:
		_, found, err := c.Dict.Get(x)
		return starlark.Bool(found), err
	case *Instance:
		if f := c.class.find("__contains__"); f != nil {
			v, err := rt.call(f, c, x)
			if err != nil {
				return nil, err
			}
			return v.Truth(), nil
		}
		if c.native() != nil || c.isFlag() {
			return c.nativeBinary(syntax.IN, x, starlark.Right)
		}
		xs, err := rt.all(rt.thread, c)
		if err != nil {
			return nil, err
		}
		for _, y := range xs {
			if eq, err := rt.equal(x, y); eq || err != nil {
				return starlark.Bool(eq), err
			}
		}
		return starlark.False, nil
	case *starlark.List, starlark.Tuple:
		xs, err := rt.all(rt.thread, container)
		if err != nil {
			return nil, err
		}
		for _, y := range xs {
			if eq, err := rt.same(x, y); eq || err != nil {
				return starlark.Bool(eq), err
			}
		}
		return starlark.False, nil
	case *starlark.Dict, *starlark.Set:
		in, err := starlark.Binary(syntax.IN, x, container)
		if err != nil || bool(in.Truth()) {
			return in, err
		}
		_, found, err := rt.equalKey(container, x)
		return starlark.Bool(found), err
	case *lazyIter, *generator:
		it, err := rt.iterate(rt.thread, container)
		if err != nil {
			return nil, err
		}
		var y starlark.Value
		for it.Next(&y) {
			if eq, err := rt.equal(x, y); eq || err != nil {
				return starlark.Bool(eq), err
			}
		}
		return starlark.False, iterError(it)
	}
	return starlark.Binary(syntax.IN, x, container)
}

// carried keeps the Go error of an exception that the script handles, for raising it again.
type carried struct{ err error }

func (c *carried) String() string        { return c.err.Error() }
func (c *carried) Type() string          { return "error" }
func (c *carried) Freeze()               {}
func (c *carried) Truth() starlark.Bool  { return true }
func (c *carried) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable: error") }

func (rt *Runtime) throw(thread *starlark.Thread, v starlark.Value) error {
	switch v := v.(type) {
	case *Class:
		o, err := v.CallInternal(thread, nil, nil)
		if err != nil {
			return err
		}
		return rt.throw(thread, o)
	case *Instance:
		if v.class.isException() {
			if c, ok := v.attrs["\x00cause"].(*carried); ok {
				return again(c.err)
			}
			return &Raised{Exc: v}
		}
	}
	return rt.raise("TypeError", "exceptions must derive from BaseException")
}

// throwFrom is raise … from cause.
func (rt *Runtime) throwFrom(thread *starlark.Thread, v, cause starlark.Value) error {
	for _, p := range []*starlark.Value{&v, &cause} {
		if c, ok := (*p).(*Class); ok {
			o, err := c.CallInternal(thread, nil, nil)
			if err != nil {
				return err
			}
			*p = o
		}
	}
	if o, ok := v.(*Instance); ok && o.class.isException() {
		if c, ok := cause.(*Instance); !ok || !c.class.isException() {
			return rt.raise("TypeError", "exception causes must derive from BaseException")
		}
		o.attrs["__cause__"] = cause
	}
	return rt.throw(thread, v)
}

// builtinTypes are the names of Starlark's types for the type functions.
var builtinTypes = map[string]string{
	"str": "string", "int": "int", "float": "float", "bool": "bool", "list": "list", "dict": "dict", "tuple": "tuple",
	"set": "set", "bytes": "bytes", "frozenset": "frozenset", "slice": "slice",
}

func (rt *Runtime) isInstance(v starlark.Value, class starlark.Value) (bool, error) {
	switch c := class.(type) {
	case starlark.Tuple:
		for _, d := range c {
			if ok, err := rt.isInstance(v, d); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	case *Class:
		switch c.name {
		case "Machine", "BaseMachine", "QemuMachine", "NspawnMachine":
			class := ""
			if rt.opts.Machine != nil {
				class = rt.opts.Machine(v)
			}
			return class != "" && (c.name == class || c.name == "Machine" || c.name == "BaseMachine"), nil
		}
		switch v := v.(type) {
		case *Instance:
			return v != nil && v.class.subclass(c), nil
		case *namedTuple:
			return v.class.subclass(c), nil
		}
		return false, nil
	case *starlark.Builtin:
		want := builtinTypes[c.Name()]
		if want == "" {
			break
		}
		t := v.Type()
		if o, ok := v.(*Instance); ok && o.native() != nil {
			t = o.native().Type()
		}
		if _, ok := v.(*namedTuple); ok {
			t = "tuple"
		}
		if c, ok := v.(*Instance); ok && want == "string" && c.class.mixed() == "str" {
			return true, nil
		}
		if want == "dict" {
			_, ok := v.(*defaultDict)
			return ok || t == want, nil
		}
		return t == want || want == "int" && t == "bool", nil
	}
	if n, ok := class.(interface{ className() string }); ok {
		return v.Type() == n.className(), nil
	}
	return false, rt.raise("TypeError", "isinstance() arg 2 must be a type, or a tuple of types")
}

// typeOf is type(v): for builtin types the function that makes their values.
func (rt *Runtime) typeOf(v starlark.Value) starlark.Value {
	switch v := v.(type) {
	case *Instance:
		return v.class
	}
	for name, t := range builtinTypes {
		if v.Type() == t {
			return rt.module.Members[name]
		}
	}
	return &Class{rt: rt, name: typeName(v), members: map[string]starlark.Value{}}
}

// typeName is Python's name of a value's type.
func typeName(v starlark.Value) string {
	switch v := v.(type) {
	case starlark.String:
		return "str"
	case *Instance:
		return v.class.name
	case *namedTuple:
		return v.class.name
	case *starlark.Function:
		return "function"
	case *starlark.Builtin:
		return "builtin_function_or_method"
	}
	return v.Type()
}

func identical(a, b starlark.Value) bool {
	switch a := a.(type) {
	case starlark.NoneType, starlark.Bool, starlark.String, starlark.Int:
		if a.Type() != b.Type() {
			return false
		}
		eq, err := starlark.Equal(a, b)
		return eq && err == nil
	case starlark.Tuple:
		t, ok := b.(starlark.Tuple)
		return ok && len(a) == len(t) && (len(a) == 0 || &a[0] == &t[0])
	case *starlark.Builtin:
		c, ok := b.(*starlark.Builtin)
		return ok && a.Name() == c.Name() && a.Receiver() == c.Receiver()
	case starlark.Float, starlark.Bytes:
		return false
	}
	switch b.(type) {
	case starlark.Tuple:
		return false
	}
	return a == b
}

var tokens = map[string]syntax.Token{
	"&": syntax.AMP, "|": syntax.PIPE, "^": syntax.CIRCUMFLEX, "+": syntax.PLUS, "-": syntax.MINUS,
	"*": syntax.STAR, "/": syntax.SLASH, "//": syntax.SLASHSLASH, "%": syntax.PERCENT,
}

var setOperators = lazyre.Compile(`^[&|^*-]=$`)
