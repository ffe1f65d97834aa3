package pyrt

import (
	"context"
	"errors"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// Raised is the error of a Python exception.
type Raised struct {
	Exc   *Instance
	Cause error // what was being handled
}

func (e *Raised) Error() string {
	text, err := e.Exc.class.rt.exceptionText(e.Exc)
	if err != nil || text == "" {
		return e.Exc.class.name
	}
	return e.Exc.class.name + ": " + text
}

// Unwrap gives the cause.
func (e *Raised) Unwrap() error { return e.Cause }

// ExitCode tells whether an error is a SystemExit, and its status.
func ExitCode(err error) (code int, ok bool) {
	var r *Raised
	if !errors.As(err, &r) || r.Exc.class.name != "SystemExit" {
		return 0, false
	}
	args, _ := r.Exc.attrs["args"].(starlark.Tuple)
	if len(args) == 0 || args[0] == starlark.None {
		return 0, true
	}
	if n, err := starlark.AsInt32(args[0]); err == nil {
		return n, true
	}
	return 1, true
}

var hierarchy = []struct{ name, base string }{
	{"BaseException", ""}, {"Exception", "BaseException"}, {"SystemExit", "BaseException"}, {"KeyboardInterrupt", "BaseException"},
	{"GeneratorExit", "BaseException"}, {"AssertionError", "Exception"}, {"ArithmeticError", "Exception"}, {"ZeroDivisionError", "ArithmeticError"},
	{"OverflowError", "ArithmeticError"}, {"AttributeError", "Exception"}, {"EOFError", "Exception"}, {"ImportError", "Exception"},
	{"ModuleNotFoundError", "ImportError"}, {"LookupError", "Exception"}, {"IndexError", "LookupError"}, {"KeyError", "LookupError"},
	{"NameError", "Exception"}, {"UnboundLocalError", "NameError"}, {"OSError", "Exception"}, {"FileNotFoundError", "OSError"},
	{"FileExistsError", "OSError"}, {"PermissionError", "OSError"}, {"IsADirectoryError", "OSError"}, {"NotADirectoryError", "OSError"},
	{"ConnectionError", "OSError"}, {"ConnectionRefusedError", "ConnectionError"}, {"ConnectionResetError", "ConnectionError"},
	{"BrokenPipeError", "ConnectionError"}, {"TimeoutError", "OSError"}, {"RuntimeError", "Exception"}, {"NotImplementedError", "RuntimeError"},
	{"RecursionError", "RuntimeError"}, {"StopIteration", "Exception"}, {"TypeError", "Exception"}, {"ValueError", "Exception"},
	{"UnicodeError", "ValueError"}, {"UnicodeDecodeError", "UnicodeError"}, {"UnicodeEncodeError", "UnicodeError"},
	{"JSONDecodeError", "ValueError"}, {"SubprocessError", "Exception"}, {"CalledProcessError", "SubprocessError"},
	{"TimeoutExpired", "SubprocessError"}, {"RequestedAssertionFailed", "AssertionError"}, {"MachineError", "Exception"},
	{"TestScriptError", "Exception"}, {"RegexError", "Exception"}, {"BinasciiError", "ValueError"}, {"ZlibError", "Exception"}, {"BadGzipFile", "OSError"}, {"StructError", "Exception"}, {"SyntaxError", "Exception"},
	{"ParseError", "SyntaxError"}, {"FrozenInstanceError", "AttributeError"}, {"ChildProcessError", "OSError"},
	{"InterruptedError", "OSError"}, {"ProcessLookupError", "OSError"}, {"BlockingIOError", "OSError"}, {"BufferError", "Exception"}, {"Warning", "Exception"},
	{"UserWarning", "Warning"}, {"DeprecationWarning", "Warning"}, {"RuntimeWarning", "Warning"}, {"ConnectionAbortedError", "ConnectionError"},
	{"ReferenceError", "Exception"}, {"MemoryError", "Exception"}, {"SystemError", "Exception"},
	{"InvalidVersion", "ValueError"},
}

func (rt *Runtime) makeClasses() {
	for _, h := range hierarchy {
		c := &Class{rt: rt, name: h.name, members: map[string]starlark.Value{}}
		if h.base != "" {
			c.bases = []*Class{rt.classes[h.base]}
		}
		rt.classes[h.name] = c
	}
	rt.classes["IOError"] = rt.classes["OSError"]
}

// exception makes an instance of a builtin class.
func (rt *Runtime) exception(class string, args ...starlark.Value) *Instance {
	return &Instance{class: rt.classes[class], attrs: map[string]starlark.Value{"args": starlark.Tuple(args)}}
}

func (rt *Runtime) exceptionInit() starlark.Value {
	return rt.fn("__init__", func(_ *starlark.Thread, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		if o, ok := args[0].(*Instance); ok {
			o.attrs["args"] = append(starlark.Tuple(nil), args[1:]...)
		}
		return starlark.None, nil
	})
}

func (rt *Runtime) exceptionAttr(o *Instance, name string) (starlark.Value, error) {
	switch name {
	case "__init__":
		return rt.bound("__init__", rt.exceptionInit(), o), nil
	case "with_traceback":
		return rt.fn(name, func(*starlark.Thread, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) { return o, nil }), nil
	case "add_note":
		return rt.pos(name, 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			notes, ok := o.attrs["__notes__"].(*starlark.List)
			if !ok {
				notes = &starlark.List{}
				o.attrs["__notes__"] = notes
			}
			return starlark.None, notes.Append(a[0])
		}), nil
	case "__cause__", "__traceback__":
		return starlark.None, nil
	case "code":
		if args := o.attrs["args"].(starlark.Tuple); len(args) > 0 {
			return args[0], nil
		}
		return starlark.None, nil
	case "value":
		if o.class.subclass(rt.classes["StopIteration"]) {
			if args := o.attrs["args"].(starlark.Tuple); len(args) > 0 {
				return args[0], nil
			}
			return starlark.None, nil
		}
	case "errno", "strerror", "filename":
		if o.class.subclass(rt.classes["OSError"]) {
			return starlark.None, nil
		}
	}
	return nil, nil
}

// exceptionText is str() of an exception.
func (rt *Runtime) exceptionText(o *Instance) (string, error) {
	if f := o.class.find("__str__"); f != nil {
		v, err := rt.call(f, o)
		if err != nil {
			return "", err
		}
		s, _ := starlark.AsString(v)
		return s, nil
	}
	args, _ := o.attrs["args"].(starlark.Tuple)
	switch {
	case o.attrs["strerror"] != nil:
		errno, err := rt.str(o.attrs["errno"])
		if err != nil {
			return "", err
		}
		text, err := rt.str(o.attrs["strerror"])
		if f := o.attrs["filename"]; f != nil && err == nil {
			var name string
			name, err = rt.repr(f)
			text += ": " + name
		}
		return "[Errno " + errno + "] " + text, err
	case len(args) == 0:
		return "", nil
	case len(args) == 1 && o.class.name == "KeyError":
		return rt.repr(args[0])
	case len(args) == 1:
		return rt.str(args[0])
	}
	return rt.repr(args)
}

// fatal tells whether an error ends the run whatever the script says.
func (rt *Runtime) fatal(thread *starlark.Thread, err error) bool {
	if rt.opts.Fatal != nil && rt.opts.Fatal(err) {
		return true
	}
	if rt.context(thread).Err() != nil || strings.Contains(err.Error(), "Starlark computation cancelled") {
		return true
	}
	return errors.Is(err, context.Canceled)
}

// Exception gives the exception that an error is for the script.
func (rt *Runtime) Exception(err error) *Instance {
	var r *Raised
	if errors.As(err, &r) {
		return r.Exc
	}
	if rt.opts.Classify != nil {
		if class, msg, ok := rt.opts.Classify(err); ok {
			if rt.classes[class] == nil {
				class = "Exception"
			}
			return rt.exception(class, starlark.String(msg))
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return rt.osError("FileNotFoundError", 2, "No such file or directory", err)
	case errors.Is(err, fs.ErrExist):
		return rt.osError("FileExistsError", 17, "File exists", err)
	case errors.Is(err, fs.ErrPermission):
		return rt.osError("PermissionError", 13, "Permission denied", err)
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		if strings.Contains(pe.Err.Error(), "is a directory") {
			return rt.osError("IsADirectoryError", 21, "Is a directory", err)
		}
		return rt.exception("OSError", starlark.String(err.Error()))
	}
	msg := err.Error()
	var eval *starlark.EvalError
	if errors.As(err, &eval) {
		msg = eval.Msg
		if inner := eval.Unwrap(); inner != nil {
			msg = inner.Error()
		}
	}
	class, text := classify(msg)
	return rt.exception(class, text)
}

var errnoClasses = map[int]string{
	1: "PermissionError", 2: "FileNotFoundError", 13: "PermissionError", 17: "FileExistsError", 20: "NotADirectoryError",
	21: "IsADirectoryError", 32: "BrokenPipeError", 104: "ConnectionResetError", 110: "TimeoutError", 111: "ConnectionRefusedError",
}

// osArgs makes attributes of the arguments of an OSError.
func (rt *Runtime) osArgs(o *Instance) {
	args, _ := o.attrs["args"].(starlark.Tuple)
	if len(args) < 2 || !o.class.subclass(rt.classes["OSError"]) {
		return
	}
	o.attrs["errno"], o.attrs["strerror"] = args[0], args[1]
	if n, err := starlark.AsInt32(args[0]); err == nil && o.class == rt.classes["OSError"] && errnoClasses[n] != "" {
		o.class = rt.classes[errnoClasses[n]]
	}
	if len(args) > 2 {
		o.attrs["filename"], o.attrs["args"] = args[2], args[:2]
	}
}

func (rt *Runtime) osError(class string, errno int, text string, err error) *Instance {
	o := rt.exception(class, starlark.MakeInt(errno), starlark.String(text))
	rt.osArgs(o)
	var pe *fs.PathError
	if errors.As(err, &pe) {
		o.attrs["filename"] = starlark.String(pe.Path)
	}
	return o
}

// patterns tell Python's class and message of Starlark's own errors.
var patterns = []struct {
	re    func() *regexp.Regexp
	class string
	text  string // with $1; empty keeps the message
}{
	{lazyre.Compile(`^fail: (?s:(.*))$`), "Exception", "$1"},
	{lazyre.Compile(`^(?:set|dict|insert): TypeError: (.*)$`), "TypeError", "$1"},
	{lazyre.Compile(`^too few values to unpack \(got (\d+), want (\d+)\)`), "ValueError", "not enough values to unpack (expected $2, got $1)"},
	{lazyre.Compile(`^too many values to unpack \(got \d+, want (\d+)\)`), "ValueError", "too many values to unpack (expected $1)"},
	{lazyre.Compile(`^tuple value does not support item assignment`), "TypeError", "'tuple' object does not support item assignment"},
	{lazyre.Compile(`missing \d+ arguments? \(|accepts (?:at most|no|\d+)|multiple values for (?:parameter|keyword)|unexpected keyword argument`), "TypeError", ""},
	{lazyre.Compile(`Starlark stack overflow`), "RecursionError", "maximum recursion depth exceeded"},
	{lazyre.Compile(`key "?(?s:(.*?))"? not in dict`), "KeyError", "$1"},
	{lazyre.Compile(`^(?:dict\.)?pop: (?:missing key|.*not.*)`), "KeyError", ""},
	{lazyre.Compile(`remove: missing key`), "KeyError", ""},
	{lazyre.Compile(`^pop: index .* out of range: empty|pop: empty list`), "IndexError", "pop from empty list"},
	{lazyre.Compile(`^pop: index .* out of range`), "IndexError", "pop index out of range"},
	{lazyre.Compile(`^(list|tuple|string|bytes|range) index .* out of range|^index .* out of range`), "IndexError", "list index out of range"},
	{lazyre.Compile(`out of range:`), "IndexError", "list index out of range"},
	{lazyre.Compile(`floored division by zero`), "ZeroDivisionError", "integer division or modulo by zero"},
	{lazyre.Compile(`modulo by zero`), "ZeroDivisionError", "integer modulo by zero"},
	{lazyre.Compile(`division by zero`), "ZeroDivisionError", "division by zero"},
	{lazyre.Compile(`^int: invalid literal with base (\d+): (?s:(.*))$`), "ValueError", "invalid literal for int() with base $1: $2"},
	{lazyre.Compile(`invalid float literal: (?s:(.*))$`), "ValueError", "could not convert string to float: '$1'"},
	{lazyre.Compile(`^(?:int|float): (?:invalid|cannot|empty).*`), "ValueError", ""},
	{lazyre.Compile(`substring not found`), "ValueError", "substring not found"},
	{lazyre.Compile(`remove: element not found`), "ValueError", "list.remove(x): x not in list"},
	{lazyre.Compile(`index: value not in list|value not in list`), "ValueError", ""},
	{lazyre.Compile(`too (?:many|few) values to unpack|empty separator|chr: |max: |min: |argument is an empty`), "ValueError", ""},
	{lazyre.Compile(`has no \.?(\S+) (?:field|method|attribute)`), "AttributeError", ""},
	{lazyre.Compile(`local variable (\S+) referenced before assignment`), "UnboundLocalError", "cannot access local variable '$1' where it is not associated with a value"},
	{lazyre.Compile(`global variable (\S+) referenced before assignment|undefined: (\S+)`), "NameError", "name '$1$2' is not defined"},
	{lazyre.Compile(`unknown (?:binary|unary) op|not implemented|got \S+, want|not callable|unhashable|not iterable|missing argument|unexpected keyword|accepts|non-function|invalid call|requires|for parameter|unhandled index|cannot (?:append|insert)|parameter`), "TypeError", ""},
	{lazyre.Compile(`assert(?:ion)? failed|^assert:`), "AssertionError", ""},
}

var missingAttr = lazyre.Compile(`^(\S+) has no \.(\S+) (?:field|method|attribute)`)

// pythonTypes are Python's names of Starlark's types that are called otherwise.
var pythonTypes = map[string]string{"string": "str"}

func classify(msg string) (string, starlark.Value) {
	if text := typeErrorText(msg); text != "" {
		return "TypeError", starlark.String(text)
	}
	if m := missingKey().FindStringSubmatch(msg); m != nil {
		if key := literalKey(m[1]); key != nil {
			return "KeyError", key
		}
	}
	if m := missingAttr().FindStringSubmatch(msg); m != nil {
		name := m[1]
		if p := pythonTypes[name]; p != "" {
			name = p
		}
		return "AttributeError", starlark.String("'" + name + "' object has no attribute '" + m[2] + "'")
	}
	for _, p := range patterns {
		m := p.re().FindStringSubmatchIndex(msg)
		if m == nil {
			continue
		}
		text := msg
		if p.text != "" {
			text = string(p.re().ExpandString(nil, strings.ReplaceAll(strings.ReplaceAll(p.text, "$1", "${1}"), "$2", "${2}"), msg, m))
		}
		if p.class == "KeyError" {
			if s, err := strconv.Unquote(`"` + text + `"`); err == nil && strings.Contains(msg, `key "`) {
				return p.class, starlark.String(s)
			}
			if n, err := strconv.Atoi(text); err == nil {
				return p.class, starlark.MakeInt(n)
			}
		}
		if strings.HasPrefix(p.re().String(), "^int: invalid") {
			if i := strings.LastIndex(text, `: "`); i >= 0 {
				if s, err := strconv.Unquote(text[i+2:]); err == nil {
					text = text[:i+2] + quoteString(s)
				}
			}
		}
		return p.class, starlark.String(text)
	}
	return "Exception", starlark.String(msg)
}

// NewException makes an exception of a builtin class, for errors that the driver's own builtins raise.
func (rt *Runtime) NewException(class, message string) *Instance {
	if message == "" {
		return rt.exception(class)
	}
	return rt.exception(class, starlark.String(message))
}

// rethrown is an error that has been held back. Being no *starlark.EvalError, it gets the stack of the place where it
// goes on, beside that of the place where it began.
type rethrown struct{ err error }

func (e *rethrown) Error() string { return e.err.Error() }
func (e *rethrown) Unwrap() error { return e.err }

func again(err error) error {
	if err == nil {
		return nil
	}
	return &rethrown{err}
}
