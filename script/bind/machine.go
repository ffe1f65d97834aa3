package bind

import (
	"context"
	"time"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/script"
)

type (
	ctxT  = context.Context
	mT    = *machine.Machine
	callT = *script.Call
)

// user returns the argument "user", empty for the system.
func user(c callT) string {
	u, _ := c.OptString("user")
	return u
}

func timeout(c callT) time.Duration {
	d, _ := c.Duration("timeout")
	return d
}

func port(c callT) machine.Port {
	return machine.Port{Number: c.Int("port"), Addr: c.String("addr"), UDP: c.Bool("udp"), Connect: c.Bool("connect")}
}

// machineMethods returns the methods of a script's machine, in the order of the declarations.
func (b *Binding) machineMethods() map[string]script.Impl {
	methods := map[string]script.Impl{
		"start": do(func(ctx ctxT, m mT, c callT) error {
			return m.Start(ctx, machine.StartConfig{AllowReboot: c.Bool("allow_reboot")})
		}),
		"set_state_dir":     do(func(ctx ctxT, m mT, c callT) error { return m.SetStateDir(c.String("directory")) }),
		"wait_for_shutdown": do(func(ctx ctxT, m mT, c callT) error { return m.WaitForShutdown(ctx, timeout(c)) }),
		"shutdown":          do(func(ctx ctxT, m mT, c callT) error { return m.Shutdown(ctx, timeout(c)) }),
		"crash":             do(func(ctx ctxT, m mT, c callT) error { return m.Crash(ctx) }),
		"reboot":            do(func(ctx ctxT, m mT, c callT) error { return m.Reboot(ctx) }),
		"snapshot":          do(func(ctx ctxT, m mT, c callT) error { return m.Snapshot(ctx, c.String("name")) }),
		"restore":           do(func(ctx ctxT, m mT, c callT) error { return m.Restore(ctx, c.String("name")) }),
		"switch_root":       do(func(ctx ctxT, m mT, c callT) error { return m.SwitchRoot(ctx) }),
		"is_up": with(func(ctx ctxT, m mT, c callT) (starlark.Value, error) {
			return starlark.Bool(m.IsUp()), nil
		}),
		"connect": do(func(ctx ctxT, m mT, c callT) error { return m.Connect(ctx) }),
		"release": do(func(ctx ctxT, m mT, c callT) error { return m.Close() }),
		"sleep": do(func(ctx ctxT, m mT, c callT) error {
			d, _ := c.Duration("duration")
			return m.Sleep(ctx, d)
		}),

		"execute": result(func(ctx ctxT, m mT, c callT) (machine.Result, error) {
			return m.Execute(streamed(ctx, c), c.String("command"), machine.ExecuteOptions{
				IgnoreStatus: !c.Bool("check_return"), NoOutput: !c.Bool("check_output"), Timeout: timeout(c)})
		}),
		"succeed": text(func(ctx ctxT, m mT, c callT) (string, error) { return each(ctx, c, m.Succeed) }),
		"fail":    text(func(ctx ctxT, m mT, c callT) (string, error) { return each(ctx, c, m.Fail) }),
		"wait_until_succeeds": text(func(ctx ctxT, m mT, c callT) (string, error) {
			return m.WaitUntilSucceeds(ctx, c.String("command"), wait(c))
		}),
		"wait_until_fails": text(func(ctx ctxT, m mT, c callT) (string, error) {
			return m.WaitUntilFails(ctx, c.String("command"), wait(c))
		}),

		"systemctl": result(func(ctx ctxT, m mT, c callT) (machine.Result, error) {
			return m.Systemctl(ctx, c.String("q"), user(c))
		}),
		"start_job": result(func(ctx ctxT, m mT, c callT) (machine.Result, error) {
			return m.StartJob(ctx, c.String("jobname"), user(c))
		}),
		"stop_job": result(func(ctx ctxT, m mT, c callT) (machine.Result, error) {
			return m.StopJob(ctx, c.String("jobname"), user(c))
		}),
		"get_unit_info": with(func(ctx ctxT, m mT, c callT) (starlark.Value, error) {
			info, err := m.UnitInfo(ctx, c.String("unit"), user(c))
			d := starlark.NewDict(len(info))
			for _, k := range sortedKeys(info) {
				_ = d.SetKey(starlark.String(k), starlark.String(info[k])) // a new dict accepts string keys
			}
			return d, err
		}),
		"get_unit_property": text(func(ctx ctxT, m mT, c callT) (string, error) {
			return m.UnitProperty(ctx, c.String("unit"), c.String("property"), user(c))
		}),
		"require_unit_state": do(func(ctx ctxT, m mT, c callT) error {
			return m.RequireUnitState(ctx, c.String("unit"), c.String("require_state"))
		}),
		"wait_for_unit": do(func(ctx ctxT, m mT, c callT) error {
			o := machine.UnitOptions{User: user(c), Finished: c.Bool("finished")}
			o.Stable, _ = c.Duration("stable")
			return m.WaitForUnit(ctx, c.String("unit"), o, wait(c))
		}),
		"wait_for_unit_active_state": do(func(ctx ctxT, m mT, c callT) error {
			return m.WaitForUnitActiveState(ctx, c.String("unit"), c.String("state"), user(c), wait(c))
		}),
		"wait_for_file": do(func(ctx ctxT, m mT, c callT) error { return m.WaitForFile(ctx, c.String("filename"), wait(c)) }),
		"wait_for_open_port": do(func(ctx ctxT, m mT, c callT) error {
			return m.WaitForOpenPort(ctx, port(c), wait(c))
		}),
		"wait_for_closed_port": do(func(ctx ctxT, m mT, c callT) error {
			return m.WaitForClosedPort(ctx, port(c), wait(c))
		}),
		"wait_for_open_unix_socket": do(func(ctx ctxT, m mT, c callT) error {
			s := machine.UnixSocket{Path: c.String("addr"), Datagram: c.Bool("is_datagram"), Connect: c.Bool("connect")}
			return m.WaitForOpenUnixSocket(ctx, s, wait(c))
		}),

		"copy_from_host": do(func(ctx ctxT, m mT, c callT) error {
			return m.CopyFromHost(ctx, c.String("source"), c.String("target"))
		}),
		"copy_from_host_via_shell": do(func(ctx ctxT, m mT, c callT) error {
			return m.CopyFromHostViaShell(ctx, c.String("source"), c.String("target"))
		}),
		"ssh_backdoor_command": text(func(ctx ctxT, m mT, c callT) (string, error) { return b.d.SSHCommand(ctx, m) }),

		"copy_from_machine": copyFromMachine,
		"copy_from_vm":      copyFromMachine,
	}
	for _, more := range []map[string]script.Impl{b.screenMethods(), b.inputMethods(), b.qemuMethods(), b.faultMethods()} {
		for name, impl := range more {
			methods[name] = impl
		}
	}
	return methods
}

var copyFromMachine = do(func(ctx ctxT, m mT, c callT) error {
	return m.CopyFromMachine(ctx, c.String("source"), c.String("target_dir"))
})

// streamed returns a context in which commands log their output as it comes, if the call's argument "stream" asks for that.
func streamed(ctx ctxT, c callT) ctxT {
	if c.Bool("stream") {
		return machine.WithStream(ctx)
	}
	return ctx
}

// each runs the commands of a call one after the other and joins their output.
func each(ctx ctxT, c callT, f func(context.Context, string, time.Duration) (string, error)) (string, error) {
	ctx = streamed(ctx, c)
	all := ""
	for _, command := range c.Strings("commands") {
		out, err := f(ctx, command, timeout(c))
		all += out
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// machineAttributes returns the attributes of a script's machine.
func (b *Binding) machineAttributes() map[string]script.Getter {
	str := func(f func(m mT) string) script.Getter {
		return func(self any) (starlark.Value, error) { return starlark.String(f(self.(mT))), nil }
	}
	boolean := func(f func(m mT) bool) script.Getter {
		return func(self any) (starlark.Value, error) { return starlark.Bool(f(self.(mT))), nil }
	}
	return map[string]script.Getter{
		"name":       str(mT.Name),
		"state_dir":  str(mT.StateDir),
		"shared_dir": str(mT.SharedDir),
		"out_dir":    str(mT.OutDir),
		"booted":     boolean(mT.Booted),
		"connected":  boolean(mT.Connected),
		"pid": func(self any) (starlark.Value, error) {
			if pid := self.(mT).PID(); pid != 0 {
				return starlark.MakeInt(pid), nil
			}
			return starlark.None, nil
		},
		"start_command": func(self any) (starlark.Value, error) {
			if c := b.d.Description(self.(mT)).StartScript; c != "" {
				return starlark.String(c), nil
			}
			return starlark.None, nil
		},
		"qmp_client": func(self any) (starlark.Value, error) {
			return b.qmpClient(self.(mT)), nil
		},
	}
}
