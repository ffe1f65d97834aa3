//go:build !unix

package filelock

import (
	"context"
	"errors"
)

// Lock fails.
func Lock(context.Context, string, func()) (func(), error) {
	return nil, errors.New("this system has no locks of files")
}
