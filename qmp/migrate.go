package qmp

import (
	"context"
	"os"
	"time"
)

// MigrationError says why a machine's state could not be saved or loaded, in QEMU's words.
type MigrationError struct{ Desc string }

func (e *MigrationError) Error() string { return e.Desc }

// Migrate begins to send the state of the machine over a connection, whose file it takes over and closes. It is complete when
// WaitMigrated returns.
func (c *Client) Migrate(ctx context.Context, f *os.File) error {
	return c.migrate(ctx, "migrate", f)
}

// MigrateIncoming begins to load the state of the machine from a connection, whose file it takes over and closes, in a QEMU that was
// started with -incoming defer. It is complete when WaitMigrated returns.
func (c *Client) MigrateIncoming(ctx context.Context, f *os.File) error {
	return c.migrate(ctx, "migrate-incoming", f)
}

func (c *Client) migrate(ctx context.Context, command string, f *os.File) error {
	const name = "migration"
	if err := c.GetFD(ctx, name, f); err != nil {
		return err
	}
	return c.order(ctx, command, map[string]any{"uri": "fd:" + name})
}

// CancelMigration ends a migration that is under way.
func (c *Client) CancelMigration(ctx context.Context) error {
	return c.order(ctx, "migrate_cancel", nil)
}

// SetMigrationBandwidth sets the largest number of bytes in a second of a migration.
func (c *Client) SetMigrationBandwidth(ctx context.Context, bytes int64) error {
	return c.order(ctx, "migrate-set-parameters", map[string]any{"max-bandwidth": bytes})
}

// IgnoreSharedMemory has later migrations leave out the memory that others can change, too: a file with share=on. The side that loads
// must say the same, and has the memory already.
func (c *Client) IgnoreSharedMemory(ctx context.Context, ignore bool) error {
	return c.order(ctx, "migrate-set-capabilities", map[string]any{"capabilities": []map[string]any{{"capability": "x-ignore-shared", "state": ignore}}})
}

// migrationPoll is how often WaitMigrated asks.
const migrationPoll = 10 * time.Millisecond

// WaitMigrated waits for the end of a migration. Its error is a [*MigrationError] if QEMU has given up.
func (c *Client) WaitMigrated(ctx context.Context) error {
	tick := time.NewTicker(migrationPoll)
	defer tick.Stop()
	for {
		info, err := Query[struct {
			Status string `json:"status"`
			Desc   string `json:"error-desc"`
		}](ctx, c, "query-migrate", nil)
		switch {
		case err != nil:
			return err
		case info.Status == "completed":
			return nil
		case info.Status == "failed" && info.Desc != "":
			return &MigrationError{info.Desc}
		case info.Status == "failed", info.Status == "cancelled":
			return &MigrationError{"QEMU has given up: " + info.Status}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return &TimeoutError{Command: "query-migrate", Cause: ctx.Err()}
		}
	}
}
