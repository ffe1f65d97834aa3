package machine

import (
	"context"
	"errors"
	"testing"

	"github.com/gotest-driver/gotest-driver/qmp"
	"github.com/gotest-driver/gotest-driver/report"
)

// carded is a machine with a card whose instance ends while the card is moved.
type carded struct {
	*scripted
	ended error // how
}

func (c *carded) Start(context.Context, StartOptions) (Instance, error) { return c, nil }
func (c *carded) Err() error                                            { return c.ended }

func (c *carded) OnVLAN(context.Context, int) (bool, error) { return true, nil }

func (c *carded) PlugVLAN(context.Context, int, string) error {
	c.end("it has powered off")
	return &qmp.DisconnectedError{Command: "netdev_add"}
}

// TestEndDuringAMove: the error of a card's move names the machine's end, not that of its monitor; a power-off is no error.
func TestEndDuringAMove(t *testing.T) {
	for _, ended := range []error{nil, errors.New("QEMU was killed by signal 9")} {
		c := &carded{scripted: &scripted{done: make(chan struct{}), connect: func() error { return nil }}, ended: ended}
		dir := t.TempDir()
		m, err := New(Options{Name: "server", Backend: c, Log: report.NewLog(nil), StateDir: dir, OutDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { m.Close() })
		if err := m.Start(t.Context(), StartConfig{}); err != nil {
			t.Fatal(err)
		}
		if on, err := m.OnVLAN(t.Context(), 1); !on || err != nil {
			t.Errorf("on the network: %v, %v", on, err)
		}
		err = m.PlugVLAN(t.Context(), 1, "/switch")
		if died, ok := errors.AsType[*DiedError](err); ok != (ended != nil) || ok && died.Reason != ended.Error() || !ok && err != nil {
			t.Errorf("the machine has ended with %v, the move with %v", ended, err)
		}
	}
}
