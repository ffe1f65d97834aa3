package bind

import (
	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/script"
)

// boxAttributes are the attributes of a Box.
var boxAttributes = map[string]script.Getter{}

// screenMethods are the calls that look at the screen.
func (b *Binding) screenMethods() map[string]script.Impl {
	return map[string]script.Impl{
		"screenshot": do(func(ctx ctxT, m mT, c callT) error {
			_, err := m.Screenshot(ctx, c.String("filename"))
			return err
		}),
	}
}

var _ starlark.Value
