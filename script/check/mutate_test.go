package check

import (
	"fmt"
	"reflect"
	"strings"

	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// mutant is a script with one mistake, which makes it fail when it reaches that place.
type mutant struct {
	kind string
	src  string
	line int
	api  bool   // the mistake is in a call of the API
	what string // for messages
	slip bool   // any finding counts
}

// mutator makes mutants of one script.
type mutator struct {
	f     *dialect.File
	src   string
	funcs map[string]*dialect.DefStmt
	names map[string]bool // all words of the file and of the API
	out   []mutant
}

func mutants(name string, src []byte) []mutant {
	f, err := dialect.Parse(name, src)
	if err != nil {
		panic(err)
	}
	m := &mutator{f: f, src: string(src), funcs: map[string]*dialect.DefStmt{}, names: map[string]bool{}}
	u := sharedUniverse()
	for n := range u.globals {
		m.names[n] = true
	}
	for _, c := range u.classes {
		for n := range c.members() {
			m.names[n] = true
		}
	}
	m.walk(reflect.ValueOf(f.Stmts), func(n dialect.Node) {
		if id, ok := n.(*dialect.Ident); ok {
			m.names[id.Name] = true
		}
		if d, ok := n.(*dialect.DefStmt); ok {
			m.funcs[d.Name.Name] = d
		}
	})
	m.walk(reflect.ValueOf(f.Stmts), m.node)
	return m.out
}

// walk calls visit for every node outside of annotations.
func (m *mutator) walk(v reflect.Value, visit func(dialect.Node)) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
		if v.Kind() == reflect.Pointer {
			n, ok := v.Interface().(dialect.Node)
			if !ok {
				return
			}
			visit(n)
		}
		m.walk(v.Elem(), visit)
	case reflect.Slice:
		for i := range v.Len() {
			m.walk(v.Index(i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if n := v.Type().Field(i).Name; n == "Type" || n == "Result" && v.Type().Name() == "DefStmt" {
				continue
			}
			m.walk(v.Field(i), visit)
		}
	}
}

func (m *mutator) text(n dialect.Node) string { return m.src[n.Span().Start:n.Span().End] }

// replace adds the mutant in which a range has another text.
func (m *mutator) replace(kind string, isAPI bool, r dialect.Range, text string) {
	m.out = append(m.out, mutant{kind: kind, src: m.src[:r.Start] + text + m.src[r.End:], line: m.f.Position(r.Start).Line, api: isAPI,
		what: fmt.Sprintf("%s:%d: %q became %q", m.f.Name, m.f.Position(r.Start).Line, m.src[r.Start:r.End], text)})
}

// misspell returns up to n wrong spellings that are not other names: two letters swapped, one missing, one doubled.
func (m *mutator) misspell(name string, n int) []string {
	var out []string
	mid := len(name) / 2
	candidates := []string{name[:mid] + name[mid:mid+1] + name[mid:]}
	if len(name) > 2 {
		candidates = append([]string{name[:mid] + name[mid+1:]}, candidates...)
	}
	if len(name) > 3 && name[mid] != name[mid-1] {
		candidates = append([]string{name[:mid-1] + name[mid:mid+1] + name[mid-1:mid] + name[mid+1:]}, candidates...)
	}
	for _, c := range candidates {
		if !m.names[c] && len(out) < n {
			out = append(out, c)
		}
	}
	return out
}

func (m *mutator) node(n dialect.Node) {
	switch n := n.(type) {
	case *dialect.CallExpr:
		m.call(n)
	case *dialect.Ident:
		m.ident(n)
	case *dialect.BinaryExpr:
		m.binary(n)
	case *dialect.AssignStmt:
		if tuple, ok := n.LHS.(*dialect.TupleExpr); ok && n.Op == syntax.EQ {
			end := tuple.Span().End
			m.replace("unpacking into one name more", false, dialect.Range{Start: end, End: end}, ", more")
		} else if _, ok := n.RHS.(*dialect.CallExpr); ok && n.Type == nil && n.Op == syntax.EQ && m.singleValue(n.RHS) {
			end := n.LHS.Span().End
			m.replace("unpacking of a single value", false, dialect.Range{Start: end, End: end}, ", more")
		}
	case *dialect.ForStmt:
		m.loop(n.Vars, n.X)
	case *dialect.Comprehension:
		for _, c := range n.Clauses {
			if c.X != nil {
				m.loop(c.Vars, c.X)
			}
		}
	case *dialect.IndexExpr:
		if l, ok := n.Index.(*dialect.Literal); ok && l.Token == syntax.INT {
			m.replace("index of a wrong type", false, l.Range, `"x"`)
		}
	}
}

// singleValue reports whether a call returns a str, int, bool or nothing by its declaration.
func (m *mutator) singleValue(e dialect.Expr) bool {
	d := m.declared(e.(*dialect.CallExpr))
	if d == nil || d.Result == nil {
		return false
	}
	switch d.Result.Name {
	case "str", "int", "float", "bool", "None":
		return len(d.Overloads) == 0
	}
	return false
}

func (m *mutator) loop(vars, x dialect.Expr) {
	if tuple, ok := unparen(vars).(*dialect.TupleExpr); ok {
		end := tuple.Span().End
		m.replace("unpacking into one name more", false, dialect.Range{Start: end, End: end}, ", more")
	}
	m.replace("loop over None", false, x.Span(), "None")
	m.replace("loop over a number", false, x.Span(), "7")
	if call, ok := x.(*dialect.CallExpr); ok {
		if d, ok := call.Fn.(*dialect.DotExpr); ok && d.Name.Name == "splitlines" {
			m.replace("loop over a str", false, x.Span(), m.text(d.X))
		}
	}
}

func (m *mutator) ident(id *dialect.Ident) {
	before, after := m.src[:id.Start], m.src[id.End:]
	trimmed := strings.TrimLeft(after, " ")
	if strings.HasSuffix(before, ".") || strings.HasSuffix(strings.TrimRight(before, " "), "def") || id.Name == "_" || strings.HasPrefix(id.Name, "_") {
		return
	}
	if strings.HasPrefix(trimmed, ":") || strings.HasPrefix(trimmed, "=") && !strings.HasPrefix(trimmed, "==") {
		return // a declaration, a target, a keyword, a parameter's default
	}
	if !m.isRead(id) {
		return
	}
	for _, w := range m.misspell(id.Name, 1) {
		m.replace("undefined name", false, id.Range, w)
	}
}

// isRead reports whether the identifier is read here: not a parameter, target or loaded name.
func (m *mutator) isRead(id *dialect.Ident) bool {
	read := true
	not := func(e dialect.Expr) {
		for _, x := range identsOf(e) {
			if x == id {
				read = false
			}
		}
	}
	m.walk(reflect.ValueOf(m.f.Stmts), func(n dialect.Node) {
		switch n := n.(type) {
		case *dialect.AssignStmt:
			not(n.LHS)
		case *dialect.ForStmt:
			not(n.Vars)
		case *dialect.Comprehension:
			for _, c := range n.Clauses {
				if c.Vars != nil {
					not(c.Vars)
				}
			}
		case *dialect.Param:
			if n.Name == id {
				read = false
			}
		case *dialect.LoadStmt:
			for _, l := range n.Names {
				if l.To == id || l.From == id {
					read = false
				}
			}
		}
	})
	return read
}

// declared returns the API's or Starlark's function that is called; by name, which is enough for the corpus.
func (m *mutator) declared(c *dialect.CallExpr) *api.Function {
	u := sharedUniverse()
	switch fn := c.Fn.(type) {
	case *dialect.Ident:
		if m.funcs[fn.Name] != nil {
			return nil
		}
		if g := u.globals[fn.Name]; g != nil && g.fn != nil {
			return g.fn
		}
	case *dialect.DotExpr:
		if id, ok := fn.X.(*dialect.Ident); ok {
			if g := u.globals[id.Name]; g != nil && g.typ.k == kModule {
				if x := g.typ.mod.members()[fn.Name.Name]; x != nil {
					return x.fn
				}
			}
		}
		for _, n := range []string{"Machine", "str", "dict", "list", "set", "Match", "Vlan", "PollingCondition", "QMPClient"} {
			if x := u.classes[n].members()[fn.Name.Name]; x != nil && x.fn != nil {
				return x.fn
			}
		}
	}
	return nil
}

func (m *mutator) binary(e *dialect.BinaryExpr) {
	switch e.Op {
	case syntax.PLUS:
		m.replace("operand of a wrong type", false, e.Y.Span(), "None")
		if l, ok := e.X.(*dialect.Literal); ok && l.Token == syntax.STRING {
			m.replace("operand of a wrong type", false, e.Y.Span(), "1")
		}
		if l, ok := e.Y.(*dialect.Literal); ok && l.Token == syntax.STRING {
			m.replace("operand of a wrong type", false, e.X.Span(), "1")
		}
	case syntax.MINUS, syntax.STAR, syntax.SLASH, syntax.SLASHSLASH, syntax.LT, syntax.GT, syntax.LE, syntax.GE:
		m.replace("operand of a wrong type", false, e.Y.Span(), `None`)
		if call, ok := e.X.(*dialect.CallExpr); ok {
			if id, ok := call.Fn.(*dialect.Ident); ok && (id.Name == "int" || id.Name == "len" || id.Name == "float") {
				m.replace("conversion left out", false, e.X.Span(), m.text(call.Args[0].Value))
			}
		}
	case syntax.IN, syntax.NOT_IN:
		m.replace("operand of a wrong type", false, e.Y.Span(), "5")
	case syntax.PERCENT:
		m.percent(e)
	}
}

func (m *mutator) percent(e *dialect.BinaryExpr) {
	l, ok := e.X.(*dialect.Literal)
	if !ok || l.Token != syntax.STRING {
		return
	}
	quote := dialect.Range{Start: l.End - 1, End: l.End - 1}
	m.replace("format wants more", false, quote, " %s")
	m.replace("format with a wrong verb", false, quote, " %y")
	if i := strings.Index(l.Raw, "%s"); i > 0 {
		m.replace("format wants less", false, dialect.Range{Start: l.Start + i, End: l.Start + i + 2}, "")
	}
	if i := strings.Index(l.Raw, "%d"); i > 0 {
		m.replace("format with a width", false, dialect.Range{Start: l.Start + i, End: l.Start + i + 2}, "%02d")
		if _, ok := unparen(e.Y).(*dialect.TupleExpr); !ok {
			m.replace("format of a wrong type", false, e.Y.Span(), `"x"`)
		}
	}
}
