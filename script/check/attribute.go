package check

import (
	"fmt"

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
	case kAny, kNever, kVar, kObject, kIterable, kSized:
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
	} else {
		hint, fixes = didYouMean(e.Name.Name, c.memberNames(t), e.Name.Range)
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
