package guest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/cavaliergopher/cpio"
	"github.com/pierrec/lz4/v4"
)

// tree is the content of an initramfs, by its paths.
type tree map[string]treeFile

type treeFile struct {
	mode cpio.FileMode
	data []byte // of a link: its target
}

// dir makes directories, with those above them.
func (t *tree) dir(paths ...string) {
	for _, p := range paths {
		for ; p != "."; p = path.Dir(p) {
			if _, ok := (*t)[p]; !ok {
				(*t)[p] = treeFile{mode: cpio.TypeDir | 0o755}
			}
		}
	}
}

// file makes a file, in place of what has its path.
func (t *tree) file(name string, mode cpio.FileMode, data []byte) {
	t.dir(path.Dir(name))
	(*t)[name] = treeFile{mode: cpio.TypeReg | mode, data: data}
}

// link makes a symbolic link.
func (t *tree) link(name, target string) {
	t.dir(path.Dir(name))
	(*t)[name] = treeFile{mode: cpio.TypeSymlink | 0o777, data: []byte(target)}
}

// recipeFile makes a file from one of the recipes'.
func (t *tree) recipeFile(files fs.FS, from, name string, mode cpio.FileMode) error {
	data, err := fs.ReadFile(files, path.Join("recipes/files", from))
	if err == nil {
		t.file(name, mode, data)
	}
	return err
}

// write writes the tree as an initramfs, whose bytes depend on its content only. lz4 is what a kernel unpacks fastest.
func (t *tree) write(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	buffer := bufio.NewWriterSize(f, 1<<20)
	packed := lz4.NewWriter(buffer)
	// Linux takes the older format only.
	err = packed.Apply(lz4.LegacyOption(true), lz4.CompressionLevelOption(lz4.Level9))
	if err == nil {
		err = t.archive(cpio.NewWriter(packed))
	}
	return errors.Join(err, packed.Close(), buffer.Flush(), f.Close())
}

func (t *tree) archive(w *cpio.Writer) error {
	for _, name := range slices.Sorted(maps.Keys(*t)) {
		f := (*t)[name]
		h := &cpio.Header{Name: name, Mode: f.mode, Size: int64(len(f.data)), ModTime: time.Unix(sourceDate, 0), Links: 1}
		if err := w.WriteHeader(h); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if _, err := w.Write(f.data); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return w.Close()
}

// busybox puts a busybox under all its names into bin.
func (t *tree) busybox(program []byte) error {
	t.file("bin/busybox", 0o755, program)
	names, err := applets(program)
	for _, name := range names {
		if name != "busybox" {
			t.link("bin/"+name, "busybox")
		}
	}
	return err
}

// applets returns the names under which a busybox can be called. They are a sorted table in it, each with a zero at its
// end; the program itself runs on its own architecture only.
func applets(program []byte) ([]string, error) {
	_, table, found := bytes.Cut(program, []byte("[\x00[[\x00"))
	end := bytes.Index(table, []byte("\x00\x00"))
	if !found || end < 0 {
		return nil, errors.New("the busybox has no table of its names")
	}
	names := append([]string{"[", "[["}, strings.Split(string(table[:end]), "\x00")...)
	if !slices.IsSorted(names) || !slices.Contains(names, "sh") {
		return nil, errors.New("the table of names in busybox can't be read")
	}
	return names, nil
}
