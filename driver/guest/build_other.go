//go:build !linux

package guest

import (
	"context"
	"fmt"
	"runtime"
)

func (c *cache) runRecipe(_ context.Context, r recipe, _, _ string, _ []string) error {
	return &BuildError{Guest: r.Name, Err: fmt.Errorf("guests are built on Linux only, this is %s; build it there and copy the cache directory", runtime.GOOS)}
}
