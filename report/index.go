package report

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// Index lists the files that a run left in its output directory.
type Index struct {
	Test   string    `json:"test"`
	Status Status    `json:"status"`
	Error  string    `json:"error,omitempty"`
	Rerun  string    `json:"rerun,omitempty"`
	Ended  time.Time `json:"ended"`
	Files  []File    `json:"files"`
}

// File is a file of the output directory.
type File struct {
	Path    string `json:"path"` // relative, with slashes
	Size    int64  `json:"size"` // bytes
	What    string `json:"what,omitempty"`
	Machine string `json:"machine,omitempty"`
	Image   bool   `json:"image,omitempty"`
}

// maxIndexFiles bounds the files of an index.
const maxIndexFiles = 10_000

// WriteIndex writes index.json and index.html into dir. Each file that exists below dir gets its size; files of ix
// that are not there are left out, and those that ix does not name are added.
func WriteIndex(dir string, ix Index) error {
	named := map[string]File{}
	for _, f := range ix.Files {
		p := f.Path
		if filepath.IsAbs(p) {
			rel, err := filepath.Rel(dir, p)
			if err != nil || !filepath.IsLocal(rel) {
				continue
			}
			p = rel
		}
		f.Path = filepath.ToSlash(filepath.Clean(p))
		named[f.Path] = f
	}
	ix.Files = nil
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		st, err := d.Info()
		if err != nil || !st.Mode().IsRegular() || rel == "index.json" || rel == "index.html" || strings.HasPrefix(filepath.Base(rel), ".report-") {
			return nil
		}
		if len(ix.Files) == maxIndexFiles {
			return fs.SkipAll
		}
		f := named[rel]
		f.Path, f.Size = rel, st.Size()
		f.What, f.Machine = Clean(f.What), Clean(f.Machine)
		switch strings.ToLower(filepath.Ext(rel)) {
		case ".png", ".jpg", ".jpeg", ".webp", ".gif":
			f.Image = true
		}
		ix.Files = append(ix.Files, f)
		return nil
	})
	if err != nil {
		return fmt.Errorf("listing the files of the output directory: %w", err)
	}
	sort.Slice(ix.Files, func(i, j int) bool { return ix.Files[i].Path < ix.Files[j].Path })
	ix.Test, ix.Error, ix.Rerun = Clean(ix.Test), CleanLines(ix.Error), Clean(ix.Rerun)

	b, err := json.MarshalIndent(ix, "", "  ")
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, "index.json"), func(w io.Writer) error {
		_, err := w.Write(append(b, '\n'))
		return err
	}); err != nil {
		return fmt.Errorf("writing the index: %w", err)
	}
	t, err := template.New("index.html").Funcs(template.FuncMap{
		"href":  func(p string) string { return (&url.URL{Path: "./" + p}).String() },
		"clean": Clean,
		"size":  size,
	}).ParseFS(htmlFiles, "html/index.html")
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, "index.html"), func(w io.Writer) error { return t.Execute(w, ix) }); err != nil {
		return fmt.Errorf("writing the index: %w", err)
	}
	return nil
}

func size(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

// IndexSink writes the index of the output directory when a run that did not pass is closed. It must be the last
// sink, so that the other reports are there.
type IndexSink struct {
	dir string
	ix  Index
	bad bool
}

// NewIndex returns a sink that indexes dir.
func NewIndex(dir string) *IndexSink { return &IndexSink{dir: dir} }

// Handle notes the files.
func (s *IndexSink) Handle(e Event) {
	s.ix.Ended = e.Time
	switch e.Kind {
	case RunStart:
		s.ix.Test = e.Text
	case Screenshot, Artifact:
		if len(s.ix.Files) < maxIndexFiles {
			s.ix.Files = append(s.ix.Files, File{Path: e.Path, What: e.Text, Machine: e.Machine})
		}
	case Failure:
		s.bad = true
		if e.Failure != nil && s.ix.Error == "" {
			s.ix.Error, s.ix.Rerun = e.Failure.Message, e.Failure.Rerun
		}
	case RunEnd:
		s.ix.Status = e.Status
		if s.ix.Error == "" {
			s.ix.Error = e.Error
		}
	}
}

// Close writes the index of a run that did not pass.
func (s *IndexSink) Close() error {
	if s.ix.Status == Passed && !s.bad {
		return nil
	}
	if _, err := os.Stat(s.dir); os.IsNotExist(err) {
		return nil
	}
	return WriteIndex(s.dir, s.ix)
}
