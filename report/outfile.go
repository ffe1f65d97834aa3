package report

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gotest-driver/gotest-driver/internal/wholefile"
)

// outFile is a file that grows during a run. It replaces an old file after its first successful write: if nothing can be
// written (the disk is full), the old file stays. A file that is not regular (a pipe, /dev/stderr) is written to
// directly.
type outFile struct {
	f       *os.File
	path    string
	regular bool
	hidden  bool // it still has another name
	whole   bool // its directory can be written to, so that it can be replaced by another file
	err     error
}

func createFile(path string) (*outFile, error) {
	o := &outFile{path: path}
	old, err := os.Stat(path)
	if o.regular = err != nil || old.Mode().IsRegular(); o.regular && !wholefile.OfProcess(path) {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		o.f, err = os.OpenFile(hiddenName(path), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil && old != nil {
			_ = o.f.Chmod(old.Mode().Perm()) // a file system without permissions needs none
		}
		if o.hidden, o.whole = err == nil, err == nil; o.hidden {
			o.path = path
			return o, nil
		}
		// A file can be writable in a directory that is not.
	}
	if o.f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666); err != nil {
		return nil, err
	}
	return o, nil
}

func hiddenName(path string) string {
	return filepath.Join(filepath.Dir(path), ".report-"+rand.Text()+".tmp")
}

// writeAt writes at an offset (to a file that is not regular: at the end). When it can't write everything, later calls
// write nothing, and whole repairs the file as far as possible.
func (o *outFile) writeAt(p []byte, at int64, whole func()) {
	if o.err != nil {
		return
	}
	if !o.regular {
		_, o.err = o.f.Write(p)
		return
	}
	if _, o.err = o.f.WriteAt(p, at); o.err != nil {
		whole()
		return
	}
	o.publish()
}

// publish gives the file its name.
func (o *outFile) publish() {
	if o.hidden && o.err == nil {
		if o.err = os.Rename(o.f.Name(), o.path); o.err == nil {
			o.hidden = false
		}
	}
}

// close closes the file and returns the first error. A file without content is removed.
func (o *outFile) close() error {
	if o.hidden {
		_ = os.Remove(o.f.Name())
	}
	if err := o.f.Close(); o.err == nil {
		o.err = err
	}
	if o.err == nil {
		return nil
	}
	return fmt.Errorf("writing %s: %w", o.path, nameless(o.err))
}

// nameless returns an error without the name of the file, which would be its temporary name.
func nameless(err error) error {
	for {
		at, ok := errors.AsType[*fs.PathError](err)
		if !ok {
			return err
		}
		err = at.Err
	}
}
