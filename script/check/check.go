// Package check finds what would fail in a test script at run time, before anything boots. It knows the language,
// infers types and has the API's declarations.
package check

import (
	"context"
	"slices"
	"sort"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// File checks a file and the files that it loads. The findings are in the order of the source, those
// of the file itself first. It ends early when the context does.
func File(ctx context.Context, cfg Config, name string, src []byte) []Finding {
	return Analyse(ctx, cfg, name, src).Findings
}

// Analyse checks a file as File does and returns everything it finds out, for an editor.
func Analyse(ctx context.Context, cfg Config, name string, src []byte) *Result {
	l := &loader{ctx: ctx, cfg: &cfg, u: sharedUniverse(), lints: table(), files: map[string]*checker{}}
	c := l.check(name, src)
	r := &Result{File: c.file, c: c, loader: l}
	r.Findings = append(r.Findings, c.findings...)
	for _, n := range sortedKeys(l.files) {
		if l.files[n] != c {
			r.Findings = append(r.Findings, l.files[n].findings...)
		}
	}
	return r
}

// Result is the result of Analyse.
type Result struct {
	File     *dialect.File
	Findings []Finding
	c        *checker
	loader   *loader
}

// loader keeps the files of one check, each of which is checked once.
type loader struct {
	ctx   context.Context
	cfg   *Config
	u     *universe
	lints lintTable
	files map[string]*checker
	busy  []string
}

type checker struct {
	u      *universe
	cfg    *Config
	loader *loader
	file   *dialect.File

	findings  []Finding
	reported  map[findingKey]bool
	silent    bool
	uses      map[*dialect.Ident]*symbol
	funcs     map[dialect.Node]*function
	order     []*function // in the order of the source
	global    *scope
	flowsTo   []flowEdge
	redefined []*dialect.Ident
	aliases   map[string]*typ // the file's own types
	types     map[dialect.Expr]*typ
	machines  map[string]*typ // the predeclared machines
	unknown   map[string]*unknownName
	unreached map[dialect.Node]bool
	nodes     []dialect.Node // the reachable ones
	parentOf  map[dialect.Node]dialect.Node
	passed    []passed // the arguments of declared functions
	ignores   *suppressions

	st    *state
	fn    *function // whose body is being walked; nil at top level
	loops []*loop
	depth int // the number of conditions around what is being walked

	guesses int // the names that undefined ones were compared with
}

func (l *loader) check(name string, src []byte) *checker {
	c := &checker{u: l.u, cfg: l.cfg, loader: l, reported: map[findingKey]bool{}, uses: map[*dialect.Ident]*symbol{},
		funcs: map[dialect.Node]*function{}, aliases: map[string]*typ{}, types: map[dialect.Expr]*typ{}, unknown: map[string]*unknownName{},
		machines: map[string]*typ{}, unreached: map[dialect.Node]bool{}}
	l.files[name] = c
	l.busy = append(l.busy, name)
	defer func() { l.busy = l.busy[:len(l.busy)-1] }()
	parse := l.cfg.Parse
	if parse == nil {
		parse = dialect.Parse
	}
	template := &Template{Source: src}
	if l.cfg.Template {
		template = NewTemplate(name, src)
	}
	c.file, _ = parse(name, template.Source)
	c.ignores = findSuppressions(c.file)
	for _, e := range c.file.Errors {
		c.add(Finding{Code: SyntaxError, Severity: Error, Range: e.Range, Message: e.Message, Hint: e.Hint})
	}
	c.global = newScope(nil, nil)
	b := &binder{c}
	b.collect(c.global, c.file.Stmts)
	b.stmts(c.global, c.file.Stmts)
	slices.SortStableFunc(c.order, func(a, b *function) int { return a.node.Span().Start - b.node.Span().Start })
	c.spreadMutation()
	c.declareTypes()
	c.declareMachines()
	c.loadFiles()
	c.rounds()
	c.resolveUnknown()
	c.nodes = c.reachedNodes()
	for _, lint := range l.lints {
		if lint.find != nil {
			lint.find(c)
		}
	}
	sort.SliceStable(c.findings, func(i, j int) bool { return c.findings[i].Range.Start < c.findings[j].Range.Start })
	c.findings = template.Findings(c.findings)
	return c
}

// rounds walks the file until the inferred types stay the same, then once more to report.
func (c *checker) rounds() {
	c.silent = true
	const most = 8
	for i := range most {
		c.walk()
		if changed := c.nextRound(i == most-1); !changed && i > 0 || c.loader.ctx.Err() != nil {
			break
		}
	}
	c.silent = false
	c.walk()
}

// walk visits the top level and then every function.
func (c *checker) walk() {
	c.fn = nil
	c.st = c.newState()
	c.loops = nil
	c.exec(c.file.Stmts)
	for _, fn := range c.order {
		if fn.lambda == nil { // lambdas are visited where they are written
			c.walkFunction(fn)
		}
	}
}

// nextRound makes this round's inferred types the starting point of the next.
func (c *checker) nextRound(last bool) bool {
	changed := false
	update := func(old **typ, next *typ) {
		if next == nil {
			next = tNever
		}
		changed = changed || *old == nil || !equal(*old, next)
		*old = next // also when it is equal: the result of a function is not compared
	}
	for _, fn := range c.order {
		before := changed
		changed = false
		update(&fn.result, fn.nextResult)
		for i := range fn.params {
			for len(fn.observed) <= i {
				fn.observed = append(fn.observed, nil)
				fn.nextObs = append(fn.nextObs, nil)
			}
			update(&fn.observed[i], fn.nextObs[i])
			fn.nextObs[i] = nil
		}
		if changed && last {
			fn.givesUp = true
		}
		changed = changed || before || fn.called != fn.nextCalled || fn.escapes != fn.nextEscapes
		fn.called, fn.escapes = fn.nextCalled, fn.nextEscapes
		fn.nextResult = nil
	}
	for _, sym := range c.symbols() {
		update(&sym.all, sym.next)
		update(&sym.elem, sym.nElem)
		update(&sym.elem2, sym.nElem2)
		sym.next, sym.nElem, sym.nElem2 = nil, nil, nil
		if last && changed {
			sym.all, sym.elem, sym.elem2 = tAny, tAny, tAny
		}
	}
	return changed
}

// typeOf returns the inferred type of an expression, Any if none was inferred.
func (c *checker) typeOf(e dialect.Expr) *typ {
	if t := c.types[e]; t != nil {
		return t
	}
	return tAny
}

// symbols returns the symbols of the file, in all scopes except comprehensions'.
func (c *checker) symbols() []*symbol {
	var out []*symbol
	for _, n := range sortedKeys(c.global.syms) {
		out = append(out, c.global.syms[n])
	}
	for _, fn := range c.order {
		for _, n := range sortedKeys(fn.scope.syms) {
			out = append(out, fn.scope.syms[n])
		}
	}
	return out
}

// spreadMutation marks the values of a changed name as changed under the names that they came from, too.
func (c *checker) spreadMutation() {
	for range 4 {
		for _, e := range c.flowsTo {
			if e.from != nil && e.to != nil && e.from != e.to && e.to.mutated {
				e.from.mutated, e.from.opaque, e.to.opaque = true, true, true
			}
		}
	}
}

// findingKey tells findings apart: no file has two of the same.
type findingKey struct {
	code Code
	at   dialect.Range
}

// add appends a finding unless it is suppressed or already reported.
func (c *checker) add(f Finding) {
	if c.silent || c.cfg.Disabled[f.Code] {
		return
	}
	f.File = c.file.Name
	f.Start, f.End = c.file.Position(f.Range.Start), c.file.Position(f.Range.End)
	if f.Code != SyntaxError && c.ignores.suppress(f.Code, f.Start.Line) {
		return
	}
	k := findingKey{f.Code, f.Range}
	if c.reported[k] {
		return
	}
	c.reported[k] = true
	f.Line = c.file.Line(f.Start.Line)
	c.findings = append(c.findings, f)
}

func (c *checker) report(code Code, r dialect.Range, message, hint string, fixes ...Fix) {
	if c.silent {
		return
	}
	c.add(Finding{Code: code, Severity: c.loader.lints.severity(code), Range: r, Message: message, Hint: hint, Fixes: fixes})
}
