package bind

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/qmp"
	"github.com/gotest-driver/gotest-driver/script"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// qemuMethods returns the calls of QEMU machines.
func (b *Binding) qemuMethods() map[string]script.Impl {
	return map[string]script.Impl{
		"send_monitor_command": text(func(ctx ctxT, m mT, c callT) (string, error) {
			return m.MonitorCommand(ctx, c.String("command"))
		}),
		"qmp":                qmpCommand("command", "arguments"),
		"wait_for_qmp_event": qmpEvent("event_filter"),
		"forward_port": do(func(ctx ctxT, m mT, c callT) error {
			return m.ForwardPort(ctx, c.Int("host_port"), c.Int("guest_port"))
		}),
		"create_efi_vars": do(func(ctx ctxT, m mT, c callT) error { return m.CreateEFIVars(ctx) }),
		"read_efi_vars": with(func(ctx ctxT, m mT, c callT) (starlark.Value, error) {
			vars, err := m.ReadEFIVars(ctx)
			d := starlark.NewDict(len(vars))
			for _, k := range sortedKeys(vars) {
				_ = d.SetKey(starlark.String(k), starlark.Bytes(vars[k])) // a new dict accepts string keys
			}
			return d, err
		}),
		"write_efi_vars": writeEFIVars,
		"dump_efi_vars":  do(func(ctx ctxT, m mT, c callT) error { return m.DumpEFIVars(ctx) }),
		"block":          do(func(ctx ctxT, m mT, c callT) error { return m.Block(ctx) }),
		"unblock":        do(func(ctx ctxT, m mT, c callT) error { return m.Unblock(ctx) }),
	}
}

func writeEFIVars(ctx context.Context, c *script.Call) (starlark.Value, error) {
	// Copied while the script waits for this call: other threads may change the dict afterwards.
	vars := map[string][]byte{}
	for _, item := range c.Value("vars").(*starlark.Dict).Items() {
		vars[string(item[0].(starlark.String))] = []byte(item[1].(starlark.Bytes))
	}
	return do(func(ctx ctxT, m mT, _ callT) error { return m.WriteEFIVars(ctx, vars) })(ctx, c)
}

// qmpMethods returns the calls of QMPClient.
func (b *Binding) qmpMethods() map[string]script.Impl {
	return map[string]script.Impl{"send": qmpCommand("cmd", "args"), "wait_for_event": qmpEvent("until")}
}

func qmpCommand(command, arguments string) script.Impl {
	return func(_ context.Context, c *script.Call) (starlark.Value, error) {
		var args any
		if !c.IsNone(arguments) {
			var err error
			if args, err = fromStarlark(c, c.Value(arguments)); err != nil {
				return nil, err
			}
		}
		var raw json.RawMessage
		err := c.Block(func(ctx context.Context) (err error) {
			raw, err = c.Self().(mT).QMP(ctx, c.String(command), args)
			return err
		})
		if err != nil {
			return nil, err
		}
		v, err := qmp.DecodeNumbers(raw)
		return toStarlark(v), err
	}
}

func qmpEvent(filter string) script.Impl {
	return func(_ context.Context, c *script.Call) (starlark.Value, error) {
		var event starlark.Value
		decode := func(e qmp.Event) (starlark.Value, error) {
			v, err := qmp.DecodeNumbers(e.Raw)
			return toStarlark(v), err
		}
		fn := c.Callable(filter)
		what := "that " + fmt.Sprint(c.Value(filter)) + " accepts"
		name, byName := starlark.AsString(c.Value(filter))
		if byName {
			what = name
		}
		err := c.Block(func(ctx context.Context) error {
			ctx = machine.WithTick(ctx, script.CheckConditions)
			_, err := c.Self().(mT).WaitForQMPEvent(ctx, what, func(e qmp.Event) (bool, error) {
				v, err := decode(e)
				if err != nil {
					return false, err
				}
				event = v
				if byName {
					return e.Name == name, nil
				}
				r, err := c.Invoke(ctx, fn, v)
				return err == nil && bool(r.Truth()), err
			}, wait(c))
			return err
		})
		return event, err
	}
}

// driverAttributes returns the attributes of `driver`.
func (b *Binding) driverAttributes() map[string]script.Getter {
	return map[string]script.Getter{
		"name":     func(any) (starlark.Value, error) { return starlark.String(b.d.Name()), nil },
		"out_dir":  func(any) (starlark.Value, error) { return starlark.String(b.d.OutDir()), nil },
		"machines": func(any) (starlark.Value, error) { return b.list(b.d.Machines()), nil },
		"vlans":    func(any) (starlark.Value, error) { return b.vlanList(), nil },
		"config": func(any) (starlark.Value, error) {
			if c := b.d.Config(); c != nil {
				return toStarlark(map[string]any(c.Raw)), nil
			}
			return new(starlark.Dict), nil
		},
		"global_timeout": func(any) (starlark.Value, error) {
			if c := b.d.Config(); c != nil {
				return starlark.Float(c.GlobalTimeout.Seconds()), nil
			}
			return starlark.Float(0), nil
		},
	}
}

// functions returns the global functions that need the run.
func (b *Binding) functions() map[string]script.Impl {
	run := func(f func(ctx context.Context, c *script.Call) error) script.Impl {
		return func(_ context.Context, c *script.Call) (starlark.Value, error) {
			return starlark.None, c.Block(func(ctx context.Context) error {
				return f(machine.WithTick(ctx, script.CheckConditions), c)
			})
		}
	}
	hook := func(f func(context.Context) error) script.Impl {
		return func(ctx context.Context, c *script.Call) (starlark.Value, error) {
			if f == nil {
				return nil, notInteractive(c)
			}
			return starlark.None, f(ctx)
		}
	}
	serial := func(on bool) script.Impl {
		return func(_ context.Context, c *script.Call) (starlark.Value, error) {
			if b.hooks.SerialOutput != nil {
				b.hooks.SerialOutput(on)
			}
			return starlark.None, nil
		}
	}
	return map[string]script.Impl{
		"start_all":         run(func(ctx context.Context, _ *script.Call) error { return b.d.StartAll(ctx) }),
		"join_all":          run(func(ctx context.Context, _ *script.Call) error { return b.d.JoinAll(ctx) }),
		"create_machine":    b.createMachine,
		"serial_stdout_on":  serial(true),
		"serial_stdout_off": serial(false),
		"test_script":       hook(b.hooks.TestScript),
		"run_tests":         hook(b.hooks.RunTests),
		"dump_machine_ssh":  run(func(ctx context.Context, _ *script.Call) error { return b.d.DumpSSH(ctx) }),
	}
}
