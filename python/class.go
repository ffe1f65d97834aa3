package python

import (
	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// member is a member of a class: for a property, its functions.
type member struct {
	name                   string
	value                  ex
	property               bool
	getter, setter, delete ex
}

func (m *member) lower() ex {
	if !m.property {
		return cat(quote(m.name, false)+": ", m.value)
	}
	e := cat(quote(m.name, false)+": py.property(", m.getter)
	if m.setter.s != nil {
		e = cat(e, ", ", m.setter)
	}
	if m.delete.s != nil {
		e = cat(e, ", fdel = ", m.delete)
	}
	return cat(e, ")")
}

// classBody is a class that is being lowered.
type classBody struct {
	name    string
	members []*member
	fields  []ex
	data    bool // a dataclass or a named tuple
	own     map[string]bool
	// statements tells that the body has more than definitions and constants: it is lowered as statements, with
	// variables in the place of members.
	statements bool
}

func (b *classBody) add(name string, value ex) *member {
	for i, m := range b.members {
		if m.name == name { // defined anew: the last one counts
			b.members = append(b.members[:i], b.members[i+1:]...)
			break
		}
	}
	m := &member{name: name, value: value}
	b.members, b.own[name] = append(b.members, m), true
	return m
}

// property finds a property of the class that a decorator such as @name.setter adds to.
func (b *classBody) property(d syntax.Expr) (m *member, part string) {
	a, ok := d.(*syntax.Attr)
	if !ok {
		return nil, ""
	}
	n, ok := a.X.(*syntax.Name)
	if !ok {
		return nil, ""
	}
	for _, m := range b.members {
		if m.name == n.ID && m.property {
			return m, a.Name
		}
	}
	return nil, ""
}

// classDef lowers a class: its methods become functions, py.new_class puts them together.
func (l *lowerer) classDef(s *syntax.ClassDef, next int) {
	v := l.defs[s]
	b := &classBody{name: v.out, own: map[string]bool{}}
	var options []ex
	var decs []syntax.Expr
	for _, d := range s.Decorators {
		x := unparen(d)
		c, isCall := x.(*syntax.Call)
		if isCall {
			x = c.Fn
		}
		if l.dotted(x) != "dataclasses.dataclass" {
			decs = append(decs, d)
			continue
		}
		b.data = true
		if isCall {
			for _, a := range c.Args {
				options = append(options, cat(quote(a.Name, false)+": ", l.expr(a.Value)))
			}
		}
	}
	for _, base := range s.Bases {
		b.data = b.data || base.Name == "" && base.Star == 0 && l.dotted(base.Value) == "typing.NamedTuple"
	}
	bases, typed := l.bases(s)
	if typed {
		l.out.emit(s.Start, cat(l.variable(v, s.Start), " = dict").s...)
		return
	}
	b.statements = l.needsStatements(s.Body)
	if b.statements {
		for _, cv := range l.classVars[s] {
			cv.out = l.fresh(methodName(b.name, cv.name))
		}
	}
	for i, st := range s.Body {
		limit := next
		if i+1 < len(s.Body) {
			limit = s.Body[i+1].Range().Start
		}
		l.flushComments(st.Range().Start, 0)
		l.stmtStart = st.Range().Start
		l.classStmt(b, s, st, limit)
	}
	if b.statements {
		for _, cv := range l.classVars[s] {
			if len(cv.writes) > 0 && !b.own[cv.name] {
				b.add(cv.name, l.variable(cv, -1))
			}
		}
	}
	if doc := docOf(s.Body); doc != nil && !b.own["__doc__"] {
		b.add("__doc__", l.expr(doc))
	}
	var members []ex
	for _, m := range b.members {
		members = append(members, m.lower())
	}
	e := cat(at("py.new_class("+quote(s.Name, false)+", [", s.Start), commas(bases), "], {", commas(members), "}")
	if b.data {
		e = cat(e, ", fields = [", commas(b.fields), "]")
	}
	if len(options) > 0 {
		e = cat(e, ", options = {", commas(options), "}")
	}
	e = cat(e, ")")
	for i := len(decs) - 1; i >= 0; i-- {
		e = l.decorate(decs[i], e)
	}
	l.out.emit(s.Start, cat(l.variable(v, s.Start), " = ", e).s...)
}

// docOf is the string that a body begins with; nil when there is none.
func docOf(body []syntax.Stmt) *syntax.Str {
	if len(body) == 0 {
		return nil
	}
	st, ok := body[0].(*syntax.ExprStmt)
	if !ok {
		return nil
	}
	x, _ := st.X.(*syntax.Str)
	return x
}

// bases lowers the base classes. typed tells that it is a typing.TypedDict, whose objects are plain dicts.
func (l *lowerer) bases(s *syntax.ClassDef) (bases []ex, typed bool) {
	for _, b := range s.Bases {
		d := l.dotted(b.Value)
		if x, ok := unparen(b.Value).(*syntax.Index); ok && b.Name == "" {
			d = l.dotted(x.X) // Generic[T]
			if d == "" {
				b.Value = x.X
			}
		}
		n, isName := unparen(b.Value).(*syntax.Name)
		builtin := isName && l.names[n] != nil && l.names[n].free && builtinTypes[n.ID]
		switch {
		case d == "typing.TypedDict":
			typed = true
		case b.Name == "metaclass" && l.dotted(b.Value) == "abc.ABCMeta":
			bases = append(bases, txt("py.abc.ABC"))
		case b.Name == "metaclass" || b.Star != 0:
			l.finding(b.Value, "class", "a metaclass", "make the objects by a function")
		case b.Name == "total" || b.Name == "" && isName && n.ID == "object" && builtin:
		case b.Name != "":
			l.finding(b.Value, "class", "an argument of a class", "assign it in the class")
		case builtin && (n.ID == "str" || n.ID == "int") && l.isEnum(s):
			bases = append(bases, txt("py."+n.ID))
		case builtin:
			l.finding(b.Value, "class", "a class derived from "+n.ID, "keep a "+n.ID+" in a field of the class")
		case d == "typing.Protocol" || d == "typing.Generic":
		case silentBase[d]:
			l.finding(b.Value, "class", "the base class "+d, "use a class with fields, or a dict")
		default:
			bases = append(bases, l.classes(b.Value))
		}
	}
	return bases, typed
}

// isEnum tells whether a class is an enumeration that the script names so.
func (l *lowerer) isEnum(s *syntax.ClassDef) bool {
	for _, b := range s.Bases {
		if d := l.dotted(b.Value); d == "enum.Enum" || d == "enum.Flag" {
			return true
		}
	}
	return false
}

// needsStatements tells whether a class has more than definitions and constants in it.
func (l *lowerer) needsStatements(body []syntax.Stmt) bool {
	own := map[string]bool{}
	for _, st := range body {
		switch st := st.(type) {
		case *syntax.FuncDef:
			own[st.Name] = true
			for _, d := range st.Decorators {
				a, ok := d.(*syntax.Attr)
				if l.usesOwn(d, own) && (!ok || a.Name != "setter" && a.Name != "deleter" && a.Name != "getter") {
					return true
				}
			}
		case *syntax.Assign:
			n, ok := st.Targets[0].(*syntax.Name)
			if !ok || len(st.Targets) > 1 || l.usesOwn(st.Value, own) {
				return true
			}
			own[n.ID] = true
		case *syntax.AnnAssign:
			if n, ok := st.Target.(*syntax.Name); ok {
				if st.Value != nil && l.usesOwn(st.Value, own) {
					return true
				}
				own[n.ID] = true
			}
		case *syntax.Simple, *syntax.ExprStmt:
		default:
			return true
		}
	}
	return false
}

// classStmt lowers a statement of a class.
func (l *lowerer) classStmt(b *classBody, s *syntax.ClassDef, st syntax.Stmt, limit int) {
	switch st := st.(type) {
	case *syntax.FuncDef:
		l.classMethod(b, st, limit)
		return
	case *syntax.AnnAssign:
		if n, ok := st.Target.(*syntax.Name); ok {
			l.classField(b, st, n)
		}
		return
	case *syntax.Assign:
		if !b.statements {
			b.add(st.Targets[0].(*syntax.Name).ID, l.expr(st.Value).paren(precCond))
			return
		}
	case *syntax.Simple:
		return
	case *syntax.ExprStmt:
		switch x := st.X.(type) {
		case *syntax.Str:
			l.trailing(st.Start, st.End)
			return
		case *syntax.Name:
			if x.ID == "..." {
				return
			}
		}
	}
	l.gap(st.Range().Start)
	l.stmt(st, limit)
	// A member that is assigned in branches only might be missing.
	for _, cv := range l.classVars[s] {
		for _, w := range cv.writes {
			if r := st.Range(); w.pos >= r.Start && w.pos < r.End && b.own[cv.name] {
				b.add(cv.name, l.variable(cv, -1))
			}
		}
	}
}

func (l *lowerer) classMethod(b *classBody, st *syntax.FuncDef, limit int) {
	l.gap(st.Start)
	fn := l.fresh(methodName(b.name, st.Name))
	l.function(st, fn, limit)
	e := txt(fn)
	if b.statements {
		defer func() { l.out.emit(-1, cat(l.variable(l.defs[st], -1), " = ", e).s...) }()
	}
	getter := false
	for k := len(st.Decorators) - 1; k >= 0; k-- {
		d := st.Decorators[k]
		if m, part := b.property(d); m != nil {
			switch part {
			case "setter":
				m.setter = e
			case "deleter":
				m.delete = e
			default:
				m.getter = e
			}
			return
		}
		switch n := l.dotted(d); {
		case isName(d, "property"):
			getter = true
		case isName(d, "staticmethod", "classmethod"):
			e = cat("py."+d.(*syntax.Name).ID+"(", e, ")")
		case n == "abc.abstractmethod":
			e = cat("py.abstract(", e, ")")
		case n == "typing.override" || n == "typing_extensions.override":
		default:
			if a, ok := d.(*syntax.Attr); ok && (a.Name == "setter" || a.Name == "deleter") {
				l.finding(d, "class", "a setter of another class's property", "define the property anew")
				continue
			}
			if e.text() == fn && fn != st.Name {
				e = cat("py.function(", e, ", "+quote(st.Name, false)+")")
			}
			e = l.decorate(d, e)
		}
	}
	m := b.add(st.Name, e)
	m.property, m.getter = getter, e
	if getter {
		e = cat("py.property(", e, ")")
	}
}

// classField lowers an annotated name: of a dataclass, a field.
func (l *lowerer) classField(b *classBody, st *syntax.AnnAssign, n *syntax.Name) {
	f := quote(n.ID, false)
	init := ""
	if l.annotated(st.Ann, "InitVar") {
		init = ", True"
	}
	if st.Value == nil {
		if b.data && !l.annotated(st.Ann, "ClassVar") {
			if init != "" {
				init = ", py.missing" + init
			} else {
				init = ","
			}
			b.fields = append(b.fields, cat("("+f+init+")"))
		}
		return
	}
	value := l.expr(st.Value).paren(precCond)
	if b.statements {
		l.out.emit(st.Start, cat(l.variable(l.names[n], st.Start), " = ", value).s...)
		value = l.variable(l.names[n], st.Start)
	}
	if !b.data || l.annotated(st.Ann, "ClassVar") {
		b.add(n.ID, value)
		return
	}
	b.fields = append(b.fields, cat("("+f+", ", value, init+")"))
	b.own[n.ID] = true
}

// builtinTypes are builtin classes that a class can't be derived from in Starlark.
var builtinTypes = map[string]bool{
	"object": true, "str": true, "int": true, "float": true, "bool": true, "list": true, "dict": true, "set": true,
	"tuple": true, "bytes": true, "frozenset": true, "type": true, "property": true, "bytearray": true,
}

// silentBase are the base classes that the runtime lacks, of modules that need no import there.
var silentBase = map[string]bool{"http.server.BaseHTTPRequestHandler": true}

func (l *lowerer) usesOwn(x syntax.Expr, own map[string]bool) bool {
	hit := false
	syntax.Walk(x, func(n syntax.Node) bool {
		if n, ok := n.(*syntax.Name); ok && own[n.ID] {
			hit = true
		}
		return true
	})
	return hit
}

// methodName is the name of the function that a method becomes.
func methodName(class, method string) string {
	for len(method) > 0 && method[0] == '_' {
		method = method[1:]
	}
	for len(method) > 0 && method[len(method)-1] == '_' {
		method = method[:len(method)-1]
	}
	return class + "_" + method
}

func superCall(fn *syntax.Attr) (*syntax.Call, bool) {
	c, ok := fn.X.(*syntax.Call)
	if !ok || !isName(c.Fn, "super") {
		return nil, false
	}
	return c, true
}

// superCall lowers super().method(…).
func (l *lowerer) superCall(s *syntax.Call, fn *syntax.Attr, x *syntax.Call) ex {
	class, self := l.enclosing(x.Start)
	if class == nil || self == "" {
		l.finding(s, "class", "super() outside of a method", "")
		return txt("None")
	}
	return l.plainCall(l.superAttr(class, self, fn, s.Start), x)
}

// superAttr is super().name.
func (l *lowerer) superAttr(class *syntax.ClassDef, self string, fn *syntax.Attr, src int) ex {
	return cat(at("py.super(", src), l.variable(l.defs[class], src), ", "+self+").", attrName(fn.Name))
}

// enclosing finds the class and the name of self at pos.
func (l *lowerer) enclosing(pos int) (*syntax.ClassDef, string) {
	var class *syntax.ClassDef
	self := ""
	for _, st := range l.file.Body {
		syntax.Walk(st, func(n syntax.Node) bool {
			c, ok := n.(*syntax.ClassDef)
			if !ok || pos < c.Start || pos >= c.End {
				return true
			}
			class = c
			for _, m := range c.Body {
				if f, ok := m.(*syntax.FuncDef); ok && pos >= f.Start && pos < f.End && len(f.Params) > 0 {
					self = f.Params[0].Name
				}
			}
			return true
		})
	}
	return class, self
}

// annotated tells whether an annotation is ClassVar or InitVar, with or without its type.
func (l *lowerer) annotated(ann syntax.Expr, name string) bool {
	ann = unparen(ann)
	if x, ok := ann.(*syntax.Index); ok {
		ann = x.X
	}
	switch x := ann.(type) {
	case *syntax.Name:
		return x.ID == name
	case *syntax.Attr:
		return x.Name == name
	}
	return false
}
