package qemu

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"al.essio.dev/pkg/shellescape"

	"github.com/gotest-driver/gotest-driver/machine/shell"
)

// share is a 9p file system in the guest, as /proc/mounts describes it. QEMU saves no machine in which one is mounted.
type share struct {
	Tag     string `json:"tag"`
	Target  string `json:"target"`
	Options string `json:"options"`
}

// unmountScript unmounts all 9p file systems, the last first, and prints each. It stops at the first that is in use, and prints
// which processes use it.
//
//go:embed unmount.sh
var unmountScript string

// shareWait is how long unmounting waits for a command whose end nobody waits for.
const shareWait = 10 * time.Second

// unmountShares unmounts the guest's 9p file systems and returns them in the order in which they were mounted.
func (i *instance) unmountShares(ctx context.Context) ([]share, error) {
	out, r, err := i.session.Output(ctx, shell.Command{Script: unmountScript, WaitIdle: shareWait})
	if err != nil {
		return nil, err
	}
	var shares []share
	for line := range bytes.Lines(out) {
		words := strings.Split(strings.TrimSuffix(string(line), "\n"), "\t")
		switch {
		case len(words) == 4 && words[0] == "unmounted":
			shares = slices.Insert(shares, 0, share{Tag: words[1], Target: words[2], Options: words[3]})
		case len(words) == 3 && words[0] == "busy":
			err = fmt.Errorf("%s: a snapshot needs %s unmounted, a directory that is shared with the host over 9p, and it is in use%s", i.name, words[1], usedBy(words[2]))
		}
	}
	if err == nil && r.Status != 0 {
		err = fmt.Errorf("%s: the directories that are shared with the host can't be unmounted (status %d, the serial console tells more)", i.name, r.Status)
	}
	if err != nil {
		return nil, errors.Join(err, i.remountShares(ctx, shares))
	}
	return shares, nil
}

// usedBy names processes in an error.
func usedBy(list string) string {
	if list == "" {
		return " (mounted on, or by the kernel)"
	}
	return " by " + strings.Join(strings.Fields(list), ", ")
}

// remountTime bounds mounting for a caller that has given up: what is not mounted stays so.
const remountTime = time.Minute

// remountShares mounts file systems even if ctx has ended.
func (i *instance) remountShares(ctx context.Context, shares []share) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), remountTime)
	defer cancel()
	return i.mountShares(ctx, shares)
}

// mountShares mounts 9p file systems that unmountShares has unmounted.
func (i *instance) mountShares(ctx context.Context, shares []share) error {
	if len(shares) == 0 {
		return nil
	}
	var script strings.Builder
	for _, s := range shares {
		fmt.Fprintf(&script, "mount -t 9p -o %s %s %s\n", shellescape.Quote(s.Options), shellescape.Quote(s.Tag), shellescape.Quote(s.Target))
	}
	r, err := i.session.Run(ctx, shell.Command{Script: script.String()})
	if err == nil && r.Status != 0 {
		err = fmt.Errorf("status %d, the serial console tells more", r.Status)
	}
	if err != nil {
		return fmt.Errorf("%s: the directories that are shared with the host can't be mounted again: %w", i.name, err)
	}
	return nil
}
