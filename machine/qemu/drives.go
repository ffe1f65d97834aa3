package qemu

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/gotest-driver/gotest-driver/internal/qcow2"
	"github.com/gotest-driver/gotest-driver/qmp"
)

// drive is a drive of a running QEMU.
type drive struct {
	id    string // by which QMP commands name it: a device, or a node
	start string // the path that the start command has for it, relative to the state directory
	path  string // of the file that the guest writes to now
}

// block is a drive as QEMU describes it.
type block struct {
	Device   string `json:"device"`
	Path     string `json:"qdev"` // of the device that the guest sees
	Inserted *struct {
		Node     string `json:"node-name"`
		File     string `json:"file"`
		Format   string `json:"drv"`
		ReadOnly bool   `json:"ro"`
	} `json:"inserted"`
}

// blocks returns all drives.
func (i *instance) blocks(ctx context.Context) ([]block, error) {
	return qmp.Query[[]block](ctx, i.qmp, "query-block", nil)
}

// drives returns the drives that a snapshot has to save, and whether there are EFI variables.
func (i *instance) drives(ctx context.Context) (list []drive, efi bool, err error) {
	blocks, err := i.blocks(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, b := range blocks {
		if b.Inserted == nil || b.Inserted.ReadOnly {
			continue
		}
		d := drive{id: cmp.Or(b.Device, b.Inserted.Node), path: b.Inserted.File}
		if at := slices.IndexFunc(i.overlays, func(o overlay) bool { return o.node == b.Inserted.Node }); at >= 0 {
			d.path, d.start = i.overlays[at].path, i.overlays[at].start
			list = append(list, d)
			continue
		}
		if !filepath.IsAbs(d.path) {
			d.path = filepath.Join(i.state, d.path)
		}
		if sameFile(d.path, i.efiVars) {
			efi = true
			continue
		}
		d.start, err = i.belowState(d.path)
		switch {
		case err != nil:
			return nil, false, fmt.Errorf("%s: its drive %s writes to a file without a name (snapshot=on), which no snapshot can keep", i.name, d.id)
		case b.Inserted.Format != "qcow2":
			return nil, false, fmt.Errorf("%s: its drive %s writes to %s, which has the format %s: a snapshot needs qcow2, or readonly=on", i.name, d.id, d.path, b.Inserted.Format)
		case d.start == "":
			return nil, false, fmt.Errorf("%s: its drive %s writes to %s, which is not in the machine's state directory: a snapshot would change it for good", i.name, d.id, d.path)
		}
		list = append(list, d)
	}
	return list, efi, nil
}

// sameFile reports whether two paths lead to one file.
func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// belowState returns the path of a file relative to the state directory, empty when it is not in there. The file must exist.
func (i *instance) belowState(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	state, err := filepath.EvalSymlinks(i.state)
	if err != nil {
		return "", err
	}
	below, err := filepath.Rel(state, real)
	if err != nil || !filepath.IsLocal(below) {
		return "", nil
	}
	return below, nil
}

// overlay is a file that the guest writes to since a snapshot, in place of the one that the start command names.
type overlay struct {
	node        string // its name in QEMU
	path, start string // as of drive
}

// keepDisk gives the file that the guest writes to a second name, and lets the guest go on with an overlay over it. The
// first name stays as long as QEMU runs: QEMU opens it again.
func (i *instance) keepDisk(ctx context.Context, d drive, file string) error {
	if err := os.Link(d.path, file); err != nil {
		return err
	}
	next := overlay{node: fmt.Sprintf("gotest-overlay%d", len(i.overlays)), path: file + "-next", start: d.start}
	if err := qcow2.Create(next.path, file, 0); err != nil {
		return err
	}
	if err := i.addOverlay(ctx, d, next); err != nil {
		return errors.Join(err, os.Remove(next.path))
	}
	i.overlays = append(i.overlays, next)
	return nil
}

// addOverlay makes QEMU, which may be another user and so gets the file open, write to an overlay.
func (i *instance) addOverlay(ctx context.Context, d drive, o overlay) error {
	f, err := os.OpenFile(o.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	given, err := i.qmp.AddFile(ctx, f)
	if err != nil {
		return err
	}
	cache := map[string]any{"direct": false, "no-flush": true}
	_, err = i.qmp.Execute(ctx, "blockdev-add", map[string]any{"driver": "qcow2", "node-name": o.node, "backing": nil, "cache": cache,
		// Nobody else uses the file; QEMU would lock it by another name than the one that it writes by.
		"file": map[string]any{"driver": "file", "filename": given, "locking": "off", "cache": cache}})
	err = errors.Join(err, i.qmp.RemoveFile(ctx, given))
	if err != nil {
		return err
	}
	if _, err := i.qmp.Execute(ctx, "blockdev-snapshot", map[string]any{"node": d.id, "overlay": o.node}); err != nil {
		_, derr := i.qmp.Execute(ctx, "blockdev-del", map[string]any{"node-name": o.node})
		return errors.Join(err, derr)
	}
	return nil
}

// settleDisks makes the files that the start command names those that the guest has written to last. QEMU has ended.
func (i *instance) settleDisks() {
	for _, o := range i.overlays {
		// Without the file the machine can't start again, which says so.
		_ = os.Rename(o.path, filepath.Join(i.state, o.start))
	}
}
