package check

import (
	"fmt"
	"strings"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// loadFiles checks the files that the file loads and adds their names.
func (c *checker) loadFiles() {
	for _, s := range c.file.Stmts {
		l, ok := s.(*dialect.LoadStmt)
		if !ok || l.Module == nil {
			continue
		}
		module, _ := l.Module.Value.(string)
		other := c.load(l, module)
		for _, n := range l.Names {
			sym := c.uses[n.To]
			if sym == nil {
				continue
			}
			sym.loaded = &loadedSymbol{module: module, name: n.From.Name, typ: tAny}
			if strings.HasPrefix(n.From.Name, "_") {
				c.report(LoadFailed, n.From.Range, fmt.Sprintf("`%s` begins with _: it can't be loaded", n.From.Name), "")
				continue
			}
			if other != nil {
				c.takeOver(sym, n, other)
			}
		}
	}
}

// load checks another file, or returns the checker of one that has been checked; nil when it can't be read.
func (c *checker) load(l *dialect.LoadStmt, module string) *checker {
	if c.cfg.Load == nil {
		return nil
	}
	name, src, err := c.cfg.Load(module, c.file.Name)
	if err != nil {
		c.report(LoadFailed, l.Module.Range, err.Error(), "")
		return nil
	}
	for _, b := range c.loader.busy {
		if b == name {
			c.report(LoadFailed, l.Module.Range, fmt.Sprintf("%s loads itself, in a circle", module), "")
			return nil
		}
	}
	if other := c.loader.files[name]; other != nil {
		return other
	}
	return c.loader.check(name, src)
}

func (c *checker) takeOver(sym *symbol, n dialect.LoadedName, other *checker) {
	theirs := other.global.syms[n.From.Name]
	if theirs == nil || theirs.kind == symLoaded {
		if other.broken() {
			return
		}
		if theirs != nil {
			c.report(LoadFailed, n.From.Range, fmt.Sprintf("%s loads `%s` itself: only its own names can be loaded", sym.loaded.module, n.From.Name), "")
			return
		}
		var names []string
		for name, s := range other.global.syms {
			if !strings.HasPrefix(name, "_") && s.kind != symLoaded {
				names = append(names, name)
			}
		}
		hint, fixes := didYouMean(n.From.Name, names, n.From.Range)
		c.report(LoadFailed, n.From.Range, fmt.Sprintf("%s has no `%s`", sym.loaded.module, n.From.Name), hint, fixes...)
		return
	}
	d := theirs.defs[0]
	sym.loaded.def = Location{File: other.file.Name, Range: d, Start: other.file.Position(d.Start), End: other.file.Position(d.End)}
	switch {
	case theirs.fn != nil && theirs.fn.def != nil && theirs.kind == symFunction:
		ft := other.functionType(theirs.fn)
		fn := *ft.fn
		fn.local = nil // its parameters are not inferred from this file
		sym.loaded.typ = &typ{k: kFunc, fn: &fn}
		sym.loaded.doc = docString(theirs.fn.def.Body)
	case theirs.declared != nil:
		sym.loaded.typ = theirs.declared
	case theirs.all != nil && theirs.all.k != kNever:
		sym.loaded.typ = other.soften(theirs.all)
	}
}

func (c *checker) loadedType(sym *symbol) *typ {
	if sym.loaded == nil {
		return tAny
	}
	return sym.loaded.typ
}

// docString returns the doc string at the start of a body.
func docString(body []dialect.Stmt) string {
	if len(body) > 0 {
		if e, ok := body[0].(*dialect.ExprStmt); ok {
			if l, ok := e.X.(*dialect.Literal); ok {
				s, _ := l.Value.(string)
				return s
			}
		}
	}
	return ""
}
