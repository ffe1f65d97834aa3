package bind

import (
	"context"
	"strconv"
	"strings"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/script"
)

// maxClones bounds a mistyped count.
const maxClones = 250

// cloneMachines implements clone_machines.
func (b *Binding) cloneMachines(_ context.Context, c *script.Call) (starlark.Value, error) {
	source, ok := c.Payload("machine").(*machine.Machine)
	if !ok {
		return nil, c.Errorf("machine: want a machine")
	}
	count, name := c.Int("count"), source.Name()+"{}"
	if given, ok := c.OptString("name"); ok {
		name = given
	}
	if count < 1 || count > maxClones {
		return nil, c.Errorf("count: %d is not from 1 to %d", count, maxClones)
	}
	if count > 1 && !strings.Contains(name, "{}") {
		return nil, c.Errorf("name: %q needs {}, where the number of each of the %d machines goes", name, count)
	}
	var names []string
	for n := range count {
		names = append(names, strings.ReplaceAll(name, "{}", strconv.Itoa(n+1)))
	}
	then := c.Callable("on_restore")
	var list []starlark.Value
	err := c.Block(func(ctx context.Context) error {
		clones, err := b.d.CloneMachines(ctx, source, c.String("snapshot"), names)
		for _, m := range clones {
			list = append(list, b.object(m))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		if then == nil {
			break
		}
		if _, err := c.Invoke(c.Context(), then, m); err != nil {
			return nil, err
		}
	}
	return starlark.NewList(list), nil
}
