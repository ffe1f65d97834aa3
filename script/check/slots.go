package check

import (
	"fmt"
	"strings"

	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// slots finds the parameter of each argument and reports arguments that are missing, too many, unknown or given twice.
func (c *checker) slots(e *dialect.CallExpr, f *fnType, args []argument, open bool) []*param {
	slots := make([]*param, len(args))
	if f.anyParams {
		return slots
	}
	given := map[*param]bool{}
	position, surplus := 0, false
	for i, a := range args {
		switch {
		case a.Star > 0:
			if a.Star == 1 {
				position = 1 << 16 // the positions after it are unknown
			}
		case a.Name != nil:
			p := f.param(a.Name.Name)
			if p == nil {
				if p = f.kwargs(); p == nil {
					c.unknownArgument(f, a)
				}
				slots[i] = p
				continue
			}
			if given[p] {
				c.report(RepeatedArgument, a.Name.Range, fmt.Sprintf("the argument `%s` is given twice", p.name), "")
			}
			given[p] = true
			slots[i] = p
		default:
			if position >= 1<<16 {
				continue
			}
			p := f.positional(position)
			position++
			if p == nil {
				if !surplus {
					c.surplusArgument(f, args, i)
				}
				surplus = true
				continue
			}
			if p.kind == api.Positional {
				given[p] = true
			}
			slots[i] = p
		}
	}
	if open || c.broken() && e.Rparen < 0 {
		return slots
	}
	var missing []string
	for i := range f.params {
		if p := &f.params[i]; p.required() && !given[p] {
			missing = append(missing, "`"+p.name+"`")
		}
	}
	if len(missing) > 0 {
		what := "argument " + missing[0]
		if len(missing) > 1 {
			what = "arguments " + strings.Join(missing, ", ")
		}
		at := dialect.Range{Start: e.Fn.Span().End - len(lastName(e.Fn)), End: e.End}
		c.report(MissingArgument, at, fmt.Sprintf("`%s` misses the %s", shown(f), what), "signature: "+signature(f))
	}
	return slots
}

func countNamed(f *fnType, args []argument) (n int) {
	for _, a := range args {
		if a.Name != nil {
			if p := f.param(a.Name.Name); p != nil && p.kind == api.Positional {
				n++
			}
		}
	}
	return n
}

func maxPositional(f *fnType) (n int) {
	for _, p := range f.params {
		switch p.kind {
		case api.Positional:
			n++
		case api.VarArgs:
			return 1 << 20
		}
	}
	return n
}

func (c *checker) unknownArgument(f *fnType, a argument) {
	var names []string
	for _, p := range f.params {
		if p.kind == api.Positional && !p.posOnly || p.kind == api.KeywordOnly {
			names = append(names, p.name)
		}
		if p.posOnly && p.name == a.Name.Name {
			c.report(UnknownArgument, a.Name.Range, fmt.Sprintf("`%s` takes `%s` by position only", shown(f), a.Name.Name), "leave out `"+a.Name.Name+"=`",
				Fix{Title: "Give it by position", Safe: len(f.params) == 1, Edits: []Edit{{dialect.Range{Start: a.Start, End: a.Value.Span().Start}, ""}}})
			return
		}
	}
	hint, fixes := didYouMean(a.Name.Name, names, a.Name.Range)
	if hint == "" {
		hint = "signature: " + signature(f)
	}
	c.report(UnknownArgument, a.Name.Range, fmt.Sprintf("`%s` has no parameter `%s`", shown(f), a.Name.Name), hint, fixes...)
}

func (c *checker) surplusArgument(f *fnType, args []argument, i int) {
	n := maxPositional(f)
	a := args[i]
	for _, p := range f.params {
		if p.kind == api.KeywordOnly {
			c.report(SurplusArgument, a.Range, fmt.Sprintf("`%s` takes %s by position; `%s` must be given by name", shown(f), plural(n, "argument"), p.name),
				fmt.Sprintf("write %s=%s", p.name, c.text(a.Value)),
				Fix{Title: "Name the argument", Edits: []Edit{{dialect.Range{Start: a.Start, End: a.Start}, p.name + "="}}})
			return
		}
	}
	count := 0
	for _, x := range args {
		if x.Name == nil {
			count++
		}
	}
	takes := "no arguments"
	if n > 0 {
		takes = "at most " + plural(n, "argument")
	}
	c.report(SurplusArgument, dialect.Range{Start: a.Start, End: args[len(args)-1].End}, fmt.Sprintf("`%s` takes %s, but gets %d", shown(f), takes, count), "signature: "+signature(f))
}
