package check

import (
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/arch"
	"github.com/gotest-driver/gotest-driver/internal/keys"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// CompletionKind says what a completion is.
type CompletionKind int

// The kinds of completions.
const (
	CompleteVariable CompletionKind = iota
	CompleteFunction
	CompleteMethod
	CompleteAttribute
	CompleteModule
	CompleteArgument
	CompleteType
	CompleteKeyword
	CompleteText
)

// Completion is a proposal for text at a place.
type Completion struct {
	Label  string
	Kind   CompletionKind
	Detail string
	Doc    string
	Insert string // what is inserted; Label when empty
	Sort   int    // lower comes first
}

// Completions returns what can be written at the offset, and the range that it replaces.
func (r *Result) Completions(offset int) ([]Completion, dialect.Range) {
	src := r.File.Source
	start := offset
	for start > 0 && (src[start-1] == '_' || src[start-1] >= 'a' && src[start-1] <= 'z' || src[start-1] >= 'A' && src[start-1] <= 'Z' || src[start-1] >= '0' && src[start-1] <= '9' || src[start-1] >= 0x80) {
		start--
	}
	word := dialect.Range{Start: start, End: offset}
	for _, cm := range r.File.Comments {
		if cm.Start < offset && offset <= cm.End {
			return nil, word
		}
	}
	path := r.path(offset)
	if n := len(path); n > 0 {
		if l, ok := path[n-1].(*dialect.Literal); ok && offset > l.Start {
			if offset < l.End || !closed(l) {
				return r.inString(l, path, offset)
			}
			return nil, word
		}
	}
	if dot, ok := innermost[*dialect.DotExpr](path); ok && dot.Name.Start <= offset && offset <= dot.Name.End {
		return r.membersOf(dot), word
	}
	if start > 0 && src[start-1] == '.' {
		return nil, word
	}
	if r.inType(path) {
		return r.typeCompletions(), word
	}
	var out []Completion
	if call, ok := innermost[*dialect.CallExpr](path); ok && offset > call.Lparen && (call.Rparen < 0 || offset <= call.Rparen) {
		out = r.argumentNames(call)
	}
	return append(out, r.names(offset)...), word
}

func closed(l *dialect.Literal) bool {
	text := strings.TrimLeft(l.Raw, "rb")
	return len(text) >= 2 && text[len(text)-1] == text[0]
}

func (r *Result) inType(path []dialect.Node) bool {
	for i, n := range path {
		var t dialect.Expr
		switch n := n.(type) {
		case *dialect.DeclStmt:
			t = n.Type
		case *dialect.AssignStmt:
			t = n.Type
		case *dialect.Param:
			t = n.Type
		case *dialect.DefStmt:
			t = n.Result
		case *dialect.TypeStmt:
			t = n.Type
		}
		if t != nil && i+1 < len(path) && path[i+1] == dialect.Node(t) {
			return true
		}
	}
	return false
}

func (r *Result) typeCompletions() []Completion {
	var out []Completion
	for _, n := range r.c.u.typeNames() {
		doc := ""
		if al := r.c.u.api.Alias(n); al != nil {
			doc = al.Doc
		} else if cl := r.c.u.classes[n]; cl != nil {
			doc = cl.doc
		}
		out = append(out, Completion{Label: n, Kind: CompleteType, Doc: doc})
	}
	for n := range r.c.aliases {
		out = append(out, Completion{Label: n, Kind: CompleteType})
	}
	return out
}

func (r *Result) membersOf(dot *dialect.DotExpr) []Completion {
	t := r.c.types[dot.X]
	if t == nil {
		return nil
	}
	var out []Completion
	seen := map[string]bool{}
	for _, m := range t.members() {
		members := map[string]*member{}
		switch {
		case m.k == kModule:
			members = m.mod.members()
		case m.k == kStruct:
			for n, ft := range m.fields {
				members[n] = &member{name: n, typ: ft}
			}
		default:
			if cl := r.c.u.classOfType(m); cl != nil {
				members = cl.members()
			}
		}
		for _, n := range sortedKeys(members) {
			if !seen[n] {
				seen[n] = true
				out = append(out, members[n].completion(m.k == kModule))
			}
		}
	}
	return out
}

func (m *member) completion(ofModule bool) Completion {
	c := Completion{Label: m.name, Kind: CompleteAttribute, Detail: typeName(m.typ), Doc: m.doc}
	switch {
	case m.fn != nil:
		c.Kind, c.Detail = CompleteMethod, m.fn.Signature()
		if ofModule {
			c.Kind = CompleteFunction
		}
	case m.typ.k == kModule:
		c.Kind, c.Detail = CompleteModule, "module"
	case ofModule:
		c.Kind = CompleteVariable
	}
	return c
}

// argumentNames returns the parameters for which the call has no argument yet.
func (r *Result) argumentNames(call *dialect.CallExpr) []Completion {
	t := r.c.types[call.Fn]
	if t == nil || t.k != kFunc {
		return nil
	}
	given := map[string]bool{}
	position := 0
	for _, a := range call.Args {
		if a.Name != nil {
			given[a.Name.Name] = true
		} else if _, bad := a.Value.(*dialect.BadExpr); !bad && a.Star == 0 {
			position++
		}
	}
	var out []Completion
	for i, p := range t.fn.params {
		if p.posOnly || p.kind == api.VarArgs || p.kind == api.KwArgs || given[p.name] || p.kind == api.Positional && i < position-1 {
			continue
		}
		out = append(out, Completion{Label: p.name + " =", Kind: CompleteArgument, Detail: p.typeName(), Insert: p.name + " = ", Sort: -1})
	}
	return out
}

// names returns all names that can be used at the offset.
func (r *Result) names(offset int) []Completion {
	var out []Completion
	seen := map[string]bool{}
	add := func(c Completion) {
		if !seen[c.Label] {
			seen[c.Label] = true
			out = append(out, c)
		}
	}
	scopes := []*scope{r.c.global}
	for _, fn := range r.c.order {
		if n := fn.node.Span(); n.Start < offset && offset <= n.End+1 {
			scopes = append([]*scope{fn.scope}, scopes...)
		}
	}
	for _, s := range scopes {
		for _, n := range sortedKeys(s.syms) {
			sym := s.syms[n]
			c := Completion{Label: n, Kind: CompleteVariable}
			t := sym.all
			if sym.declared != nil {
				t = sym.declared
			}
			if sym.loaded != nil {
				t = sym.loaded.typ
				c.Doc = sym.loaded.doc
			}
			if t != nil {
				c.Detail = typeName(t)
				if t.k == kFunc {
					c.Kind, c.Detail = CompleteFunction, signature(t.fn)
				}
			}
			if sym.fn != nil && sym.fn.def != nil {
				c.Doc = docString(sym.fn.def.Body)
			}
			add(c)
		}
	}
	for _, n := range sortedKeys(r.c.machines) {
		add(Completion{Label: n, Kind: CompleteVariable, Detail: r.c.machines[n].String(), Doc: "A machine of the run."})
	}
	for _, n := range sortedKeys(r.c.u.globals) {
		m := r.c.u.globals[n]
		c := m.completion(true)
		c.Sort = 1
		if m.fn != nil {
			c.Kind = CompleteFunction
		}
		add(c)
	}
	for _, k := range strings.Fields("and break continue def elif else for if in lambda load not or pass return") {
		add(Completion{Label: k, Kind: CompleteKeyword, Sort: 2})
	}
	return out
}

var unitName = lazyre.Compile(`[A-Za-z0-9@_:][A-Za-z0-9@_:.\\-]*\.(?:service|socket|target|timer|mount|path|slice|scope|automount|swap|device)\b`)

var commonUnits = []string{"multi-user.target", "graphical.target", "network.target", "network-online.target", "default.target", "local-fs.target",
	"sshd.service", "dbus.service", "systemd-journald.service", "display-manager.service"}

// inString completes unit names and keys in an argument of that kind.
func (r *Result) inString(l *dialect.Literal, path []dialect.Node, offset int) ([]Completion, dialect.Range) {
	quote := strings.IndexAny(l.Raw, `"'`) + 1
	whole := dialect.Range{Start: l.Start + quote, End: max(l.End-1, l.Start+quote)}
	if !closed(l) {
		whole.End = offset
	}
	call, ok := innermost[*dialect.CallExpr](path)
	if !ok {
		return nil, whole
	}
	t := r.c.types[call.Fn]
	if t == nil || t.k != kFunc {
		return nil, whole
	}
	var p *param
	for i, a := range call.Args {
		if a.Value == dialect.Expr(l) {
			if a.Name != nil {
				p = t.fn.param(a.Name.Name)
			} else {
				p = t.fn.positional(i)
			}
		}
	}
	if p == nil {
		return nil, whole
	}
	var out []Completion
	seen := map[string]bool{}
	add := func(detail string, order int, texts ...string) {
		for _, text := range texts {
			if !seen[text] {
				seen[text] = true
				out = append(out, Completion{Label: text, Kind: CompleteText, Detail: detail, Sort: order})
			}
		}
	}
	switch {
	case p.named("GuestName"):
		add("built-in guest", 0, r.c.cfg.Guests...)
	case p.named("ArchName"):
		add("architecture", 0, arch.Names()...)
	case p.named("UnitName"):
		text, _ := l.Value.(string)
		seen[text] = true // the source has it only because it is written here
		add("systemd unit", 0, unitName().FindAllString(string(r.File.Source), -1)...)
		add("systemd unit", 1, commonUnits...)
	case p.named("Key"):
		if i := strings.LastIndexByte(string(r.File.Source[whole.Start:offset]), '-'); i >= 0 {
			whole.Start += i + 1
		}
		add("key", 0, keys.Names()...)
	case p.named("KeyboardLayout"):
		add("keyboard layout", 0, keys.Layouts()...)
	case p.named("MouseButton"):
		add("", 0, mouseButtons()...)
	}
	return out, whole
}
