// Package python runs test scripts written in Python and migrates them: it lowers them to Starlark that behaves as
// they did, with a map of the positions.
package python

import (
	"fmt"
	"sort"
	"strings"

	"go.starlark.net/syntax"

	pysyntax "github.com/gotest-driver/gotest-driver/python/syntax"
)

// Finding is a place of a script that has no counterpart in Starlark.
type Finding struct {
	File      string
	Line, Col int    // from 1
	Code      string // a stable name of its kind
	Message   string
	Hint      string // how to write it in Starlark; may be empty
}

func (f Finding) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s [%s]", f.File, f.Line, f.Col, f.Message, f.Code)
	if f.Hint != "" {
		s += "\n    " + f.Hint
	}
	return s
}

// Program is a lowered script.
type Program struct {
	Filename string
	Source   string // Starlark
	Map      *PosMap
	Findings []Finding
	helpers  map[string]bool
}

// Helper tells whether a function or variable of the lowered program stands for nothing that the user wrote.
func (p *Program) Helper(name string) bool { return p.helpers[name] }

// Parse parses the lowered program; its syntax tree has the positions of the Python file, so that errors,
// backtraces and breakpoints show these.
func (p *Program) Parse() (*syntax.File, error) {
	f, err := Dialect().Parse(p.Filename, p.Source, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: the lowered script does not parse: %w", p.Filename, err)
	}
	p.reposition(f)
	return f, nil
}

// Dialect is the Starlark dialect that lowered programs are written in.
func Dialect() *syntax.FileOptions {
	return &syntax.FileOptions{TopLevelControl: true, GlobalReassign: true, Set: true, Recursion: true}
}

// Lower parses a Python script and lowers it to Starlark for running. The error is a *syntax.Error of package
// python/syntax when the file is no Python. A program with findings must not be run.
func Lower(filename, src string) (*Program, error) {
	return lower(filename, src, lowering{})
}

// lowering says what a script is lowered for.
type lowering struct {
	migrate bool // to be read by people
	library bool // a module that scripts import: they may catch what it raises
}

func lower(filename, src string, kind lowering) (*Program, error) {
	file, err := pysyntax.Parse(filename, src)
	if err != nil {
		return nil, err
	}
	l := &lowerer{inference: infer(resolve(file)), migrate: kind.migrate}
	l.prepare()
	l.hasTry = l.hasTry || kind.library
	l.program()
	sort.SliceStable(l.findings, func(i, j int) bool {
		a, b := l.findings[i], l.findings[j]
		return a.Line < b.Line || a.Line == b.Line && a.Col < b.Col
	})
	return &Program{
		Filename: filename, Source: l.out.b.String(), Findings: l.findings, helpers: l.helpers,
		Map: &PosMap{marks: l.out.marks, at: file.LineCol},
	}, nil
}

type lowerer struct {
	*inference
	migrate  bool
	out      printer
	findings []Finding
	seen     map[string]bool
	ctx      *flow
	counts   map[string]int
	helpers  map[string]bool

	used     []bool // of the file's comments
	depth    int    // of brackets in the output
	printEnd bool
	tuples   bool // there are named tuples, which are equal to plain ones
	// mixedObjects tells that there are objects that may be equal to values of other types.
	mixedObjects bool
	// formats tells that a class of the script has a text form of its own for f-strings.
	formats bool
	// nan tells that the script makes numbers that are none.
	nan bool
	// deleting are the handlers that delete their variable for later reads, which are at the places deleted.
	deleting map[*pysyntax.Handler]bool
	deleted  map[int]bool
	// shown are the calls of keys(), values() and items() of which only the text form is wanted.
	shown map[*pysyntax.Call]bool
	// inPlace tells that there are objects that x += y changes.
	inPlace    bool
	odd        bool // there are containers whose `in` is their own
	hasTry     bool
	found      map[*pysyntax.Call]bool // calls of find whose result is only compared
	emptiness  map[*pysyntax.Call]bool // calls of len whose result is only compared with 0
	machines   map[string]bool
	host       bool
	handling   string             // what the except block that is being lowered has caught
	conditions map[*variable]bool // polling conditions
	stmtStart  int                // of the statement that is being lowered
}

func (l *lowerer) finding(n pysyntax.Node, code, what, hint string) {
	l.findingAt(n.Range().Start, code, what, hint)
}

func (l *lowerer) findingAt(pos int, code, what, hint string) {
	line, col := l.file.LineCol(pos)
	key := fmt.Sprint(line, col, code)
	if l.seen[key] {
		return
	}
	l.seen[key] = true
	msg := what
	if !strings.Contains(msg, "no counterpart") && !strings.Contains(msg, "can't") && !strings.Contains(msg, ":") {
		msg += " can't be translated"
	}
	l.findings = append(l.findings, Finding{l.file.Name, line, col, code, msg, hint})
}

// fresh gives a name that the script does not use.
func (l *lowerer) fresh(base string) string {
	for {
		l.counts[base]++
		name := base
		if l.counts[base] > 1 || l.idents[base] {
			name = fmt.Sprintf("%s_%d", base, l.counts[base])
		}
		if !l.idents[name] {
			return name
		}
	}
}

// helper makes a name that only the lowered program has: nothing that the user wrote is called so.
func (l *lowerer) helper(base string) string {
	name := l.fresh(base)
	l.helpers[name] = true
	return name
}

// reuse gives the same name for the same base each time.
func (l *lowerer) reuse(base string) string {
	for l.idents[base] {
		base += "_"
	}
	return base
}

// prepare gives variables their names and finds what is only compared.
func (l *lowerer) prepare() {
	l.seen, l.counts, l.helpers = map[string]bool{}, map[string]int{}, map[string]bool{}
	l.found, l.emptiness = map[*pysyntax.Call]bool{}, map[*pysyntax.Call]bool{}
	l.shown, l.deleting, l.deleted = map[*pysyntax.Call]bool{}, map[*pysyntax.Handler]bool{}, map[int]bool{}
	l.findGone()
	l.machines, l.conditions = map[string]bool{}, map[*variable]bool{}
	l.used = make([]bool, len(l.file.Comments))
	l.ctx = &flow{}
	for _, v := range l.all {
		l.tuples = l.tuples || v.module == "collections" || v.module == "typing" || v.module == "collections.namedtuple" || v.module == "typing.NamedTuple"
		l.odd = l.odd || strings.HasPrefix(v.module, "collections") || v.module != "" && libraryMember(v.module)
		l.mixedObjects = l.mixedObjects || v.module == "enum" || strings.HasPrefix(v.module, "enum.") && v.module != "enum.Enum" || v.module != "" && libraryMember(v.module)
		if v.free {
			l.mixedObjects = l.mixedObjects || v.name == "frozenset" || v.name == "slice"
			continue
		}
		top := l.module.vars[v.name] == v
		if reserved[v.name] || vocabulary[v.name] || top && l.migrate && strings.HasPrefix(v.name, "test_") && v.fn != nil {
			v.out = v.name + "_"
			if strings.HasPrefix(v.name, "test_") {
				v.out = "_" + v.name
			}
			for l.idents[v.out] {
				v.out += "_"
			}
		}
		if v.param && v.cell {
			v.out = l.fresh(v.name + "_cell")
		}
		if top && l.shadows(v) {
			v.out = l.fresh(v.name + "_")
		}
	}
	for _, st := range l.file.Body {
		pysyntax.Walk(st, func(n pysyntax.Node) bool {
			switch n := n.(type) {
			case *pysyntax.Try:
				l.hasTry = true
			case *pysyntax.With:
				for _, it := range n.Items {
					l.hasTry = l.hasTry || l.frames[it.X] != nil
				}
			case *pysyntax.Assign:
				if c, ok := n.Value.(*pysyntax.Call); ok && l.callee(c) == "polling_condition" {
					if t, ok := n.Targets[0].(*pysyntax.Name); ok {
						l.conditions[l.names[t]] = true
					}
				}
			case *pysyntax.ClassDef:
				l.mixedObjects = l.mixedObjects || len(n.Bases) > 1 && l.isEnum(n)
			case *pysyntax.FuncDef:
				for _, d := range n.Decorators {
					if c, ok := d.(*pysyntax.Call); ok {
						d = c.Fn
					}
					if l.dotted(d) == "polling_condition" {
						l.conditions[l.defs[n]] = true
					}
				}
				l.formats = l.formats || n.Name == "__format__"
				switch n.Name {
				case "__index__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__":
					l.mixedObjects = true
				case "__iadd__", "__isub__", "__imul__", "__itruediv__", "__ior__", "__iand__", "__ixor__", "__ifloordiv__", "__imod__", "__ipow__", "__ilshift__", "__irshift__":
					l.inPlace = true
				}
				l.odd = l.odd || n.Name == "__contains__" || n.Name == "__iter__" || n.Name == "__getitem__"
			case *pysyntax.Call:
				if isName(n.Fn, "print", "str", "repr") {
					for _, a := range n.Args {
						l.show(a.Value)
					}
				}
				if isName(n.Fn, "print") {
					for _, a := range n.Args {
						l.printEnd = l.printEnd || a.Name == "end"
					}
				}
			case *pysyntax.Str:
				l.nan = l.nan || len(n.Parts) == 1 && strings.EqualFold(strings.TrimSpace(n.Parts[0].Value), "nan")
			case *pysyntax.Attr:
				l.nan = l.nan || n.Name == "nan"
			case *pysyntax.Compare:
				if len(n.Ops) == 1 {
					l.compared(n)
				}
			}
			return true
		})
	}
}

// show marks a view of a dict whose text form is wanted.
func (l *lowerer) show(x pysyntax.Expr) {
	if c, ok := unparen(x).(*pysyntax.Call); ok && len(c.Args) == 0 {
		if a, ok := c.Fn.(*pysyntax.Attr); ok && (a.Name == "keys" || a.Name == "values" || a.Name == "items") {
			l.shown[c] = true
		}
	}
}

// compared marks len(x) == 0 and x.find(y) != -1, where characters and bytes agree.
func (l *lowerer) compared(c *pysyntax.Compare) {
	call, ok := unparen(c.X).(*pysyntax.Call)
	n, isConst := constInt(c.Ys[0])
	if !ok || !isConst {
		return
	}
	switch fn := call.Fn.(type) {
	case *pysyntax.Name:
		if fn.ID == "len" {
			switch c.Ops[0] {
			case "==", "!=", ">", "<=":
				l.emptiness[call] = n == 0
			case ">=", "<":
				l.emptiness[call] = n == 0 || n == 1
			}
		}
	case *pysyntax.Attr:
		if fn.Name == "find" || fn.Name == "rfind" {
			switch c.Ops[0] {
			case "==", "!=", ">", "<=":
				l.found[call] = n == -1
			case ">=", "<":
				l.found[call] = n == 0
			}
		}
	}
}

// shadows tells whether the script reads a name of the environment before it assigns to it.
func (l *lowerer) shadows(v *variable) bool {
	if len(v.writes) == 0 || v.cell || v.module != "" {
		return false
	}
	for _, u := range v.reads {
		if u.frame == v.owner && u.pos < v.writes[0].pos && v.owner.node == nil {
			return true
		}
	}
	return false
}

func (l *lowerer) program() {
	for _, v := range l.module.vars {
		if !v.free && v.out != v.name && l.shadows(v) {
			l.out.emit(-1, seg{v.out + " = " + v.name, -1})
		}
	}
	l.out.blank = true
	l.block(l.file.Body, l.module.frame, len(l.file.Source))
	l.flushComments(len(l.file.Source)+1, 0)
	if len(l.file.Body) == 0 {
		l.out.emit(-1, seg{"pass", -1})
	}
}

// environment notes a name that the driver is expected to have.
func (l *lowerer) environment(x *pysyntax.Name) { l.machines[x.ID] = true }

// hostAccess notes that the script reaches the machine that runs the test.
func (l *lowerer) hostAccess(n pysyntax.Node) { l.host = true }
