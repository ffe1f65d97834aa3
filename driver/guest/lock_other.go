//go:build !unix

package guest

import (
	"context"
	"errors"
)

func lock(context.Context, string, func()) (func(), error) {
	return nil, errors.New("guests are built on Linux only")
}
