package filetree

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// BlockSize is the unit in which a file's data is placed, in bytes.
const BlockSize = 64 << 10

// chunk is how much of a file is sent at a time, and worthHoles from how many bytes on holes are not sent.
const (
	chunk      = 64 * BlockSize
	worthHoles = 1 << 20
)

// File is a file that is sent by its blocks.
type File struct {
	Name string // within the directory; "" is the source itself
	Mode uint32 // the permission bits, and those for the owner's and the group's rights
}

// Source is a file or a directory of the host that is to be sent.
type Source struct {
	Dir     bool
	Files   []File   // what is sent by its blocks: a source that is a file, and the files of a directory that have holes
	Skipped []string // what is neither a file, a directory nor a symbolic link, by its path

	path string // without links
}

// Sum is the size of a file that was sent by its blocks, and the SHA-256 of what it has no holes for.
type Sum struct {
	Size   int64
	SHA256 [sha256.Size]byte
}

// Open looks at what is to be sent. A symbolic link stands for what it leads to.
func Open(ctx context.Context, name string) (*Source, error) {
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil, named(err, name)
	}
	st, err := os.Stat(real)
	if err != nil {
		return nil, err
	}
	s := &Source{path: real, Dir: st.IsDir()}
	switch {
	case st.Mode().IsRegular():
		s.Files = []File{{Mode: mode(st)}}
		return s, nil
	case !s.Dir:
		return nil, fmt.Errorf("%s is neither a file nor a directory", name)
	}
	return s, s.walk(ctx, func(p, rel string, info fs.FileInfo) error {
		switch {
		case info.IsDir(), info.Mode()&fs.ModeSymlink != 0:
		case !info.Mode().IsRegular():
			s.Skipped = append(s.Skipped, p)
		case info.Size()-info.Sys().(*syscall.Stat_t).Blocks*512 >= worthHoles:
			s.Files = append(s.Files, File{Name: rel, Mode: mode(info)})
		}
		return nil
	})
}

func mode(info fs.FileInfo) uint32 { return uint32(info.Sys().(*syscall.Stat_t).Mode) & 0o7777 }

// walk calls f for everything in a directory, and first for itself. A link that leads out of the directory stands for the
// file or directory that it leads to, because it would lead nowhere in the copy.
func (s *Source) walk(ctx context.Context, f func(p, rel string, info fs.FileInfo) error) error {
	info, err := os.Lstat(s.path)
	if err != nil {
		return err
	}
	w := &walker{ctx, f, []region{{s.path, "."}}}
	return w.visit(s.path, ".", info)
}

// region is a directory that is copied: the source, or one that a link has led to.
type region struct {
	real string // its path, without links
	rel  string // its name in the copy
}

type walker struct {
	ctx     context.Context
	f       func(p, rel string, info fs.FileInfo) error
	regions []region // each is within the one before
}

func (w *walker) visit(p, rel string, info fs.FileInfo) error {
	if w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		real, st, err := w.beyond(p, rel)
		if err != nil {
			return err
		}
		if st != nil {
			info = st
			w.regions = append(w.regions, region{real, rel})
			defer func() { w.regions = w.regions[:len(w.regions)-1] }()
		}
	}
	if err := w.f(p, rel, info); err != nil || !info.IsDir() {
		return err
	}
	entries, err := os.ReadDir(p)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return err
		}
		if err := w.visit(filepath.Join(p, e.Name()), filepath.Join(rel, e.Name()), info); err != nil {
			return err
		}
	}
	return nil
}

// beyond returns what a link leads to that leads out of its region; st is nil for any other link, for one that leads
// nowhere, and for one to a directory around itself, which would have no end.
func (w *walker) beyond(p, rel string) (real string, st fs.FileInfo, err error) {
	text, err := os.Readlink(p)
	if err != nil {
		return "", nil, err
	}
	last := w.regions[len(w.regions)-1]
	within, err := filepath.Rel(last.rel, rel)
	if err != nil {
		return "", nil, err
	}
	if !filepath.IsAbs(text) && filepath.IsLocal(filepath.Join(filepath.Dir(within), text)) {
		return "", nil, nil
	}
	if real, err = filepath.EvalSymlinks(p); err != nil {
		return "", nil, nil //nolint:nilerr // it leads nowhere, and so does the copy
	}
	if st, err = os.Stat(real); err != nil || !st.IsDir() && !st.Mode().IsRegular() {
		return "", nil, err
	}
	around := []string{filepath.Join(last.real, filepath.Dir(within))}
	for _, r := range w.regions {
		around = append(around, r.real)
	}
	for _, dir := range around {
		if up, err := filepath.Rel(real, dir); err == nil && filepath.IsLocal(up) {
			return "", nil, nil
		}
	}
	return real, st, nil
}

// Send writes the files of s.Files, each as lines "n at", which are followed by n blocks, whose place in the file is block
// at, and at the end "0 size"; then, of a directory, an archive of the rest, in which it has the given name and everything
// belongs to root. It returns the sum of the last file.
func (s *Source) Send(ctx context.Context, w io.Writer, name string) (sum Sum, err error) {
	blocks := map[string]bool{}
	for _, f := range s.Files {
		if sum, err = sendBlocks(ctx, w, filepath.Join(s.path, f.Name)); err != nil {
			return sum, err
		}
		blocks[f.Name] = true
	}
	if !s.Dir {
		return sum, nil
	}
	tw := tar.NewWriter(w)
	err = s.walk(ctx, func(p, rel string, info fs.FileInfo) (err error) {
		// In this format names may have any bytes and any length for busybox, too.
		h := &tar.Header{Name: path.Join(name, rel), Mode: int64(mode(info)), Format: tar.FormatGNU}
		switch {
		case info.IsDir():
			h.Typeflag, h.Name = tar.TypeDir, h.Name+"/"
		case info.Mode()&fs.ModeSymlink != 0:
			h.Typeflag = tar.TypeSymlink
			if h.Linkname, err = os.Readlink(p); err != nil {
				return err
			}
		case !info.Mode().IsRegular() || blocks[rel]:
			return nil
		default:
			h.Typeflag, h.Size = tar.TypeReg, info.Size()
		}
		if err := tw.WriteHeader(h); err != nil || h.Typeflag != tar.TypeReg {
			return err
		}
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.CopyN(tw, reader{ctx, f}, h.Size)
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("%s became shorter while it was copied", p)
		}
		return err
	})
	if err != nil {
		return sum, err
	}
	return sum, tw.Close()
}

// sendBlocks sends a file up to its end, which the file system need not know, as with those of /proc.
func sendBlocks(ctx context.Context, w io.Writer, name string) (sum Sum, err error) {
	f, err := os.Open(name)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	hash := sha256.New()
	buf := make([]byte, chunk)
	for {
		if ctx.Err() != nil {
			return sum, context.Cause(ctx)
		}
		from, to, err := nextData(f, sum.Size)
		if err != nil {
			return sum, err
		}
		sum.Size = from
		n, err := f.ReadAt(buf[:min(chunk, to-from)], from)
		if err != nil && err != io.EOF {
			return sum, err
		}
		if n == 0 {
			break
		}
		hash.Write(buf[:n])
		sum.Size += int64(n)
		count := (n + BlockSize - 1) / BlockSize
		clear(buf[n : count*BlockSize])
		if _, err := fmt.Fprintf(w, "%d %d\n", count, from/BlockSize); err != nil {
			return sum, err
		}
		if _, err := w.Write(buf[:count*BlockSize]); err != nil {
			return sum, err
		}
		if err == io.EOF {
			break
		}
	}
	hash.Sum(sum.SHA256[:0])
	_, err = fmt.Fprintf(w, "0 %d\n", sum.Size)
	return sum, err
}

// nextData is where a file has data next, from a block's beginning on. Behind the last data from is the file's end. Where
// the file system knows of no holes, everything is data.
func nextData(f *os.File, at int64) (from, to int64, err error) {
	const all = 1<<63 - 1
	from, err = unix.Seek(int(f.Fd()), at, unix.SEEK_DATA)
	if errors.Is(err, unix.ENXIO) {
		st, err := f.Stat()
		if err != nil {
			return 0, 0, err
		}
		return max(at, st.Size()), all, nil
	}
	if err != nil {
		return at, all, nil
	}
	to, err = unix.Seek(int(f.Fd()), from, unix.SEEK_HOLE)
	if err != nil {
		return 0, 0, &fs.PathError{Op: "seek", Path: f.Name(), Err: err}
	}
	return from - from%BlockSize, to + (BlockSize-to%BlockSize)%BlockSize, nil
}
