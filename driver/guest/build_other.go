//go:build !linux

package guest

import (
	"context"
	"fmt"
	"runtime"
)

func (j *job) runScript(context.Context) ([]string, error) {
	return nil, fmt.Errorf("it is built on Linux only, this is %s; build it there and copy the cache directory", runtime.GOOS)
}
