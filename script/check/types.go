package check

import (
	"sort"
	"strings"

	"github.com/gotest-driver/gotest-driver/script/api"
)

type kind uint8

const (
	kAny kind = iota
	kNever
	kNone
	kBool
	kInt
	kFloat
	kStr
	kBytes
	kList     // args[0] is the element
	kDict     // args[0] the key, args[1] the value
	kSet      // args[0] the element
	kTuple    // args are the elements; with variadic args[0] is each of any number
	kRange    // of range()
	kIterable // args[0] is the element
	kSized    // the argument of len
	kFunc     // fn
	kClass    // name is the class
	kModule   // mod
	kUnion    // args are the members
	kVar      // name is a type variable
	kObject   // any unknown value
	kStruct   // fields
)

// typ is a type. Types are never changed once made.
type typ struct {
	k        kind
	args     []*typ
	name     string
	alias    string   // its name in a declaration: Regex, Duration, …
	lits     []string // Literal[…] values in source form, for str, int, bool
	variadic bool
	soft     bool // a union whose None comes from inference, not from a declaration
	fn       *fnType
	mod      *module
	fields   map[string]*typ
}

var (
	tAny    = &typ{k: kAny}
	tNever  = &typ{k: kNever}
	tNone   = &typ{k: kNone}
	tBool   = &typ{k: kBool}
	tInt    = &typ{k: kInt}
	tFloat  = &typ{k: kFloat}
	tStr    = &typ{k: kStr}
	tBytes  = &typ{k: kBytes}
	tRange  = &typ{k: kRange}
	tObject = &typ{k: kObject}
	tJSON   = &typ{k: kAny, name: "JSON"} // any value of JSON: no object of the driver's
)

func listOf(t *typ) *typ       { return &typ{k: kList, args: []*typ{t}} }
func dictOf(k, v *typ) *typ    { return &typ{k: kDict, args: []*typ{k, v}} }
func tupleOf(ts ...*typ) *typ  { return &typ{k: kTuple, args: ts} }
func classOf(name string) *typ { return &typ{k: kClass, name: name} }

// fnType is something that can be called.
type fnType struct {
	name      string // for messages: Machine.succeed, login
	params    []param
	result    *typ
	anyParams bool
	overloads []*fnType
	decl      *api.Function // nil for the script's own functions
	local     *function     // nil for the API's
}

type param struct {
	name     string
	kind     api.ParamKind
	typ      *typ
	declared *api.Type // from a declaration of the API
	hasDef   bool
	posOnly  bool
}

// typeName returns the parameter's type as declared, or as inferred.
func (p *param) typeName() string {
	if p.declared != nil {
		return p.declared.String()
	}
	return typeName(p.typ)
}

// named reports whether the parameter is declared with the type of that name, alone or as one of several.
func (p *param) named(typeName string) bool { return p.declared.Has(typeName) }

func (p *param) required() bool {
	return !p.hasDef && p.kind != api.VarArgs && p.kind != api.KwArgs
}

// module is a predeclared module: its members.
type module struct {
	name    string
	doc     string
	members func() map[string]*member // made at the first call
	call    *fnType
}

// class is a type of the API or of Starlark, with its members. vars are the type variables of the elements of list,
// dict and set.
type class struct {
	name    string
	doc     string
	members func() map[string]*member // made at the first call
	iter    func() *typ               // the type of a loop's variable over it; nil when it can't be iterated
}

// member is an attribute or a method.
type member struct {
	name     string
	typ      *typ
	doc      string
	fn       *api.Function
	variable *api.Variable
	qemuOnly bool
}

// String returns the type as messages show it.
func (t *typ) String() string {
	if t == nil {
		return "Any"
	}
	if t.alias != "" && t.k != kStr {
		return t.alias
	}
	if len(t.lits) > 0 {
		return "Literal[" + strings.Join(t.lits, ", ") + "]"
	}
	switch t.k {
	case kAny:
		return "Any"
	case kNever:
		return "Never"
	case kNone:
		return "None"
	case kBool:
		return "bool"
	case kInt:
		return "int"
	case kFloat:
		return "float"
	case kStr:
		return "str"
	case kBytes:
		return "bytes"
	case kRange:
		return "range"
	case kSized:
		return "Sized"
	case kObject:
		return "object"
	case kList:
		return "list" + t.argString()
	case kDict:
		return "dict" + t.argString()
	case kSet:
		return "set" + t.argString()
	case kIterable:
		return "Iterable" + t.argString()
	case kTuple:
		if t.variadic {
			return "tuple[" + t.args[0].String() + ", ...]"
		}
		if len(t.args) == 0 {
			return "tuple[()]"
		}
		return "tuple" + t.argString()
	case kFunc:
		return t.fn.typeString()
	case kModule:
		return "module " + t.mod.name
	case kStruct:
		return "struct"
	case kUnion:
		parts := make([]string, len(t.args))
		for i, a := range t.args {
			parts[i] = a.String()
		}
		return strings.Join(parts, " | ")
	}
	return t.name
}

func (t *typ) argString() string {
	parts := make([]string, len(t.args))
	for i, a := range t.args {
		parts[i] = a.String()
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (f *fnType) typeString() string {
	var parts []string
	for _, p := range f.params {
		if p.kind == api.Positional {
			parts = append(parts, p.typ.String())
		}
	}
	params := "[" + strings.Join(parts, ", ") + "]"
	if f.anyParams {
		params = "..."
	}
	return "Callable[" + params + ", " + f.result.String() + "]"
}

// members returns the alternatives of a union, or the type alone.
func (t *typ) members() []*typ {
	if t.k == kUnion {
		return t.args
	}
	return []*typ{t}
}

func (t *typ) has(k kind) bool {
	for _, m := range t.members() {
		if m.k == k {
			return true
		}
	}
	return false
}

// without returns the type without the members of a kind.
func (t *typ) without(k kind) *typ {
	if t.k == k {
		return tNever
	}
	if t.k != kUnion {
		return t
	}
	var rest []*typ
	for _, m := range t.args {
		if m.k != k {
			rest = append(rest, m)
		}
	}
	return unionOf(rest)
}

func unionOf(ts []*typ) *typ {
	r := tNever
	for _, t := range ts {
		r = join(r, t)
	}
	return r
}

const (
	maxUnion = 8
	maxDepth = 5
)

// join returns the type of a value that is of either type.
func join(a, b *typ) *typ {
	switch {
	case a == b || b.k == kNever:
		return a
	case a.k == kNever:
		return b
	case a.k == kAny || b.k == kAny:
		return tAny
	case equal(a, b):
		if len(a.lits) > 0 || len(b.lits) > 0 {
			return joinLits(a, b)
		}
		if a.alias != b.alias {
			c := *a
			c.alias = ""
			return &c
		}
		return a
	case a.k == b.k && (a.k == kList || a.k == kSet || a.k == kDict || a.k == kIterable):
		args := make([]*typ, len(a.args))
		for i := range args {
			args[i] = join(a.args[i], b.args[i])
		}
		r := &typ{k: a.k, args: args}
		if r.depth() > maxDepth {
			return tAny
		}
		return r
	}
	var members []*typ
	soft := a.soft || b.soft
	if (a.k == kNone || b.k == kNone) && !a.hard() && !b.hard() {
		soft = true
	}
	for _, m := range append(append([]*typ{}, a.members()...), b.members()...) {
		found := false
		for i, x := range members {
			if equal(x, m) || x.k == m.k && (x.k == kList || x.k == kSet || x.k == kDict) {
				members[i], found = join(x, m), true
				break
			}
		}
		if !found {
			members = append(members, m)
		}
	}
	if len(members) > maxUnion {
		return tAny
	}
	if len(members) == 1 {
		return members[0]
	}
	r := &typ{k: kUnion, args: members, soft: soft}
	if a.hard() || b.hard() {
		r.soft = false
	}
	if r.depth() > maxDepth {
		return tAny
	}
	return r
}

// hard reports whether the type is a union with a declared None.
func (t *typ) hard() bool { return t.k == kUnion && !t.soft && t.has(kNone) }

func joinLits(a, b *typ) *typ {
	c := *a
	c.lits = nil
	if len(a.lits) == 0 || len(b.lits) == 0 {
		return &c
	}
	c.lits = append(c.lits, a.lits...)
	for _, l := range b.lits {
		if !contains(c.lits, l) {
			c.lits = append(c.lits, l)
		}
	}
	return &c
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (t *typ) depth() int {
	d := 0
	for _, a := range t.args {
		d = max(d, a.depth())
	}
	if t.k == kFunc && t.fn.local == nil && t.fn.decl == nil {
		d = max(d, t.fn.result.depth())
	}
	return d + 1
}

// equal reports whether two types are the same apart from aliases and literals.
func equal(a, b *typ) bool {
	if a == b {
		return true
	}
	if a.k != b.k || a.name != b.name || len(a.args) != len(b.args) || a.variadic != b.variadic || a.mod != b.mod {
		return false
	}
	switch a.k {
	case kFunc:
		return a.fn == b.fn || a.fn.local != nil && a.fn.local == b.fn.local || a.fn.decl != nil && a.fn.decl == b.fn.decl
	case kStruct:
		if len(a.fields) != len(b.fields) {
			return false
		}
		for n, f := range a.fields {
			if g, ok := b.fields[n]; !ok || !equal(f, g) {
				return false
			}
		}
	case kUnion:
		if a.soft != b.soft {
			return false
		}
	}
	for i := range a.args {
		if !equal(a.args[i], b.args[i]) {
			return false
		}
	}
	return true
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
