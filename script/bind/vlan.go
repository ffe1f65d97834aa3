package bind

import (
	"fmt"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// vlanMethods are the methods of a network.
func (b *Binding) vlanMethods() map[string]script.Impl { return nil }

// vlanAttributes are the attributes of a network.
func (b *Binding) vlanAttributes() map[string]script.Getter {
	return map[string]script.Getter{
		"nr":         func(self any) (starlark.Value, error) { return starlark.MakeInt(self.(*vlan.Switch).Nr), nil },
		"name":       func(self any) (starlark.Value, error) { return starlark.String(self.(*vlan.Switch).Name()), nil },
		"socket_dir": func(self any) (starlark.Value, error) { return starlark.String(self.(*vlan.Switch).Dir()), nil },
	}
}

// network is the script's value for a network.
func (b *Binding) network(s *vlan.Switch) *script.Object {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.objects[s]
	if o == nil {
		o = b.vlan.New(s, fmt.Sprintf("<network %s>", s.Name()))
		b.objects[s] = o
	}
	return o
}

func (b *Binding) vlanList() *starlark.List {
	var l []starlark.Value
	for _, s := range b.d.VLANs() {
		l = append(l, b.network(s))
	}
	return starlark.NewList(l)
}

func (b *Binding) addVLANs(g starlark.StringDict) {
	g["vlans"] = b.vlanList()
	for _, s := range b.d.VLANs() {
		g[s.Name()] = b.network(s)
	}
}
