package check

import (
	"fmt"
	"slices"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// dot returns the type of x.name.
func (c *checker) dot(e *dialect.DotExpr) *typ {
	t := c.expr(e.X, nil)
	if e.Name.Name == "" {
		return tAny
	}
	t = c.notNone(e.X, t, "have the attribute `"+e.Name.Name+"`")
	r, found := tNever, false
	var lacking *typ
	for _, m := range t.members() {
		mt := c.memberOf(m, e.Name.Name)
		if mt == nil {
			lacking = m
			continue
		}
		r, found = join(r, mt), true
	}
	if found {
		return r
	}
	if lacking == nil {
		return tAny
	}
	c.unknownAttribute(e, t, lacking)
	return tAny
}

// memberOf returns the type of an attribute or method; nil when the type has none of that name.
func (c *checker) memberOf(t *typ, name string) *typ {
	switch t.k {
	case kAny:
		if t == tJSON && !c.u.inJSON(name) {
			return nil
		}
		return tAny
	case kNever, kVar, kObject, kIterable, kSized:
		return tAny
	case kModule:
		if m := t.mod.members()[name]; m != nil {
			return m.typ
		}
		return nil
	case kStruct:
		return t.fields[name]
	}
	if cl := c.u.classOfType(t); cl != nil {
		if m := cl.members()[name]; m != nil {
			return m.typ
		}
	}
	return nil
}

// inJSON reports whether a value of JSON may have an attribute or a method of that name.
func (u *universe) inJSON(name string) bool {
	for _, t := range []*typ{tStr, listOf(tAny), dictOf(tStr, tAny), tInt, tFloat, tBool} {
		if cl := u.classOfType(t); cl != nil && cl.members()[name] != nil {
			return true
		}
	}
	return false
}

// attributesOfNothing reports attributes of values of unknown types when nothing that a script can have has such a one. A file
// without statements may be loaded by any script, and get its structs.
func attributesOfNothing(c *checker) {
	if c.broken() || !c.isScript() || len(c.loader.busy) > 1 {
		return
	}
	fields := map[string]bool{}
	for _, file := range c.loader.files {
		if !file.structFields(fields) {
			return
		}
	}
	faults := make([]int, len(c.findings))
	for i, f := range c.findings {
		faults[i] = f.Range.Start
	}
	slices.Sort(faults)
	for e := range nodes[*dialect.DotExpr](c) {
		name := e.Name.Name
		if t := c.typeOf(e.X); t.k != kAny || t == tJSON || name == "" || fields[name] || c.u.hasAttribute(name) {
			continue
		}
		if i, _ := slices.BinarySearch(faults, e.X.Span().Start); i < len(faults) && faults[i] < e.X.Span().End {
			continue // a mistake in the value, for which its type is not known
		}
		hint, fixes := didYouMean(name, sortedKeys(c.u.classes["Machine"].members()), e.Name.Range)
		c.report(UnknownAttribute, e.Name.Range, fmt.Sprintf("nothing has an attribute or method `%s`", name), hint, fixes...)
	}
}

// structFields adds the names of the fields of the file's structs; it is false when there may be more.
func (c *checker) structFields(fields map[string]bool) bool {
	for _, n := range c.nodes {
		id, ok := n.(*dialect.Ident)
		if ok && (c.cfg.Template && IsNixName(id.Name) || c.uses[id] == nil && (id.Name == "hasattr" || id.Name == "getattr")) {
			return false
		}
		call, ok := n.(*dialect.CallExpr)
		if !ok {
			continue
		}
		if id, ok = call.Fn.(*dialect.Ident); !ok || id.Name != "struct" {
			continue
		}
		for _, a := range call.Args {
			if a.Name == nil {
				return false
			}
			fields[a.Name.Name] = true
		}
	}
	return !slices.ContainsFunc(c.findings, func(f Finding) bool { return f.Code == LoadFailed })
}

// hasAttribute reports whether some value of the driver or of Starlark has an attribute or a method of that name.
func (u *universe) hasAttribute(name string) bool {
	for _, cl := range u.classes {
		if cl.members()[name] != nil {
			return true
		}
	}
	for _, m := range u.globals {
		if m.typ.k == kModule && m.typ.mod.members()[name] != nil {
			return true
		}
	}
	return false
}

func (c *checker) memberNames(t *typ) []string {
	switch t.k {
	case kModule:
		return sortedKeys(t.mod.members())
	case kStruct:
		return sortedKeys(t.fields)
	case kUnion:
		var names []string
		for _, m := range t.args {
			names = append(names, c.memberNames(m)...)
		}
		return names
	}
	if cl := c.u.classOfType(t); cl != nil {
		return sortedKeys(cl.members())
	}
	return nil
}

func (c *checker) unknownAttribute(e *dialect.DotExpr, t, lacking *typ) {
	if c.silent {
		return
	}
	what := article(t) + " has"
	if t == tJSON {
		what = "a value of JSON has"
	}
	switch t.k {
	case kClass:
		what = t.name + " has"
		if isMachine(t) {
			what = fmt.Sprintf("the machine `%s` has", c.text(e.X))
		}
	case kModule:
		what = fmt.Sprintf("the module `%s` has", t.mod.name)
	}
	noun := "attribute or method"
	if t.k == kModule {
		noun = "member"
	}
	hint, fixes := "", []Fix(nil)
	if h := pythonMethods[t.k][e.Name.Name]; h != "" {
		hint = h
	} else if hint, fixes = didYouMean(e.Name.Name, c.memberNames(t), e.Name.Range); hint == "" && (t == tJSON || t.k == kDict) {
		hint = fmt.Sprintf("a value is found by its key: [%q]", e.Name.Name)
	}
	c.report(UnknownAttribute, e.Name.Range, fmt.Sprintf("%s no %s `%s`", what, noun, e.Name.Name), hint, fixes...)
}

// pythonMethods are methods that Python has and Starlark lacks, with the replacement.
var pythonMethods = map[kind]map[string]string{
	kStr: {"encode": "bytes(s) gives the UTF-8 bytes", "isnumeric": "write isdigit()", "zfill": "write \"0\" * (n - len(s)) + s",
		"ljust": "write s + \" \" * (n - len(s))", "rjust": "write \" \" * (n - len(s)) + s", "casefold": "write lower()", "swapcase": ""},
	kBytes: {"decode": "str(b) decodes UTF-8"},
	kList:  {"sort": "write x = sorted(x)", "reverse": "write x = reversed(x)", "copy": "write list(x)", "count": "write len([y for y in x if y == value])"},
	kDict:  {"copy": "write dict(d)", "has_key": "write key in d", "iteritems": "write items()"},
}
