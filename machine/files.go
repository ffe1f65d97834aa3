package machine

import (
	"context"
	"fmt"

	"al.essio.dev/pkg/shellescape"
)

// WaitForFile waits until a file exists in the guest.
func (m *Machine) WaitForFile(ctx context.Context, name string, w Wait) error {
	return m.poll(ctx, fmt.Sprintf("waiting for file '%s'", name), w, "[[ -e "+shellescape.Quote(name)+" ]]", "it did not exist")
}
