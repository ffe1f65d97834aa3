package report

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/wholefile"
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

// maxIndexFiles limits the files of an index.
const maxIndexFiles = 10_000

// WriteIndex writes index.json and index.html into dir. It lists the files of ix that are below dir, with their sizes,
// and all files in the directories of ix. It lists nothing else, because dir may be a working directory with other
// files.
func WriteIndex(dir string, ix Index) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("writing the index: %w", err)
	}
	files := map[string]File{}
	for _, f := range ix.Files {
		if err := listFiles(files, abs, f); err != nil {
			return fmt.Errorf("listing the files of the output directory: %w", err)
		}
	}
	ix.Files = slices.AppendSeq([]File{}, maps.Values(files))
	sort.Slice(ix.Files, func(i, j int) bool { return ix.Files[i].Path < ix.Files[j].Path })
	ix.Test, ix.Error, ix.Rerun = Clean(ix.Test), CleanLines(ix.Error), Clean(ix.Rerun)

	b, err := json.MarshalIndent(ix, "", "  ")
	if err != nil {
		return err
	}
	text := func(w io.Writer) error {
		_, err := w.Write(append(b, '\n'))
		return err
	}
	if err := wholefile.WriteBelow(dir, "index.json", 0o644, text); err != nil {
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
	if err := wholefile.WriteBelow(dir, "index.html", 0o644, func(w io.Writer) error { return t.Execute(w, ix) }); err != nil {
		return fmt.Errorf("writing the index: %w", err)
	}
	return nil
}

// listFiles adds the regular files at f's path, when that is below dir. A relative path starts at dir, or at the
// current directory.
func listFiles(files map[string]File, dir string, f File) error {
	path := f.Path
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
		if _, err := os.Lstat(path); err != nil {
			if path, err = filepath.Abs(f.Path); err != nil {
				return err
			}
		}
	}
	if rel, err := filepath.Rel(dir, path); err != nil || !filepath.IsLocal(rel) || rel == "." {
		return nil
	}
	return filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // missing and unreadable files are not listed
		}
		st, err := d.Info()
		if err != nil || !st.Mode().IsRegular() {
			return nil
		}
		if len(files) == maxIndexFiles {
			return fs.SkipAll
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		x := File{Path: filepath.ToSlash(rel), Size: st.Size(), What: Clean(f.What), Machine: Clean(f.Machine)}
		switch strings.ToLower(filepath.Ext(rel)) {
		case ".png", ".jpg", ".jpeg", ".webp", ".gif":
			x.Image = true
		}
		if old, ok := files[x.Path]; ok && x.What == "" {
			x.What, x.Machine = old.What, old.Machine
		}
		files[x.Path] = x
		return nil
	})
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

// IndexSink writes the index of the output directory when it is closed after a run that did not pass. It must be the
// last sink, so that the other reports exist.
type IndexSink struct {
	dir        string
	ix         Index
	began, bad bool
}

// NewIndex returns a sink that indexes dir; reports are the paths of the run's other reports.
func NewIndex(dir string, reports ...string) *IndexSink {
	s := &IndexSink{dir: dir}
	for _, r := range reports {
		if r != "" {
			if abs, err := filepath.Abs(r); err == nil {
				s.ix.Files = append(s.ix.Files, File{Path: abs, What: "report"})
			}
		}
	}
	return s
}

// Handle notes the files.
func (s *IndexSink) Handle(e Event) {
	s.ix.Ended = e.Time
	switch e.Kind {
	case RunStart:
		s.began = true
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
	if (s.ix.Status == Passed || s.ix.Status == Skipped) && !s.bad || !s.began {
		return nil
	}
	if _, err := os.Stat(s.dir); os.IsNotExist(err) {
		return nil
	}
	return WriteIndex(s.dir, s.ix)
}
