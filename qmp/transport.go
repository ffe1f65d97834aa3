package qmp

import (
	"context"
	"encoding/json"
)

// Transport carries commands to one QEMU, and its answers and events back. Its methods may be called concurrently.
type Transport interface {
	// Do runs a command, an object with the members "execute" and "arguments", and returns QEMU's answer, an object with the
	// member "return" or "error". Its error is that of ctx if ctx ends first, and a [*DisconnectedError] if the connection has
	// ended: then Watch returns as well.
	Do(ctx context.Context, command map[string]any) (json.RawMessage, error)
	// Watch calls event with each event of QEMU's, before Do returns an answer that QEMU has sent later. It returns why the
	// connection ended, or the error of event. It is called once.
	Watch(event func(json.RawMessage) error) error
	// Close ends the connection. It may be called more than once.
	Close() error
}
