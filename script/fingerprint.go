package script

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// Fingerprinted is a function of a program in another language that says itself what Call.Fingerprint returns.
type Fingerprinted interface {
	// Fingerprint returns the text, empty if it is not known.
	Fingerprint() string
}

// Fingerprint returns a text that changes with what a function of the script does: its source, that of the functions that it
// uses, and the values of the variables that it uses.
func (c *Call) Fingerprint(fn starlark.Callable) (string, error) {
	f := fingerprint{rt: c.state.rt, seen: map[any]bool{}, trees: map[string]*syntax.File{}}
	if err := f.value(fn); err != nil {
		return "", err
	}
	return f.out.String(), nil
}

type fingerprint struct {
	rt    *runtime
	out   strings.Builder
	seen  map[any]bool
	trees map[string]*syntax.File
}

// value describes a value.
func (f *fingerprint) value(v starlark.Value) error {
	switch v := v.(type) {
	case *starlark.Function:
		if f.seen[v] {
			fmt.Fprintf(&f.out, "function %s\n", v.Name())
			return nil
		}
		f.seen[v] = true
		return f.function(v)
	case Fingerprinted:
		text := v.Fingerprint()
		if text == "" {
			return fmt.Errorf("what %s does is not known", v)
		}
		fmt.Fprintf(&f.out, "%q\n", text)
		return nil
	case starlark.IterableMapping:
		if f.enter(v) {
			fmt.Fprintf(&f.out, "%s\n", v.Type())
			for _, item := range v.Items() {
				for _, part := range item {
					if err := f.value(part); err != nil {
						return err
					}
				}
			}
		}
		return nil
	case starlark.Iterable:
		if f.enter(v) {
			fmt.Fprintf(&f.out, "%s\n", v.Type())
			for e := range starlark.Elements(v) {
				if err := f.value(e); err != nil {
					return err
				}
			}
		}
		return nil
	}
	fmt.Fprintf(&f.out, "%s %q\n", v.Type(), v.String())
	return nil
}

// enter reports whether a container is seen for the first time. It may contain itself.
func (f *fingerprint) enter(v starlark.Value) bool {
	switch v.(type) {
	case *starlark.List, *starlark.Dict, *starlark.Set:
		if f.seen[v] {
			return false
		}
		f.seen[v] = true
	}
	return true
}

// function describes a function in Starlark.
func (f *fingerprint) function(fn *starlark.Function) error {
	pos := fn.Position()
	node, text, err := f.source(pos)
	if err != nil {
		return fmt.Errorf("%s: its source is not known: %w", fn.Name(), err)
	}
	fmt.Fprintf(&f.out, "%q\n", text)
	for i := range fn.NumParams() {
		if d := fn.ParamDefault(i); d != nil {
			if err := f.value(d); err != nil {
				return err
			}
		}
	}
	for i := range fn.NumFreeVars() {
		b, v := fn.FreeVar(i)
		fmt.Fprintf(&f.out, "%s is\n", b.Name)
		if v == nil {
			continue
		}
		if err := f.value(v); err != nil {
			return err
		}
	}
	var names []string
	syntax.Walk(node, func(n syntax.Node) bool {
		if id, ok := n.(*syntax.Ident); ok && !slices.Contains(names, id.Name) {
			names = append(names, id.Name)
		}
		return true
	})
	globals := fn.Globals()
	for _, name := range names {
		v := globals[name]
		if v == nil {
			v = f.loaded(pos.Filename(), name)
		}
		if v == nil { // a local variable, or the language's
			continue
		}
		fmt.Fprintf(&f.out, "%s is\n", name)
		if err := f.value(v); err != nil {
			return err
		}
	}
	return nil
}

// loaded returns the value that a load statement of a file gives a name, nil when there is none.
func (f *fingerprint) loaded(file, name string) starlark.Value {
	tree := f.trees[file]
	if tree == nil {
		return nil
	}
	for _, s := range tree.Stmts {
		l, ok := s.(*syntax.LoadStmt)
		if !ok {
			continue
		}
		for i, to := range l.To {
			if to.Name != name {
				continue
			}
			if m := f.rt.loader.find(file, l.ModuleName()); m != nil {
				return m.globals[l.From[i].Name]
			}
		}
	}
	return nil
}

// source returns the tree and the text of the function at a position.
func (f *fingerprint) source(pos syntax.Position) (syntax.Node, string, error) {
	name := pos.Filename()
	f.rt.sources.mu.Lock()
	lines, known := f.rt.sources.files[name]
	f.rt.sources.mu.Unlock()
	if !known {
		return nil, "", fmt.Errorf("%s is no file of the script", name)
	}
	tree := f.trees[name]
	if tree == nil {
		parsed, err := dialect.Parse(name, []byte(strings.Join(lines, "\n")))
		if err != nil {
			return nil, "", err
		}
		tree = parsed.Syntax
		f.trees[name] = tree
	}
	var found syntax.Node
	syntax.Walk(tree, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.DefStmt:
			if n.Def.Line == pos.Line && n.Def.Col == pos.Col {
				found = n
			}
		case *syntax.LambdaExpr:
			if n.Lambda.Line == pos.Line && n.Lambda.Col == pos.Col {
				found = n
			}
		}
		return found == nil
	})
	if found == nil {
		return nil, "", fmt.Errorf("there is no function at %s", pos)
	}
	from, to := found.Span()
	text := slices.Clone(lines[from.Line-1 : min(int(to.Line), len(lines))])
	return found, strings.Join(text, "\n"), nil
}

// invokeKey is that of a context in which a function is being called by Invoke: its value is the lock for further ones.
type invokeKey struct{}

// Invoke calls a function of the script in the thread that a context belongs to, which waits in Call.Block. Of several goroutines
// that work for that call, one at a time does so.
func Invoke(ctx context.Context, fn starlark.Callable, args ...starlark.Value) (starlark.Value, error) {
	st := stateFrom(ctx)
	if st == nil {
		return nil, fmt.Errorf("internal error: %s is called with a context of no thread", fn.Name())
	}
	lock, ok := ctx.Value(invokeKey{}).(*sync.Mutex)
	if !ok {
		lock = &st.invoking
	}
	lock.Lock()
	defer lock.Unlock()
	return st.invoke(context.WithValue(ctx, invokeKey{}, new(sync.Mutex)), fn, args)
}
