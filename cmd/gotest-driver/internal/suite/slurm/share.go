package slurm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/wholefile"
)

// file is one of a set that is copied.
type file struct {
	from   string
	to     string // below the copy, with slashes
	mode   fs.FileMode
	link   string // where a symbolic link points; empty: a regular file
	size   int64
	digest string
}

// Limits of what is copied for a run: whoever has more than that has a file system that all nodes share.
const (
	maxBytes = 4 << 30
	maxFiles = 100_000
)

// keepUnused is how long copies stay in the shared directory after their last use.
const keepUnused = 30 * 24 * time.Hour

// Share copies files into the shared directory, unless a copy with the same content is there, and returns where. files says
// where each path, of a file or of a directory with all below it, is in the copy. Hidden files and what is in skip are left out.
func Share(dir string, files map[string]string, skip ...string) (string, error) {
	var all []file
	var size int64
	for from, to := range files {
		found, err := below(from, to, append(skip, dir))
		if err != nil {
			return "", fmt.Errorf("slurm: copying %s for the nodes: %w", from, err)
		}
		for _, f := range found {
			if size += f.size; size > maxBytes || len(all) > maxFiles {
				return "", fmt.Errorf("slurm: %s is too much to copy (more than %d GB or %d files): start the run in a directory that all nodes share, and add files=shared to --on", from, maxBytes>>30, maxFiles)
			}
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b file) int { return strings.Compare(a.to, b.to) })
	all = slices.CompactFunc(all, func(a, b file) bool { return a.to == b.to })
	sum := sha256.New()
	for i := range all {
		if err := all[i].read(nil); err != nil {
			return "", fmt.Errorf("slurm: copying files for the nodes: %w", err)
		}
		fmt.Fprintf(sum, "%q %o %q %s\n", all[i].to, all[i].mode, all[i].link, all[i].digest)
	}
	target := filepath.Join(dir, "files", hex.EncodeToString(sum.Sum(nil)[:16]))
	now := time.Now()
	if err := os.Chtimes(target, now, now); err == nil { // it is there, and used
		return target, nil
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return "", fmt.Errorf("slurm: the shared directory can't be used: %w", err)
	}
	part, err := os.MkdirTemp(filepath.Dir(target), ".part-")
	if err != nil {
		return "", fmt.Errorf("slurm: the shared directory can't be used: %w", err)
	}
	defer os.RemoveAll(part)
	for i := range all {
		if err := all[i].copy(part); err != nil {
			return "", fmt.Errorf("slurm: copying files for the nodes: %w", err)
		}
	}
	if err = os.Chmod(part, 0o755); err == nil {
		err = os.Rename(part, target)
	}
	if _, there := os.Stat(target); err != nil && there == nil { // another run was quicker
		err = nil
	}
	if err != nil {
		return "", fmt.Errorf("slurm: copying files for the nodes: %w", err)
	}
	return target, nil
}

// below returns the files of a path.
func below(from, to string, skip []string) ([]file, error) {
	var out []file
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := path != from && strings.HasPrefix(d.Name(), ".")
		if d.IsDir() {
			if hidden || slices.Contains(skip, path) {
				return fs.SkipDir
			}
			return nil
		}
		if hidden {
			return nil
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		f := file{from: path, to: filepath.ToSlash(filepath.Join(to, rel))}
		st, err := os.Stat(path)
		if d.Type()&fs.ModeSymlink != 0 && (err != nil || st.IsDir()) {
			f.link, err = os.Readlink(path)
			out = append(out, f)
			return err
		}
		if err != nil {
			return err
		}
		if !st.Mode().IsRegular() {
			return nil // such as a socket
		}
		f.mode, f.size = st.Mode().Perm()&0o755|0o444, st.Size()
		if len(out) > maxFiles {
			return fs.SkipAll // the caller says so
		}
		out = append(out, f)
		return nil
	})
	return out, err
}

// read reads the content of a file for its checksum, and writes it to w if that is not nil.
func (f *file) read(w io.Writer) error {
	if f.link != "" {
		return nil
	}
	r, err := os.Open(f.from)
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha256.New()
	if w == nil {
		w = io.Discard
	}
	if _, err := io.Copy(io.MultiWriter(w, sum), r); err != nil {
		return err
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	if f.digest != "" && f.digest != digest {
		return fmt.Errorf("%s changes while it is copied", f.from)
	}
	f.digest = digest
	return nil
}

// copy copies a file below a directory.
func (f *file) copy(dir string) error {
	to := filepath.Join(dir, filepath.FromSlash(f.to))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if f.link != "" {
		return os.Symlink(f.link, to)
	}
	return wholefile.Write(to, f.mode, func(w io.Writer) error { return f.read(w) })
}

// CacheName is the directory below the shared one that is the nodes' $XDG_CACHE_HOME.
const CacheName = "cache"

const guestsDir = CacheName + "/gotest-driver/guests"

// ShareGuest copies the directory of a built guest, whose name tells its content, into the cache of the nodes, unless it is
// there.
func ShareGuest(ctx context.Context, dir, guest string) error {
	guests := filepath.Join(dir, guestsDir)
	target := filepath.Join(guests, filepath.Base(guest))
	now := time.Now()
	if err := os.Chtimes(target, now, now); err == nil {
		return nil
	}
	if err := os.MkdirAll(guests, 0o755); err != nil {
		return fmt.Errorf("slurm: the shared directory can't be used: %w", err)
	}
	part, err := os.MkdirTemp(guests, ".part-")
	if err != nil {
		return fmt.Errorf("slurm: the shared directory can't be used: %w", err)
	}
	defer os.RemoveAll(part)
	// A container's tree has owners, links and devices.
	out, err := exec.CommandContext(ctx, "cp", "-a", guest, part).CombinedOutput()
	if err != nil {
		return fmt.Errorf("slurm: the guest %s can't be copied to %s: %w: %s", filepath.Base(guest), guests, err, strings.TrimSpace(string(out)))
	}
	copied := filepath.Join(part, filepath.Base(guest))
	if err = os.Rename(copied, target); err != nil {
		if _, there := os.Stat(target); there != nil {
			return fmt.Errorf("slurm: the guest %s can't be copied: %w", filepath.Base(guest), err)
		}
	}
	return os.Chtimes(target, now, now)
}

// Prune removes copies, and what killed runs have left, that nobody has used for a month.
func Prune(dir string, now time.Time) error {
	var errs []error
	for _, kind := range []string{"files", "runs", guestsDir} {
		entries, err := os.ReadDir(filepath.Join(dir, kind))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		for _, e := range entries {
			if st, err := e.Info(); err == nil && now.Sub(st.ModTime()) > keepUnused {
				errs = append(errs, os.RemoveAll(filepath.Join(dir, kind, e.Name())))
			}
		}
	}
	return errors.Join(errs...)
}
