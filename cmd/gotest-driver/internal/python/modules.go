package python

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/internal/near"
	"github.com/gotest-driver/gotest-driver/script/api"
)

// silent reports whether a module only declares types, or only names that the driver has without import.
func silent(module string) bool {
	root, _, _ := strings.Cut(module, ".")
	return silentModules()[root] || strings.HasPrefix(module, "collections.abc")
}

var silentModules = set(`typing __future__ typing_extensions test_driver abc`)

// moduleNames are members of Python's modules that have another form in Starlark.
var moduleNames = map[string]string{
	"math.inf": `float("inf")`, "math.nan": `float("nan")`, "math.fmod": "math.mod",
	"time.sleep": "time.sleep",
}

// sameModules are the modules whose members have the same names and meanings in Starlark, if they exist there.
var sameModules = set(`base64 json math os random re shlex`)

// moduleMember returns the expression for a member of a Python module; empty when there is none.
func moduleMember(path string) string {
	if e, ok := moduleNames[path]; ok {
		return e
	}
	module, name, ok := strings.Cut(path, ".")
	if !ok || !sameModules()[module] || strings.Contains(name, ".") {
		return ""
	}
	if m := apiModule(module); m != nil && (m.Function(name) != nil || m.Variable(name) != nil) {
		return path
	}
	return ""
}

// declared returns the driver's declaration for a dotted name in a Python module; both are nil if there is none.
func declared(path string) (*api.Function, *api.Variable) {
	module, name, _ := strings.Cut(moduleMember(path), ".")
	if m := apiModule(module); m != nil {
		return m.Function(name), m.Variable(name)
	}
	return nil, nil
}

// apiModule returns the module of that name that every script has, nil when there is none.
func apiModule(name string) *api.Module {
	if m := api.Load().Module(name); m != nil {
		return m
	}
	return api.Load().Starlark.Module(name)
}

// hasModule reports whether Starlark may have members of a Python module.
func hasModule(path string) bool {
	root, _, _ := strings.Cut(path, ".")
	return sameModules()[root] || root == "time" || root == "sys" || silent(path)
}

// checkImport adds findings for modules that Starlark lacks, if the translation still uses them.
func (l *lowerer) checkImport(s *syntax.Import) {
	for i, a := range s.Names {
		path := a.Name
		what := "the module `" + path + "`"
		if s.Module != "" {
			path = s.Module + "." + path
			what = "`" + path + "`"
		}
		if a.Name == "*" {
			l.finding(s, "import", "`import *`", "name what you need")
			return
		}
		root, _, _ := strings.Cut(path, ".")
		v := l.imported[s][i]
		if l.unread(v) && (silent(path) || standard()[root]) || hasModule(path) {
			continue
		}
		l.finding(s, "import", what, instead(path))
		return
	}
}

// unread reports whether an imported name is unused in the translated parts.
func (l *lowerer) unread(v *variable) bool {
	return len(v.writes) == 1 && !slices.ContainsFunc(v.reads, func(u use) bool {
		return !slices.ContainsFunc(l.forked, func(f syntax.Span) bool { return f.Start <= u.pos && u.pos < f.End })
	})
}

// atOnce is the hint of findings about threads, processes and asynchronous code.
const atOnce = "parallel([f, g]) runs functions at the same time"

// replacements says what to do without a module, by its name.
var replacements = map[string]string{
	"asyncio": atOnce, "concurrent": atOnce, "threading": atOnce, "multiprocessing": atOnce,
	"decimal":     "calculate in the smallest unit, with int",
	"fractions":   "calculate with numerators and denominators, with int",
	"requests":    "fetch it with curl in a guest",
	"urllib":      "fetch it with curl in a guest",
	"socket":      "use machine.wait_for_open_port(…), or nc in a guest",
	"datetime":    "use time.now(), or date in a guest",
	"time":        "use time.now(), or date in a guest",
	"yaml":        "convert to JSON with yq in a guest and read that with json.loads",
	"pathlib":     "use strings for paths",
	"sys":         "end the test with fail(…), or put the rest into an `if`",
	"subprocess":  "a test in Starlark starts no programs on the host: run them in a guest",
	"tempfile":    "a test in Starlark writes no files on the host: write them in a guest",
	"dataclasses": "use struct(…) or dicts",
}

// instead returns the hint of a finding about a module or a member of one.
func instead(path string) string {
	root, _, _ := strings.Cut(path, ".")
	return cmp.Or(replacements[root], "run the code that needs it in a guest")
}

// modulePath returns the dotted name of an attribute of an imported module; empty for other attributes.
func (l *lowerer) modulePath(x *syntax.Attr) string {
	// An attribute of a module's value belongs to the value: os.environ.get.
	if !l.ofModule(x) || moduleMember(l.dotted(x.X)) != "" {
		return ""
	}
	return l.dotted(x)
}

// ofModule reports whether an expression is an imported name, or an attribute of one.
func (l *lowerer) ofModule(x syntax.Expr) bool {
	switch x := x.(type) {
	case *syntax.Attr:
		return l.ofModule(x.X)
	case *syntax.Name:
		return l.names[x] != nil && l.names[x].module != ""
	}
	return false
}

// member lowers a module's member. A module that Starlark lacks completely already has a finding.
func (l *lowerer) member(x syntax.Expr, path string) ex {
	if e := moduleMember(path); e != "" {
		return at(e, x.Range().Start)
	}
	if hasModule(path) {
		l.finding(x, "import", "`"+path+"`", instead(path))
	}
	return txt("None")
}

// moduleCall lowers calls of members of modules, and of names imported from them, that need more than another name.
func (l *lowerer) moduleCall(path string, x *syntax.Call) (ex, bool) {
	switch path {
	case "json.dumps": // Starlark sorts keys and writes no blanks
		return l.plainCall(at("json.dumps", x.Start), without(x, "sort_keys", "separators")), true
	case "time.time", "time.monotonic", "time.perf_counter":
		return cat(at("time.now().unix_nano", x.Start), " / 1e9").with(precMul), true
	case "base64.b64encode", "base64.urlsafe_b64encode": // of which Starlark's gives text
		return cat("bytes(", l.b64encode(path, x), ")"), true
	case "t.assertRaises", "t.assertRaisesRegex":
		n := 1 // the function, after the exception and perhaps a text
		if path == "t.assertRaisesRegex" {
			n = 2
		}
		if len(x.Args) <= n {
			break
		}
		if !l.anyFailure(x) {
			return txt("None"), true
		}
		rest := &syntax.Call{Span: x.Span, Fn: x.Args[n].Value, Args: x.Args[n+1:]}
		fn := l.expr(rest.Fn)
		if len(rest.Args) > 0 {
			fn = cat("lambda: ", l.plainCall(fn, rest))
		}
		for _, a := range x.Args[1:n] {
			fn = cat(fn, ", ", l.bare(a.Value))
		}
		return cat(at("t.assertRaises(", x.Start), fn, ")"), true
	}
	return ex{}, false
}

// b64encode lowers a call that encodes, whose result is text.
func (l *lowerer) b64encode(path string, x *syntax.Call) ex {
	if c, ok := unparen(firstArg(x)).(*syntax.Call); ok && len(x.Args) == 1 {
		if a, ok := c.Fn.(*syntax.Attr); ok && a.Name == "encode" && isUTF8(c) {
			return cat(at(path+"(", x.Start), l.argument(a.X), ")")
		}
	}
	return l.plainCall(at(path, x.Start), x)
}

// parameters of the driver's functions that Python tests know by other names.
var renamed = map[string]string{
	"retry.timeout_seconds":              "timeout",
	"polling_condition.seconds_interval": "interval",
	"polling_condition.fn":               "fn",
	"sleep.secs":                         "duration",
	"wait_for_console_text.regexp":       "regex",
}

// renamedArgs returns a call with the parameter names of a function of the driver or of a method of a machine.
func renamedArgs(name string, x *syntax.Call) *syntax.Call {
	call := *x
	call.Args = slices.Clone(x.Args)
	for i, a := range call.Args {
		if n, ok := renamed[name+"."+a.Name]; ok {
			call.Args[i].Name = n
		}
	}
	return &call
}

// checkMember adds a finding for an attribute that the driver's objects don't have.
func (l *lowerer) checkMember(x *syntax.Attr) {
	t := l.of(x.X)
	if !t.only(kMachine) {
		return
	}
	c := api.Load().Class(t.name)
	if c == nil || c.Method(x.Name) != nil || c.Attribute(x.Name) != nil {
		return
	}
	names := make([]string, 0, len(c.Methods)+len(c.Attributes))
	for _, m := range c.Methods {
		names = append(names, m.Name)
	}
	for _, a := range c.Attributes {
		names = append(names, a.Name)
	}
	hint := "use the attributes of this driver's " + t.name
	if meant := near.Names(x.Name, names); len(meant) > 0 {
		hint = "did you mean `" + meant[0] + "`?"
	}
	l.finding(x, "machine-attribute", "`"+x.Name+"` of a "+t.name, hint)
}
