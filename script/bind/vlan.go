package bind

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// vlanMethods returns the methods of a network. A fault is undone at the end of the subtest that made it, unless the
// call asks to keep it.
func (b *Binding) vlanMethods() map[string]script.Impl {
	return map[string]script.Impl{
		"partition": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			var groups [][]string
			var shown []string
			for _, v := range c.Values("groups") {
				var names []string
				for e := range starlark.Elements(v.(starlark.Iterable)) {
					names = append(names, script.AsObject(e).Payload().(*machine.Machine).Name())
				}
				groups = append(groups, names)
				shown = append(shown, strings.Join(names, ", "))
			}
			if len(groups) == 0 {
				return nil, c.Errorf("needs at least one group of machines")
			}
			return b.fault(c, "partition: "+strings.Join(shown, " | "), func(ctx context.Context, n *vlan.Network) error {
				return n.Partition(ctx, groups)
			})
		},
		"impair": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			num := func(name string) float64 {
				f, _ := c.OptFloat(name)
				return f
			}
			rate, _ := c.OptInt("rate")
			i := vlan.Impairment{Loss: num("loss"), Duplicate: num("duplicate"), Delay: num("delay"), Jitter: num("jitter"), Rate: rate}
			who, name := "all machines", ""
			if m, ok := c.Payload("machine").(*machine.Machine); ok {
				who, name = m.Name(), m.Name()
			}
			var what []string
			for _, p := range []string{"loss", "delay", "jitter", "rate", "duplicate"} {
				if !c.IsNone(p) {
					what = append(what, fmt.Sprintf("%s=%s", p, c.Value(p)))
				}
			}
			return b.fault(c, fmt.Sprintf("impair %s: %s", who, strings.Join(what, ", ")), func(ctx context.Context, n *vlan.Network) error {
				return n.Impair(ctx, name, i)
			})
		},
		"heal": func(_ context.Context, c *script.Call) (starlark.Value, error) {
			name := ""
			if m, ok := c.Payload("machine").(*machine.Machine); ok {
				name = m.Name()
			}
			n := c.Self().(*vlan.Network)
			return starlark.None, c.Block(func(ctx context.Context) error {
				return b.networkEntry(ctx, n, strings.TrimSpace("heal "+name), func(ctx context.Context) error { return n.Heal(ctx, name) })
			})
		},
		"capture":      b.capture,
		"stop_capture": b.stopCapture,
	}
}

// networkEntry calls f on a network, with an entry in the log.
func (b *Binding) networkEntry(ctx context.Context, n *vlan.Network, text string, f func(context.Context) error) error {
	ctx, span := b.d.Log().Begin(ctx, report.Entry{Action: report.ActionNetwork, Text: n.Name() + ": " + text})
	before := n.Faults().String()
	err := f(ctx)
	if now := n.Faults().String(); now != before {
		b.d.Log().Emit(ctx, report.Event{Kind: report.Fault, Text: now, Attrs: map[string]string{"network": n.Name()}})
	}
	span.End(err)
	return err
}

// fault makes a fault, and undoes it at the end of the subtest.
func (b *Binding) fault(c *script.Call, text string, f func(context.Context, *vlan.Network) error) (starlark.Value, error) {
	n := c.Self().(*vlan.Network)
	keep := c.Bool("keep")
	return starlark.None, c.Block(func(ctx context.Context) error {
		before := n.Faults()
		b.mu.Lock()
		outer := b.faults[n]
		b.lastFault++
		id := b.lastFault
		b.faults[n] = id
		b.mu.Unlock()
		if !keep {
			script.OnSubtestEnd(ctx, func(ctx context.Context) {
				b.mu.Lock()
				latest := b.faults[n] == id
				if latest {
					b.faults[n] = outer
				}
				b.mu.Unlock()
				if !latest { // a later fault has replaced it and stays
					return
				}
				if err := b.networkEntry(ctx, n, "end of "+text, func(ctx context.Context) error { return n.Restore(ctx, before) }); err != nil {
					b.d.Log().Logf(ctx, report.Error, "%v", err)
				}
			})
		}
		return b.networkEntry(ctx, n, text, func(ctx context.Context) error { return f(ctx, n) })
	})
}

// capture records a network's packets.
func (b *Binding) capture(_ context.Context, c *script.Call) (starlark.Value, error) {
	n := c.Self().(*vlan.Network)
	path := c.String("filename")
	if !strings.Contains(path, "/") {
		path = filepath.Join(b.d.OutDir(), path)
	}
	keep := c.Bool("keep")
	return starlark.String(path), c.Block(func(ctx context.Context) error {
		return b.networkEntry(ctx, n, "capture to "+path, func(ctx context.Context) error {
			stop, err := n.Capture(ctx, path)
			if err != nil {
				return err
			}
			b.d.Log().Emit(ctx, report.Event{Kind: report.Artifact, Path: path, Text: "packets of " + n.Name()})
			b.mu.Lock()
			b.captures[n] = append(b.captures[n], stop)
			b.mu.Unlock()
			if !keep {
				script.OnSubtestEnd(ctx, func(ctx context.Context) {
					if err := stop(); err != nil {
						b.d.Log().Logf(ctx, report.Error, "%v", err)
					}
				})
			}
			return nil
		})
	})
}

func (b *Binding) stopCapture(_ context.Context, c *script.Call) (starlark.Value, error) {
	n := c.Self().(*vlan.Network)
	b.mu.Lock()
	stops := b.captures[n]
	delete(b.captures, n)
	b.mu.Unlock()
	return starlark.None, c.Block(func(context.Context) error {
		for _, stop := range stops {
			if err := stop(); err != nil {
				return err
			}
		}
		return nil
	})
}

// vlanAttributes returns the attributes of a network.
func (b *Binding) vlanAttributes() map[string]script.Getter {
	return map[string]script.Getter{
		"nr":         func(self any) (starlark.Value, error) { return starlark.MakeInt(self.(*vlan.Network).Nr), nil },
		"name":       func(self any) (starlark.Value, error) { return starlark.String(self.(*vlan.Network).Name()), nil },
		"socket_dir": func(self any) (starlark.Value, error) { return starlark.String(self.(*vlan.Network).Dir()), nil },
	}
}

// network returns the script's value for a network.
func (b *Binding) network(n *vlan.Network) *script.Object {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.objects[n]
	if o == nil {
		o = b.vlan.New(n, fmt.Sprintf("<network %s>", n.Name()))
		b.objects[n] = o
	}
	return o
}

func (b *Binding) vlanList() *starlark.List {
	var l []starlark.Value
	for _, n := range b.d.VLANs() {
		l = append(l, b.network(n))
	}
	return starlark.NewList(l)
}

func (b *Binding) addVLANs(g starlark.StringDict) {
	g["vlans"] = b.vlanList()
	for _, n := range b.d.VLANs() {
		g[n.Name()] = b.network(n)
	}
}
