package check

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/internal/near"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// unknownName collects the uses of a name that nothing defines.
type unknownName struct {
	uses      []dialect.Range
	asMachine bool // a method of Machine is called on it
}

var vlanName = lazyre.Compile(`^vlan[0-9]+$`)

// declareMachines adds the predeclared machines: those of the configuration, and `machine` if there is only one, in the
// configuration or in the script.
func (c *checker) declareMachines() {
	for name, kind := range c.cfg.Machines {
		if dialect.Meaning(name, false) == "" {
			c.machines[name] = classOf(kind)
		}
		if len(c.cfg.Machines) == 1 {
			c.machines["machine"] = classOf(kind)
		}
	}
	var declared []*dialect.DeclStmt
	for _, s := range c.file.Stmts {
		d, ok := s.(*dialect.DeclStmt)
		if !ok {
			continue
		}
		if t := c.annotation(d.Type); isMachine(t) {
			declared = append(declared, d)
			if _, known := c.machines[d.Name.Name]; c.cfg.Machines != nil && !known {
				hint, fixes := didYouMean(d.Name.Name, sortedKeys(c.machines), d.Name.Range)
				if hint == "" {
					hint = "the machines are " + strings.Join(sortedKeys(c.machines), ", ")
				}
				c.report(UnknownMachine, d.Name.Range, fmt.Sprintf("the run has no machine `%s`%s", d.Name.Name, c.source()), hint, fixes...)
			}
		}
	}
	if c.cfg.Machines == nil && len(declared) == 1 {
		c.machines["machine"] = c.annotation(declared[0].Type)
	}
}

func (c *checker) source() string {
	if c.cfg.MachineSource == "" {
		return ""
	}
	return " (" + c.cfg.MachineSource + ")"
}

// predeclaredGlobal returns the type of a name that the run provides; nil when there is none.
func (c *checker) predeclaredGlobal(name string) *typ {
	if t := c.machines[name]; t != nil {
		return t
	}
	if m := c.u.globals[name]; m != nil {
		return m.typ
	}
	if vlanName().MatchString(name) && c.u.classes["Vlan"] != nil {
		if c.cfg.VLANs == nil {
			return classOf("Vlan")
		}
		for _, n := range c.cfg.VLANs {
			if name == fmt.Sprintf("vlan%d", n) {
				return classOf("Vlan")
			}
		}
	}
	return nil
}

func (c *checker) predeclared(e *dialect.Ident) *typ {
	if t := c.predeclaredGlobal(e.Name); t != nil {
		return t
	}
	if c.cfg.Template && IsNixName(e.Name) {
		return tAny
	}
	u := c.unknown[e.Name]
	if u == nil {
		u = &unknownName{}
		c.unknown[e.Name] = u
	}
	if c.silent {
		if c.usedAsMachine(e) {
			u.asMachine = true
		}
	} else {
		u.uses = append(u.uses, e.Range)
	}
	if u.asMachine && c.cfg.Machines == nil {
		return classOf("Machine") // so that its calls are also checked
	}
	return tAny
}

// usedAsMachine reports whether the source continues with a method that only machines have.
func (c *checker) usedAsMachine(e *dialect.Ident) bool {
	rest := c.file.Source[e.End:]
	if len(rest) < 2 || rest[0] != '.' {
		return false
	}
	n := 1
	for n < len(rest) && (rest[n] == '_' || rest[n] >= 'a' && rest[n] <= 'z') {
		n++
	}
	name := string(rest[1:n])
	machine := c.u.classes["Machine"]
	if machine.members()[name] != nil {
		return true
	}
	_, isNear := nearest(name, sortedKeys(machine.members()))
	return isNear && n > 5
}

// resolveUnknown reports the undefined names: each at its first use in each statement, the unknown machines in one
// finding.
func (c *checker) resolveUnknown() {
	names := sortedKeys(c.unknown)
	var machines []string
	first := dialect.Range{Start: -1}
	declared := slices.ContainsFunc(c.file.Stmts, func(s dialect.Stmt) bool {
		d, ok := s.(*dialect.DeclStmt)
		return ok && isMachine(c.annotation(d.Type))
	})
	var own []string
	if c.cfg.Machines == nil && !declared && len(names)*len(c.global.syms) < mostGuesses {
		own = c.ownNames()
	}
	for _, n := range names {
		u := c.unknown[n]
		if len(u.uses) == 0 {
			continue
		}
		if c.cfg.Machines == nil && (u.asMachine || n == "machine") {
			if near, ok := MeantMachine(n, own); ok {
				for _, r := range u.uses {
					c.report(UndefinedName, r, fmt.Sprintf("`%s` is not defined", n), fmt.Sprintf("did you mean `%s`?", near))
				}
				continue
			}
			machines = append(machines, n)
			if first.Start < 0 || u.uses[0].Start < first.Start {
				first = u.uses[0]
			}
			continue
		}
		for _, r := range u.uses {
			c.undefined(n, r)
		}
	}
	if len(machines) == 0 {
		return
	}
	code := UnnamedMachine
	if declared {
		code = UnknownMachine
	}
	message, hint := Unnamed(machines, "declare IT in the script (`"+machines[0]+": Machine`), ")
	c.report(code, first, message, hint,
		Fix{Title: "Declare `" + strings.Join(machines, "`, `") + "`", Edits: []Edit{{c.declarationPlace(), declarations(machines)}}})
}

// Unnamed returns the message about machines that nobody names, and the hint how to name them; first begins the hint.
func Unnamed(machines []string, first string) (message, hint string) {
	verb, it := "is", "it"
	if len(machines) > 1 {
		verb, it = "are", "them"
	}
	return fmt.Sprintf("`%s` %s not known: nobody says which machines the run has", strings.Join(machines, "`, `"), verb),
		fmt.Sprintf("%sgive --config driver.json or --machines %s, or describe %s in gotest.json next to the script",
			strings.Replace(first, "IT", it, 1), strings.Join(machines, ","), it)
}

// ownNames returns the names of the file, and those of the driver that have methods like a machine's.
func (c *checker) ownNames() []string {
	names := append(sortedKeys(c.global.syms), DriverObjects...)
	for _, fn := range c.order {
		names = append(names, sortedKeys(fn.scope.syms)...)
	}
	return names
}

// DriverObjects are names of the driver that a name with a machine's method may have been meant to be.
var DriverObjects = []string{"machine", "machines", "driver"}

// MeantMachine returns the known name that a name with a machine's method was probably meant to be. Names of machines often
// differ in a number or an s, and short ones in a letter.
func MeantMachine(name string, known []string) (string, bool) {
	if len(name) < 5 || slices.Contains(known, name) {
		return "", false
	}
	bare := func(s string) string { return strings.TrimRight(strings.ToLower(s), "0123456789_s") }
	for _, n := range near.Names(name, known) {
		most := 1 + min(len(name), len(n))/8
		if len(n) >= 5 && bare(n) != bare(name) && near.Distance(name, n) <= most && !strings.HasPrefix(n, name) && !strings.HasPrefix(name, n) {
			return n, true
		}
	}
	return "", false
}

func declarations(names []string) string {
	var b strings.Builder
	for _, n := range names {
		b.WriteString(n + ": Machine\n")
	}
	return b.String() + "\n"
}

// declarationPlace returns the place after the doc string and the loads.
func (c *checker) declarationPlace() dialect.Range {
	at := 0
	for _, s := range c.file.Stmts {
		switch s := s.(type) {
		case *dialect.LoadStmt:
		case *dialect.ExprStmt:
			if _, ok := s.X.(*dialect.Literal); !ok {
				return dialect.Range{Start: at, End: at}
			}
		default:
			return dialect.Range{Start: at, End: at}
		}
		if line := c.file.Position(s.Span().End).Line; line < c.file.LineCount() {
			at = c.file.LineStart(line + 1)
		}
	}
	return dialect.Range{Start: at, End: at}
}

// mostGuesses is how many names are compared with the undefined ones of a file, to find those that were meant.
const mostGuesses = 50_000

func (c *checker) undefined(name string, r dialect.Range) {
	if h, ok := pythonNames[name]; ok {
		c.report(UndefinedName, r, fmt.Sprintf("`%s` is not defined", name), h)
		return
	}
	var hint string
	var fixes []Fix
	if c.guesses < mostGuesses {
		candidates := slices.Concat(sortedKeys(c.u.globals), sortedKeys(c.machines), sortedKeys(c.global.syms))
		for _, fn := range c.around(r) {
			candidates = append(candidates, sortedKeys(fn.scope.syms)...)
		}
		c.guesses += len(candidates)
		hint, fixes = didYouMean(name, candidates, r)
	}
	if c.cfg.Machines != nil && hint == "" {
		if u := c.unknown[name]; u.asMachine {
			c.report(UnknownMachine, r, fmt.Sprintf("the run has no machine `%s`%s", name, c.source()), "the machines are "+strings.Join(sortedKeys(c.machines), ", "))
			return
		}
	}
	c.report(UndefinedName, r, fmt.Sprintf("`%s` is not defined", name), hint, fixes...)
}

// pythonNames are names of Python that are often found in scripts.
var pythonNames = map[string]string{
	"sum": "Starlark has no sum: add in a loop", "map": "write [f(x) for x in xs]", "filter": "write [x for x in xs if …]",
	"isinstance": "write type(x) == \"string\"", "open": "a script can't read files of the host; use machine.copy_from_host",
	"subprocess": "a script can't run programs on the host", "sys": "a script can't reach the interpreter", "round": "write math.round(x)",
	"pow": "write math.pow(x, y)", "frozenset": "write set(…)", "input": "a script can't ask", "format": "write \"…\".format(…)",
	"Exception": "write fail(\"message\")", "iter": "write a for loop", "next": "write a for loop", "true": "write True", "false": "write False",
	"null": "write None", "none": "write None", "divmod": "write x // y and x % y", "bin": "write \"%b\" is missing in Starlark; use %o or %x", "hex": "write \"0x%x\" % n",
	"oct": "write \"0o%o\" % n", "callable": "write type(x) == \"function\"",
}

// didYouMean returns the hint and the fix for a name that is similar to another one.
func didYouMean(name string, candidates []string, r dialect.Range) (string, []Fix) {
	best, ok := nearest(name, candidates)
	if !ok {
		return "", nil
	}
	return fmt.Sprintf("did you mean `%s`?", best), []Fix{{Title: "Change to " + best, Safe: true, Edits: []Edit{{r, best}}}}
}

// nearest returns the candidate that was probably meant.
func nearest(name string, candidates []string) (string, bool) {
	if len(name) <= 2 {
		return "", false
	}
	sort.Strings(candidates)
	if found := near.Names(name, candidates); len(found) > 0 && len(found[0]) > 1 {
		return found[0], true
	}
	for _, cand := range candidates { // the words are right, but in another order: unit_wait_for
		if len(name) > 4 && sameWords(name, cand) {
			return cand, true
		}
	}
	return "", false
}

func sameWords(a, b string) bool {
	x, y := strings.Split(strings.ToLower(a), "_"), strings.Split(strings.ToLower(b), "_")
	if strings.ReplaceAll(strings.ToLower(a), "_", "") == strings.ReplaceAll(strings.ToLower(b), "_", "") {
		return true
	}
	sort.Strings(x)
	sort.Strings(y)
	return strings.Join(x, " ") == strings.Join(y, " ")
}
