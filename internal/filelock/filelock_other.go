//go:build !unix

package filelock

import (
	"context"
	"errors"
	"os"
)

var errNone = errors.New("there are no locks between processes on this system")

// Lock returns an error.
func Lock(context.Context, string, func()) (func(), error) { return nil, errNone }

// Share returns an error.
func Share(string) (*os.File, bool, error) { return nil, false, errNone }

// Alone returns an error.
func Alone(string) (*os.File, bool, error) { return nil, false, errNone }
