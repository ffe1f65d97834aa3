package filetree

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/wholefile"
)

// WriteFile makes a file whole or not at all, in the place of a file or link of that name. Blocks of zeros become holes.
func WriteFile(ctx context.Context, dir *os.Root, name string, mode fs.FileMode, in io.Reader) error {
	return wholefile.WriteIn(dir, name, mode.Perm(), func(out *os.File) error {
		size, err := copyData(out, reader{ctx, in})
		if err != nil {
			return err
		}
		return out.Truncate(size)
	})
}

// copyData writes what is not zeros to its place, and returns the size of it all.
func copyData(out io.WriterAt, in io.Reader) (size int64, err error) {
	buf, zeros := make([]byte, BlockSize), make([]byte, BlockSize)
	for {
		n, err := io.ReadFull(in, buf)
		if n > 0 && !bytes.Equal(buf[:n], zeros[:n]) {
			if _, err := out.WriteAt(buf[:n], size); err != nil {
				return size, err
			}
		}
		size += int64(n)
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return size, nil
		case err != nil:
			return size, err
		}
	}
}

// unpacker unpacks an archive into a directory. It follows no symbolic link.
type unpacker struct {
	top     *os.Root
	parent  *os.Root // of the last entry
	at      string   // its path
	brought map[string]bool
	skipped []string
}

// UnpackFile unpacks an archive of one file under another name.
func UnpackFile(ctx context.Context, r io.Reader, dir *os.Root, name string) error {
	tr := tar.NewReader(reader{ctx, r})
	h, err := tr.Next()
	switch {
	case err != nil:
		return err
	case h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeGNUSparse:
		return fmt.Errorf("the archive has no file, but %s", h.Name)
	}
	return WriteFile(ctx, dir, name, fs.FileMode(h.Mode), tr)
}

// Unpack unpacks archives, one after the other, into a directory of a name below dir, or merges them into what is there. A
// symbolic link does not replace what an archive before has brought. It returns the names of what is neither a file,
// a directory nor a link, which is left out. A name that would lead out is an error.
func Unpack(ctx context.Context, r io.Reader, dir *os.Root, name string) (skipped []string, err error) {
	u := &unpacker{brought: map[string]bool{}}
	if err := makeDir(dir, name, 0o755); err != nil {
		return nil, err
	}
	if u.top, err = dir.OpenRoot(name); err != nil {
		return nil, named(err, path.Join(dir.Name(), name))
	}
	defer u.top.Close()
	defer func() { u.leave() }()
	in := bufio.NewReaderSize(reader{ctx, r}, BlockSize)
	for more := true; more && err == nil; {
		if err = u.archive(ctx, tar.NewReader(in)); err == nil {
			more, err = nextArchive(in)
		}
	}
	return u.skipped, err
}

func (u *unpacker) archive(ctx context.Context, tr *tar.Reader) error {
	for {
		h, err := tr.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = u.entry(ctx, tr, h)
		}
		if err != nil {
			return err
		}
	}
}

// nextArchive passes over the zeros at the end of an archive, and reports whether another one follows.
func nextArchive(in *bufio.Reader) (bool, error) {
	for {
		switch b, err := in.ReadByte(); {
		case err == io.EOF:
			return false, nil
		case err != nil:
			return false, err
		case b != 0:
			return true, in.UnreadByte()
		}
	}
}

// enter makes the directory of an entry the parent.
func (u *unpacker) enter(name string) (err error) {
	at := path.Dir(name)
	if u.parent != nil && u.at == at {
		return nil
	}
	u.leave()
	u.parent, err = OpenDir(u.top, at)
	u.at = at
	return err
}

func (u *unpacker) leave() {
	if u.parent != nil {
		u.parent.Close()
		u.parent = nil
	}
}

// local is the path of a name in an archive.
func local(name string) (string, error) {
	clean := path.Clean(name)
	if !filepath.IsLocal(clean) {
		return "", fmt.Errorf("the archive has the name %q, which leads out of its directory", name)
	}
	return clean, nil
}

func (u *unpacker) entry(ctx context.Context, tr *tar.Reader, h *tar.Header) error {
	name, err := local(h.Name)
	if err != nil {
		return err
	}
	mode := fs.FileMode(h.Mode).Perm()
	if name == "." {
		return named(u.top.Chmod(".", 0o700|mode), u.top.Name())
	}
	if err := u.enter(name); err != nil {
		return err
	}
	base := path.Base(name)
	switch h.Typeflag {
	case tar.TypeDir:
		u.brought[name] = true
		return makeDir(u.parent, base, 0o700|mode)
	case tar.TypeReg, tar.TypeGNUSparse:
		u.brought[name] = true
		return WriteFile(ctx, u.parent, base, mode, tr)
	case tar.TypeSymlink:
		if u.brought[name] {
			return nil
		}
		err = remove(u.parent, base)
		if err == nil {
			err = u.parent.Symlink(h.Linkname, base)
		}
	case tar.TypeLink:
		u.brought[name] = true
		err = u.link(h.Linkname, name)
	default:
		u.skipped = append(u.skipped, name)
	}
	return named(err, path.Join(u.parent.Name(), base))
}

// link makes a hard link to what the archive had before.
func (u *unpacker) link(linkname, name string) error {
	old, err := local(linkname)
	if err != nil {
		return err
	}
	for _, s := range u.skipped {
		if s == old {
			u.skipped = append(u.skipped, name)
			return nil
		}
	}
	dir, err := OpenDir(u.top, path.Dir(old)) // which proves that there are no links in the path
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := remove(u.parent, path.Base(name)); err != nil {
		return err
	}
	return u.top.Link(old, name)
}

// makeDir makes a directory, in the place of anything but a directory, and gives it the mode.
func makeDir(parent *os.Root, name string, mode fs.FileMode) error {
	st, err := parent.Lstat(name)
	if err == nil && !st.IsDir() {
		err = remove(parent, name)
		st = nil
	}
	if st == nil && (err == nil || errors.Is(err, fs.ErrNotExist)) {
		err = parent.Mkdir(name, mode)
	}
	if err == nil {
		err = parent.Chmod(name, mode)
	}
	return named(err, path.Join(parent.Name(), name))
}

func remove(parent *os.Root, name string) error {
	if err := parent.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Skipped is a sentence about files that were left out, "" when there are none.
func Skipped(names []string) string {
	const most = 20
	if len(names) == 0 {
		return ""
	}
	more := ""
	if len(names) > most {
		names, more = names[:most], fmt.Sprintf(" and %d more", len(names)-most)
	}
	return "left out, because they are neither files, directories nor symbolic links: " + strings.Join(names, ", ") + more
}
