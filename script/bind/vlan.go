package bind

import (
	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script"
)

func (b *Binding) vlanMethods() map[string]script.Impl      { return nil }
func (b *Binding) vlanAttributes() map[string]script.Getter { return nil }
func (b *Binding) vlanList() *starlark.List                 { return starlark.NewList(nil) }
func (b *Binding) addVLANs(g starlark.StringDict)           { g["vlans"] = b.vlanList() }
