package bind

import (
	"fmt"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/script"
)

// inputMethods returns the calls for keyboard, serial console, virtual terminals and windows.
func (b *Binding) inputMethods() map[string]script.Impl {
	return map[string]script.Impl{
		"send_key": do(func(ctx ctxT, m mT, c callT) error {
			d, _ := c.Duration("delay")
			return m.SendKey(ctx, c.String("key"), machine.KeyOptions{Delay: d, Layout: layout(c), Quiet: !c.Bool("log")})
		}),
		"send_chars": do(func(ctx ctxT, m mT, c callT) error {
			d, _ := c.Duration("delay")
			return m.SendChars(ctx, c.String("chars"), machine.KeyOptions{Delay: d, Layout: layout(c)})
		}),
		"send_console":    do(func(ctx ctxT, m mT, c callT) error { return m.SendConsole(ctx, c.String("chars")) }),
		"get_console_log": text(func(ctx ctxT, m mT, c callT) (string, error) { return m.ConsoleLog() }),
		"wait_for_console_text": do(func(ctx ctxT, m mT, c callT) error {
			re, err := pattern(c, "regex")
			if err != nil {
				return err
			}
			return m.WaitForConsoleText(ctx, re, wait(c))
		}),
		"get_tty_text": text(func(ctx ctxT, m mT, c callT) (string, error) { return m.TTYText(ctx, tty(c)) }),
		"wait_until_tty_matches": do(func(ctx ctxT, m mT, c callT) error {
			re, err := pattern(c, "regexp")
			if err != nil {
				return err
			}
			return m.WaitUntilTTYMatches(ctx, tty(c), re, wait(c))
		}),
		"dump_tty_contents": do(func(ctx ctxT, m mT, c callT) error { return m.DumpTTY(ctx, tty(c)) }),
		"get_window_names": with(func(ctx ctxT, m mT, c callT) (starlark.Value, error) {
			names, err := m.WindowNames(ctx)
			return stringList(names), err
		}),
		"wait_for_window": do(func(ctx ctxT, m mT, c callT) error {
			re, err := pattern(c, "regexp")
			if err != nil {
				return err
			}
			return m.WaitForWindow(ctx, re, wait(c))
		}),
		"wait_for_x": do(func(ctx ctxT, m mT, c callT) error { return m.WaitForX(ctx, wait(c)) }),
		"console_interact": do(func(ctx ctxT, m mT, c callT) error {
			if b.hooks.Console == nil {
				return notInteractive(c)
			}
			return b.hooks.Console(ctx, m)
		}),
		"shell_interact": do(func(ctx ctxT, m mT, c callT) error {
			if b.hooks.Shell == nil {
				return notInteractive(c)
			}
			address, _ := c.OptString("address")
			return b.hooks.Shell(ctx, m, address)
		}),
	}
}

func notInteractive(c callT) error {
	return c.Errorf("works in the interactive mode only: `gotest-driver run --interactive` or `gotest-driver repl`")
}

// layout returns the argument "layout", empty for that of the machine.
func layout(c callT) string {
	name, _ := c.OptString("layout")
	return name
}

// tty returns the argument "tty", a number or a name.
func tty(c callT) string {
	if s, ok := starlark.AsString(c.Value("tty")); ok {
		return s
	}
	return fmt.Sprint(c.Int("tty"))
}

func stringList(l []string) *starlark.List {
	vs := make([]starlark.Value, len(l))
	for i, s := range l {
		vs[i] = starlark.String(s)
	}
	return starlark.NewList(vs)
}
