// Package bind makes the machines, networks and the run itself available to test scripts: it connects api's
// declarations with the methods of packages machine and driver.
package bind

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"sync"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/internal/pyre"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/api"
	"github.com/gotest-driver/gotest-driver/script/dialect"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// Hooks are what the interactive mode offers to scripts. A nil function means that the call fails with an error that
// says where it works.
type Hooks struct {
	TestScript func(ctx context.Context) error
	RunTests   func(ctx context.Context) error
	// Shell and Console connect the user's terminal with a machine.
	Shell   func(ctx context.Context, m *machine.Machine, address string) error
	Console func(ctx context.Context, m *machine.Machine) error
	// SerialOutput shows or hides serial lines on the terminal.
	SerialOutput func(on bool)
}

// Binding is the scripting API of one run.
type Binding struct {
	d       *driver.Driver
	hooks   Hooks
	machine *script.Class
	qmp     *script.Class
	box     *script.Class
	vlan    *script.Class
	disk    *script.Class
	run     *script.Object

	mu        sync.Mutex
	objects   map[any]*script.Object
	captures  map[*vlan.Network][]func() error
	faults    map[*vlan.Network]int // the latest fault of each network
	lastFault int
}

// New binds a run.
func New(d *driver.Driver, hooks Hooks) *Binding {
	b := &Binding{d: d, hooks: hooks, objects: map[any]*script.Object{}, captures: map[*vlan.Network][]func() error{}, faults: map[*vlan.Network]int{}}
	decl := api.Load()
	b.machine = script.NewClass(decl.Class("Machine"), b.machineMethods(), b.machineAttributes())
	b.machine.Before = func(ctx context.Context, c *script.Call) error { return script.CheckConditions(ctx) }
	b.qmp = script.NewClass(decl.Class("QMPClient"), b.qmpMethods(), nil)
	b.box = script.NewClass(decl.Class("Box"), nil, boxAttributes)
	b.vlan = script.NewClass(decl.Class("Vlan"), b.vlanMethods(), b.vlanAttributes())
	b.disk = script.NewClass(decl.Class("Disk"), b.diskMethods(), diskAttributes)
	b.run = script.NewClass(decl.Class("Driver"), nil, b.driverAttributes()).New(d, "<driver "+d.Name()+">")
	return b
}

// Globals returns the names that a script finds: the functions, the lists, and each machine and network by name. The
// lists have the present machines: those that are created later are in driver.machines.
func (b *Binding) Globals() starlark.StringDict {
	g := starlark.StringDict{"driver": b.run}
	decl := api.Load()
	for name, impl := range b.functions() {
		g[name] = script.NewFunction(decl.Function(name), impl)
	}
	ms := b.d.Machines()
	of := map[string][]*machine.Machine{} // keyed by backend
	for _, m := range ms {
		if dialect.Meaning(config.Identifier(m.Name()), false) == "" {
			g[config.Identifier(m.Name())] = b.object(m)
		}
		backend := b.d.BackendOf(m)
		of[backend] = append(of[backend], m)
	}
	if len(ms) == 1 {
		g["machine"] = b.object(ms[0])
	}
	g["machines"] = b.list(ms)
	for _, backend := range b.d.Backends() {
		g["machines_"+backend] = b.list(of[backend])
	}
	b.addVLANs(g)
	return g
}

// AddPython adds to a script's globals the machines that only Starlark's modules hide.
func (b *Binding) AddPython(g starlark.StringDict) {
	for _, m := range b.d.Machines() {
		if dialect.Meaning(config.Identifier(m.Name()), true) == "" {
			g[config.Identifier(m.Name())] = b.object(m)
		}
	}
}

// Verify returns an error that lists declarations without a binding and bindings without a declaration.
func (b *Binding) Verify() error {
	return errors.Join(b.machine.Verify(), b.qmp.Verify(), b.box.Verify(), b.vlan.Verify(), b.disk.Verify(),
		script.VerifyClass(b.run.Class(), nil, b.driverAttributes()))
}

// object returns the script's value for a machine.
func (b *Binding) object(m *machine.Machine) *script.Object {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.objects[m]
	if o == nil {
		o = b.machine.New(m, "<machine "+m.Name()+">")
		b.objects[m] = o
	}
	return o
}

func (b *Binding) list(ms []*machine.Machine) *starlark.List {
	l := make([]starlark.Value, len(ms))
	for i, m := range ms {
		l[i] = b.object(m)
	}
	return starlark.NewList(l)
}

// Each function below makes an Impl of a method of Machine. The part of it that waits runs outside of the script's
// turn, and polling conditions are checked while it waits.

func do(f func(ctx context.Context, m *machine.Machine, c *script.Call) error) script.Impl {
	return with(func(ctx context.Context, m *machine.Machine, c *script.Call) (starlark.Value, error) {
		return starlark.None, f(ctx, m, c)
	})
}

func text(f func(ctx context.Context, m *machine.Machine, c *script.Call) (string, error)) script.Impl {
	return with(func(ctx context.Context, m *machine.Machine, c *script.Call) (starlark.Value, error) {
		s, err := f(ctx, m, c)
		return starlark.String(s), err
	})
}

func result(f func(ctx context.Context, m *machine.Machine, c *script.Call) (machine.Result, error)) script.Impl {
	return with(func(ctx context.Context, m *machine.Machine, c *script.Call) (starlark.Value, error) {
		r, err := f(ctx, m, c)
		return starlark.Tuple{starlark.MakeInt(r.Status), starlark.String(r.Output)}, err
	})
}

func with(f func(ctx context.Context, m *machine.Machine, c *script.Call) (starlark.Value, error)) script.Impl {
	return func(_ context.Context, c *script.Call) (starlark.Value, error) {
		var v starlark.Value
		err := c.Block(func(ctx context.Context) error {
			var err error
			v, err = f(machine.WithTick(ctx, script.CheckConditions), c.Self().(*machine.Machine), c)
			return err
		})
		if err != nil {
			return nil, err
		}
		return v, nil
	}
}

// wait returns the time limits of a waiting call.
func wait(c *script.Call) machine.Wait {
	var w machine.Wait
	w.Timeout, _ = c.Duration("timeout")
	if c.Function.Param("attempt_timeout") != nil {
		w.AttemptTimeout, _ = c.Duration("attempt_timeout")
	}
	return w
}

// pattern compiles a regular expression of a script. A search that takes too long is an error.
func pattern(c *script.Call, name string) (machine.FailingPattern, error) {
	re, err := pyre.Compile(c.String(name), 0)
	if err != nil {
		return nil, c.Errorf("%s: %s", name, err)
	}
	return re, nil
}

// toStarlark converts a value of decoded JSON.
func toStarlark(v any) starlark.Value {
	switch v := v.(type) {
	case nil:
		return starlark.None
	case bool:
		return starlark.Bool(v)
	case string:
		return starlark.String(v)
	case float64:
		if i := int64(v); float64(i) == v {
			return starlark.MakeInt64(i)
		}
		return starlark.Float(v)
	case json.Number:
		if i, ok := new(big.Int).SetString(v.String(), 10); ok {
			return starlark.MakeBigInt(i)
		}
		f, _ := v.Float64()
		return starlark.Float(f)
	case []any:
		l := make([]starlark.Value, len(v))
		for i, e := range v {
			l[i] = toStarlark(e)
		}
		return starlark.NewList(l)
	case map[string]any:
		d := starlark.NewDict(len(v))
		for _, k := range sortedKeys(v) {
			_ = d.SetKey(starlark.String(k), toStarlark(v[k])) // a new dict accepts string keys
		}
		return d
	}
	return starlark.None
}

// fromStarlark converts a script's value to one that encoding/json can write.
func fromStarlark(c *script.Call, v starlark.Value) (any, error) {
	switch v := v.(type) {
	case starlark.NoneType:
		return nil, nil
	case starlark.Bool:
		return bool(v), nil
	case starlark.String:
		return string(v), nil
	case starlark.Int:
		return json.Number(v.String()), nil
	case starlark.Float:
		return float64(v), nil
	case *starlark.Dict:
		m := map[string]any{}
		for _, item := range v.Items() {
			k, ok := starlark.AsString(item[0])
			if !ok {
				return nil, c.Errorf("a key of an argument is %s, it must be a string", item[0])
			}
			e, err := fromStarlark(c, item[1])
			if err != nil {
				return nil, err
			}
			m[k] = e
		}
		return m, nil
	case starlark.Iterable:
		l := []any{}
		for e := range starlark.Elements(v) {
			x, err := fromStarlark(c, e)
			if err != nil {
				return nil, err
			}
			l = append(l, x)
		}
		return l, nil
	}
	return nil, c.Errorf("%s can't be an argument", v)
}
