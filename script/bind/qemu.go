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
		"create_efi_vars":     do(func(ctx ctxT, m mT, c callT) error { return m.CreateEFIVars(ctx) }),
		"read_efi_vars":       efiVars(func(v machine.EFIVariable) starlark.Value { return starlark.Bytes(v.Data) }),
		"read_efi_attributes": efiVars(func(v machine.EFIVariable) starlark.Value { return starlark.MakeInt64(int64(v.Attributes)) }),
		"write_efi_vars":      writeEFIVars,
		"dump_efi_vars":       do(func(ctx ctxT, m mT, c callT) error { return m.DumpEFIVars(ctx) }),
		"block":               do(func(ctx ctxT, m mT, c callT) error { return m.Block(ctx) }),
		"unblock":             do(func(ctx ctxT, m mT, c callT) error { return m.Unblock(ctx) }),
	}
}

// efiVars returns a part of each EFI variable.
func efiVars(part func(machine.EFIVariable) starlark.Value) script.Impl {
	return with(func(ctx ctxT, m mT, c callT) (starlark.Value, error) {
		vars, err := m.ReadEFIVars(ctx)
		d := starlark.NewDict(len(vars))
		for _, k := range sortedKeys(vars) {
			_ = d.SetKey(starlark.String(k), part(vars[k])) // a new dict accepts string keys
		}
		return d, err
	})
}

func writeEFIVars(ctx context.Context, c *script.Call) (starlark.Value, error) {
	// Copied while the script waits for this call: other threads may change the dict afterwards.
	vars := map[string]machine.EFIVariable{}
	for _, item := range c.Value("vars").(*starlark.Dict).Items() {
		var v machine.EFIVariable
		value := item[1]
		if pair, ok := value.(starlark.Tuple); ok {
			if err := starlark.AsInt(pair[0], &v.Attributes); err != nil {
				return nil, c.Errorf("vars: the attributes of %s: %s", item[0], err)
			}
			value = pair[1]
		}
		v.Data = []byte(value.(starlark.Bytes))
		vars[string(item[0].(starlark.String))] = v
	}
	return do(func(ctx ctxT, m mT, _ callT) error { return m.WriteEFIVars(ctx, vars) })(ctx, c)
}

// qmpClient returns the script's value for a machine's monitor.
func (b *Binding) qmpClient(m mT) *script.Object {
	type key struct{ mT }
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.objects[key{m}]
	if o == nil {
		o = b.qmp.New(m, "<QMP of "+m.Name()+">")
		b.objects[key{m}] = o
	}
	return o
}

// qmpMethods returns the calls of QMPClient.
func (b *Binding) qmpMethods() map[string]script.Impl {
	send, filtered := qmpCommand("cmd", "args"), qmpEvent("until")
	return map[string]script.Impl{
		"send": func(ctx context.Context, c *script.Call) (starlark.Value, error) {
			v, err := send(ctx, c)
			if err != nil {
				return nil, err
			}
			answer := starlark.NewDict(1)
			return answer, answer.SetKey(starlark.String("return"), v)
		},
		"wait_for_event": func(ctx context.Context, c *script.Call) (starlark.Value, error) {
			if !c.IsNone("until") {
				return filtered(ctx, c)
			}
			var e qmp.Event
			err := c.Block(func(ctx context.Context) (err error) {
				e, err = c.Self().(mT).NextQMPEvent(machine.WithTick(ctx, script.CheckConditions), wait(c))
				return err
			})
			if err != nil {
				return nil, err
			}
			return qmpEventValue(e)
		},
		"events": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			var events []qmp.Event
			err := c.Block(func(ctx context.Context) (err error) {
				events, err = c.Self().(mT).QMPEvents(ctx)
				return err
			})
			list := make([]starlark.Value, len(events))
			for i, e := range events {
				if list[i], err = qmpEventValue(e); err != nil {
					break
				}
			}
			return starlark.NewList(list), err
		},
	}
}

func qmpEventValue(e qmp.Event) (starlark.Value, error) {
	v, err := qmp.DecodeNumbers(e.Raw)
	return toStarlark(v), err
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
		fn := c.Callable(filter)
		what := "that " + fmt.Sprint(c.Value(filter)) + " accepts"
		name, byName := starlark.AsString(c.Value(filter))
		if byName {
			what = name
		}
		err := c.Block(func(ctx context.Context) error {
			ctx = machine.WithTick(ctx, script.CheckConditions)
			_, err := c.Self().(mT).WaitForQMPEvent(ctx, what, func(e qmp.Event) (bool, error) {
				v, err := qmpEventValue(e)
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
		"matrix": func(any) (starlark.Value, error) {
			values := map[string]any{}
			if c := b.d.Config(); c != nil {
				for k, v := range c.Matrix {
					values[k] = v
				}
			}
			return toStarlark(values), nil
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
		"snapshot_all":      run(func(ctx context.Context, c *script.Call) error { return b.d.SnapshotAll(ctx, c.String("name")) }),
		"restore_all":       run(func(ctx context.Context, c *script.Call) error { return b.d.RestoreAll(ctx, c.String("name")) }),
		"clone_machines":    b.cloneMachines,
		"join_all":          run(func(ctx context.Context, _ *script.Call) error { return b.d.JoinAll(ctx) }),
		"create_machine":    b.createMachine,
		"chaos":             b.chaos,
		"serial_stdout_on":  serial(true),
		"serial_stdout_off": serial(false),
		"test_script":       hook(b.hooks.TestScript),
		"run_tests":         hook(b.hooks.RunTests),
		"dump_machine_ssh":  run(func(ctx context.Context, _ *script.Call) error { return b.d.DumpSSH(ctx) }),
	}
}
