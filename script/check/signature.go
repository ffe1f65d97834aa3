package check

import (
	"strings"

	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

func lastName(e dialect.Expr) string {
	switch e := e.(type) {
	case *dialect.DotExpr:
		return e.Name.Name
	case *dialect.Ident:
		return e.Name
	}
	return ""
}

// shown returns a function's name for messages, without its class.
func shown(f *fnType) string {
	_, name, ok := strings.Cut(f.name, ".")
	if ok && f.decl != nil {
		return name
	}
	return f.name
}

// signature returns a function with its parameters in the form of a declaration.
func signature(f *fnType) string {
	if f.decl != nil {
		return f.decl.Signature()
	}
	var parts []string
	star := false
	for _, p := range f.params {
		s := p.name
		switch p.kind {
		case api.VarArgs:
			s, star = "*"+s, true
		case api.KwArgs:
			s = "**" + s
		case api.KeywordOnly:
			if !star {
				parts, star = append(parts, "*"), true
			}
		}
		if p.typ.k != kAny {
			s += ": " + typeName(p.typ)
		}
		if p.hasDef {
			s += " = …"
		}
		parts = append(parts, s)
	}
	return shown(f) + "(" + strings.Join(parts, ", ") + ") -> " + typeName(f.result)
}

// typeName returns the type, under the alias of its declaration if it has one.
func typeName(t *typ) string {
	if t.alias != "" {
		return t.alias
	}
	if t.k == kUnion {
		parts := make([]string, len(t.args))
		for i, m := range t.args {
			parts[i] = typeName(m)
		}
		return strings.Join(parts, " | ")
	}
	return t.String()
}
