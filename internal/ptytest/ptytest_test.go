package ptytest

import (
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/ansi"
)

// TestPaintedOver expects a line that replaces the last line of a frame, as the live view's lines do.
func TestPaintedOver(t *testing.T) {
	var f ansi.Frame
	out := f.Paint(100, nil, []string{"test  2 s", "server  up"}) + f.Paint(100, []string{`(-2, "")`}, nil) + ">>> "
	x := Start(t, t.TempDir(), nil, "printf", "%s", out)
	x.Expect(`(?s)up\n\(-2, ""\)\n.*>>> $`, time.Minute)
}
