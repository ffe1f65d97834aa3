package python

import (
	"strings"

	"github.com/gotest-driver/gotest-driver/api"
	"github.com/gotest-driver/gotest-driver/internal/near"
	"github.com/gotest-driver/gotest-driver/python/pyrt"
	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// silent modules say something about types only, or name what the driver has anyway.
func silent(module string) bool {
	switch strings.SplitN(module, ".", 2)[0] {
	case "typing", "__future__", "typing_extensions", "test_driver", "abc":
		return true
	}
	return strings.HasPrefix(module, "collections.abc")
}

// moduleExpr is the expression that gives a module or a member of one; ok is false when there is none.
func (l *lowerer) moduleExpr(path string) (string, bool) {
	switch path {
	case "unittest.TestCase":
		return "py.unittest.TestCase", true
	}
	parts := strings.Split(path, ".")
	for i, p := range parts {
		parts[i] = attrName(p)
	}
	named := strings.Join(parts, ".")
	expr, host, ok := pyrt.Lookup(named)
	if !ok && libraryMember(path) {
		return "py." + named, true
	}
	l.host = l.host || host
	return expr, ok
}

func (l *lowerer) imports1(s *syntax.Import) {
	for _, a := range s.Names {
		v := l.imports[s][importName(a)]
		if silent(a.Name) && len(v.reads) == 0 {
			l.trailing(s.Start, s.End)
			continue
		}
		l.importAs(s, v, v.module, a.Name)
	}
}

func (l *lowerer) importFrom(s *syntax.ImportFrom) {
	for _, a := range s.Names {
		if a.Name == "*" {
			l.finding(s, "import", "import *", "name what you need")
			return
		}
		v := l.imports[s][importName(a)]
		path := s.Module + "." + a.Name
		if silent(path) && (len(v.reads) == 0 || a.Name == "TYPE_CHECKING") {
			l.trailing(s.Start, s.End)
			continue
		}
		l.importAs(s, v, path, path)
	}
}

func (l *lowerer) importAs(s syntax.Stmt, v *variable, path, shown string) {
	expr, ok := l.moduleExpr(path)
	if root, _, _ := strings.Cut(path, "."); !ok && len(v.reads) == 0 && len(v.writes) == 1 && standard[root] {
		l.trailing(s.Range().Start, s.Range().End)
		return
	}
	if !ok {
		l.findingAt(s.Range().Start, "import", "the module `"+shown+"` has no counterpart", instead(path))
		return
	}
	l.line(s, cat(l.variable(v, s.Range().Start), " = "+expr))
}

// replacements are what to do without a module, by its name.
var replacements = map[string]string{
	"asyncio":                  "parallel([f, g]) runs functions at the same time",
	"concurrent":               "parallel([f, g]) runs functions at the same time",
	"multiprocessing":          "parallel([f, g]) runs functions at the same time",
	"decimal":                  "calculate in the smallest unit, with int",
	"fractions":                "calculate with numerators and denominators, with int",
	"requests":                 "fetch it with curl in a guest",
	"http.client":              "fetch it with curl in a guest",
	"urllib.request":           "fetch it with curl in a guest",
	"http.server":              "serve it from a guest, or start a server with subprocess.Popen",
	"socket":                   "use machine.wait_for_open_port(…), or nc in a guest",
	"sqlite3":                  "run sqlite3 in a guest",
	"tarfile":                  "run tar in a guest, or with subprocess.run",
	"zipfile":                  "run unzip in a guest, or with subprocess.run",
	"traceback":                "print the exception itself: its class and its text say what failed",
	"yaml":                     "convert to JSON with yq in a guest and read that with json.loads",
	"selenium":                 "run it in a guest",
	"argparse":                 "read sys.argv, or the environment",
	"ast":                      "read data as JSON",
	"pickle":                   "write data as JSON",
	"functools.singledispatch": "ask with isinstance(…)",
}

// instead is the hint of a finding about a module or a member of one.
func instead(path string) string {
	for p := path; p != ""; {
		if r, ok := replacements[p]; ok {
			return r
		}
		p = p[:max(0, strings.LastIndexByte(p, '.'))]
	}
	if root, _, _ := strings.Cut(path, "."); !standard[root] {
		return "it is not of the standard library: put the functions of it that the test calls into the script, or run what needs it in a guest"
	}
	return "run what needs it in a guest"
}

// moduleMember lowers an attribute of an imported module; ok is false for other attributes.
func (l *lowerer) moduleMember(x *syntax.Attr) (ex, bool) {
	path := l.dotted(x)
	if path == "" {
		return ex{}, false
	}
	root := x.X
	for {
		a, ok := root.(*syntax.Attr)
		if !ok {
			break
		}
		root = a.X
	}
	n, ok := root.(*syntax.Name)
	if ok && n.ID == "os" && l.names[n] != nil && l.names[n].free && path != "os.environ" && path != "os.getenv" {
		if expr, found := l.moduleExpr(path); found {
			return at(expr, x.Start), true
		}
	}
	if !ok || l.names[n] == nil || l.names[n].module == "" {
		return ex{}, false
	}
	if _, known := l.moduleExpr(l.names[n].module); !known {
		return at("None", x.Start), true // the import has a finding already
	}
	if _, ok := l.moduleExpr(path); !ok {
		l.finding(x, "import", "`"+path+"` has no counterpart", instead(path))
		return at("None", x.Start), true
	}
	return cat(l.expr(x.X).paren(precPrimary), ".", at(attrName(x.Name), x.NamePos())), true
}

// moduleCall lowers calls of module functions that need more than their name.
func (l *lowerer) moduleCall(path string, x *syntax.Call) (ex, bool) {
	switch path {
	case "typing.cast":
		if len(x.Args) == 2 {
			return l.expr(x.Args[1].Value), true
		}
	}
	return ex{}, false
}

// parameters of the driver's functions that Python tests know by other names.
var renamed = map[string]string{
	"retry.timeout_seconds":              "timeout",
	"polling_condition.seconds_interval": "interval",
	"polling_condition.fn":               "fn",
	"sleep.secs":                         "duration",
	"wait_for_console_text.regexp":       "regex",
}

func (l *lowerer) driverArgs(name string, x *syntax.Call) []item {
	call := *x
	call.Args = append([]syntax.Arg(nil), x.Args...)
	for i := range call.Args {
		if n, ok := renamed[name+"."+call.Args[i].Name]; ok {
			call.Args[i].Name = n
		}
	}
	return l.args(&call, nil)
}

func (l *lowerer) driverCall(name string, x *syntax.Call) ex {
	return cat(at(name, x.Start), l.bracketAt("(", l.driverArgs(name, x), ")", syntax.Span{Start: x.Fn.Range().End, End: x.End}, x.Start))
}

// machineCall lowers methods of machines that are called otherwise here.
func (l *lowerer) machineCall(fn *syntax.Attr, x *syntax.Call) (ex, bool) {
	t := l.of(fn.X)
	if t.name != "Machine" {
		return ex{}, false
	}
	switch fn.Name {
	case "log":
		return l.plainCall(at("log.info", x.Start), x), true
	case "nested":
		return l.plainCall(at("log.nested", x.Start), x), true
	}
	for _, a := range x.Args {
		if _, ok := renamed[fn.Name+"."+a.Name]; ok {
			e := cat(l.expr(fn.X).paren(precPrimary), "."+fn.Name)
			return cat(e, l.bracketAt("(", l.driverArgs(fn.Name, x), ")", syntax.Span{Start: x.Fn.Range().End, End: x.End}, x.Start)), true
		}
	}
	return ex{}, false
}

// checkMember finds attributes that the driver's objects don't have.
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
	if meant := near.Names(x.Name, names); len(meant) > 0 {
		l.finding(x, "machine-attribute", "a "+t.name+" has no attribute or method: `"+x.Name+"`", "did you mean `"+meant[0]+"`?")
		return
	}
	l.finding(x, "machine-attribute", "`"+x.Name+"` of a "+t.name+", a part of the Python driver itself,", "use what the "+t.name+" of this driver has")
}
