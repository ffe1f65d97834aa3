package python

import (
	"github.com/gotest-driver/gotest-driver/python/syntax"
)

// classDef lowers a class: its methods become functions, py.new_class puts them together.
func (l *lowerer) classDef(s *syntax.ClassDef, next int) {
	v := l.defs[s]
	name := v.out
	if v.cell {
		l.finding(s, "class", "a class inside of a try", "define it before the try")
		return
	}
	dataclass := false
	var decs []syntax.Expr
	for _, d := range s.Decorators {
		x := unparen(d)
		if c, ok := x.(*syntax.Call); ok {
			x = c.Fn
		}
		if l.dotted(x) == "dataclasses.dataclass" {
			dataclass = true
			continue
		}
		decs = append(decs, d)
	}
	for _, b := range s.Bases {
		dataclass = dataclass || b.Name == "" && b.Star == 0 && l.dotted(b.Value) == "typing.NamedTuple"
	}
	members := []ex{}
	fields := []ex{}
	own := map[string]bool{}
	for i, st := range s.Body {
		limit := next
		if i+1 < len(s.Body) {
			limit = s.Body[i+1].Range().Start
		}
		l.flushComments(st.Range().Start, 0)
		l.stmtStart = st.Range().Start
		switch st := st.(type) {
		case *syntax.FuncDef:
			l.gap(st.Start)
			fn := l.fresh(methodName(name, st.Name))
			l.function(st, fn, limit)
			e := txt(fn)
			for k := len(st.Decorators) - 1; k >= 0; k-- {
				d := st.Decorators[k]
				if a, ok := d.(*syntax.Attr); ok && (a.Name == "setter" || a.Name == "deleter") {
					l.finding(d, "class", "a setter of a property", "write a method set_…()")
					continue
				}
				if isName(d, "staticmethod", "classmethod", "property") {
					e = cat("py."+d.(*syntax.Name).ID+"(", e, ")")
					continue
				}
				if n := l.dotted(d); n == "abc.abstractmethod" {
					continue
				}
				e = l.decorate(d, e)
			}
			members = append(members, cat(quote(st.Name, false)+": ", e))
			own[st.Name] = true
		case *syntax.Assign:
			n, ok := st.Targets[0].(*syntax.Name)
			if !ok || len(st.Targets) > 1 || l.usesOwn(st.Value, own) {
				l.finding(st, "class", "this assignment in a class", "assign constants only; compute the rest in __init__")
				continue
			}
			members = append(members, cat(quote(n.ID, false)+": ", l.expr(st.Value).paren(precCond)))
			own[n.ID] = true
		case *syntax.AnnAssign:
			n, ok := st.Target.(*syntax.Name)
			if !ok {
				continue
			}
			f := quote(n.ID, false)
			if st.Value != nil {
				value := l.expr(st.Value).paren(precCond)
				if !dataclass || l.isClassVar(st.Ann) {
					members = append(members, cat(f+": ", value))
					continue
				}
				fields = append(fields, cat("("+f+", ", value, ")"))
			} else {
				fields = append(fields, cat("("+f+",)"))
			}
			own[n.ID] = true
		case *syntax.Simple:
		case *syntax.ExprStmt:
			switch x := st.X.(type) {
			case *syntax.Str:
				l.trailing(st.Start, st.End)
			case *syntax.Name:
				if x.ID != "..." {
					l.finding(st, "class", "this statement in a class", "")
				}
			default:
				l.finding(st, "class", "this statement in a class", "")
			}
		default:
			l.finding(st, "class", "this statement in a class", "keep methods and constants in the class, and the rest outside")
		}
	}
	var bases []ex
	for _, b := range s.Bases {
		switch {
		case b.Name == "metaclass" || b.Star != 0:
			l.finding(b.Value, "class", "a metaclass", "")
		case b.Name != "" || isName(b.Value, "object"):
		case l.dotted(b.Value) == "enum.Enum" && len(s.Bases) > 1:
			l.finding(b.Value, "class", "an enumeration that is another type too", "compare with .value of a plain Enum")
		case unknownBase[l.dotted(b.Value)]:
			if d := l.dotted(b.Value); d == "typing.NamedTuple" {
				bases = append(bases, l.classes(b.Value))
			} else if d != "abc.ABC" && d != "typing.Protocol" && d != "typing.Generic" {
				l.finding(b.Value, "class", "the base class "+d, "use a class with fields, or a dict")
			}
		default:
			bases = append(bases, l.classes(b.Value))
		}
	}
	e := cat(at("py.new_class("+quote(s.Name, false)+", [", s.Start), commas(bases), "], {", commas(members), "}")
	if dataclass {
		e = cat(e, ", fields = [", commas(fields), "]")
	}
	e = cat(e, ")")
	for i := len(decs) - 1; i >= 0; i-- {
		e = l.decorate(decs[i], e)
	}
	l.out.emit(s.Start, cat(name+" = ", e).s...)
}

var unknownBase = map[string]bool{
	"enum.IntEnum": true, "enum.IntFlag": true, "enum.Flag": true, "enum.StrEnum": true, "typing.NamedTuple": true, "abc.ABC": true,
	"typing.Protocol": true, "typing.Generic": true, "typing.TypedDict": true, "threading.Thread": true,
	"http.server.BaseHTTPRequestHandler": true,
}

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
	return l.plainCall(cat(at("py.super(", s.Start), l.defs[class].out+", "+self+").", attrName(fn.Name)), x)
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

// isClassVar tells whether an annotation says that the variable is the class's and no field of a dataclass.
func (l *lowerer) isClassVar(ann syntax.Expr) bool {
	ann = unparen(ann)
	if x, ok := ann.(*syntax.Index); ok {
		ann = x.X
	}
	switch x := ann.(type) {
	case *syntax.Name:
		return x.ID == "ClassVar"
	case *syntax.Attr:
		return x.Name == "ClassVar"
	}
	return false
}
