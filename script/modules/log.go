package modules

import (
	"context"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
)

func logFunctions() map[string]script.Impl {
	out := map[string]script.Impl{
		"nested": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			return script.NewScope(c, report.Entry{Action: report.ActionNested, Text: c.String("msg")}), nil
		},
	}
	for name, level := range map[string]report.Level{
		"debug": report.Debug, "info": report.Info, "log": report.Info, "warning": report.Warning, "error": report.Error,
	} {
		out[name] = func(ctx context.Context, c *script.Call) (starlark.Value, error) {
			msg := c.Value("msg")
			text, ok := starlark.AsString(msg)
			if !ok {
				text = msg.String()
			}
			c.Log().Logf(ctx, level, "%s", text)
			if level == report.Error {
				return nil, script.Failf("%s", text)
			}
			return nil, nil
		}
	}
	return out
}

func debugFunctions(breakpoint func(*starlark.Thread) error) map[string]script.Impl {
	return map[string]script.Impl{
		"breakpoint": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			if breakpoint == nil {
				return nil, nil
			}
			return nil, breakpoint(c.Thread)
		},
	}
}
