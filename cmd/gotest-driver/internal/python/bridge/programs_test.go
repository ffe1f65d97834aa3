package bridge_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/api"
)

// echo is a machine like that of testdata/stubs.py.
func echo(name string) *script.Object {
	ran := func(command string) string { return "ran " + command + "\n" }
	impls := map[string]script.Impl{
		"succeed": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			out := ""
			for _, command := range c.Strings("commands") {
				if strings.Contains(command, "false") {
					return nil, script.Failf("command failed: %s", command)
				}
				out += ran(command)
			}
			return starlark.String(out), nil
		},
		"execute": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			if command := c.String("command"); !strings.Contains(command, "false") {
				return starlark.Tuple{starlark.MakeInt(0), starlark.String(ran(command))}, nil
			}
			return starlark.Tuple{starlark.MakeInt(1), starlark.String("")}, nil
		},
	}
	return script.NewClass(api.Load().Class("Machine"), impls, map[string]script.Getter{
		"name": func(any) (starlark.Value, error) { return starlark.String(name), nil },
	}).New(name, name)
}

// TestPrograms runs programs that use machines, subtests and waits under plain Python, with machines that only echo, and over
// the bridge: both have the same output and the same result.
func TestPrograms(t *testing.T) {
	files, err := filepath.Glob("testdata/programs/*.py")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs", err)
	}
	plain, err := exec.Command(os.Getenv("GOTEST_PYTHON"), append([]string{"testdata/stubs.py"}, files...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		head, rest, _ := bytes.Cut(plain, []byte("\n"))
		var length, fails int
		if _, err := fmt.Sscan(string(head), &length, &fails); err != nil {
			t.Fatal(err)
		}
		want := strings.TrimSuffix(string(rest[:length]), "\n")
		plain = rest[length:]
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".py"), func(t *testing.T) {
			t.Parallel()
			names := script.Builtins()
			server, client := echo("server"), echo("client")
			names["server"], names["client"], names["machine"] = server, client, echo("machine")
			names["machines"] = starlark.NewList([]starlark.Value{client, server})
			names["start_all"] = script.NewFunction(api.Load().Function("start_all"), func(ctx context.Context, c *script.Call) (starlark.Value, error) {
				c.Log().Logf(ctx, report.Info, "start_all")
				return nil, nil
			})
			p := &program{files: map[string]string{"main.py": string(src)}, names: names}
			failure := p.run(t)
			if got := p.heard.told(); got != want || (failure != nil) != (fails == 1) {
				t.Errorf("it ends with %v and prints\n%s\nplain Python prints\n%s", failure, got, want)
			}
		})
	}
}
