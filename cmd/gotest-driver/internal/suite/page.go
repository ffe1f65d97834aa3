package suite

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/wholefile"
	"github.com/gotest-driver/gotest-driver/report"
)

//go:embed page.html
var pageHTML string

//go:embed page.js
var pageJS string

// Pictures that a page has in it: more would make it slow to open.
const (
	maxPicture  = 4 << 20  // bytes of each
	maxPictures = 32 << 20 // of all
)

// WritePage writes the results of a suite as one HTML file that loads nothing. compare explains tests that ran several times.
func WritePage(file string, h Head, results []Result, compare []Comparison) error {
	p := pageData{Head: h, Counts: Count(results), Compare: compare, Script: template.JS(pageJS)}
	sum := sha256.Sum256([]byte(pageJS))
	p.Policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return fmt.Errorf("writing the page of the suite: %w", err)
	}
	left := int64(maxPictures)
	for i := range results {
		p.Rows = append(p.Rows, rowOf(dir, &results[i], &left))
	}
	t, err := template.New("page").Funcs(template.FuncMap{
		"clean": report.Clean, "lines": report.CleanLines, "seconds": func(s float64) string {
			return time.Duration(s * float64(time.Second)).Round(100 * time.Millisecond).String()
		},
		"size": bytesText, "join": strings.Join,
	}).Parse(pageHTML)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("writing the page of the suite: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("writing the page of the suite: %w", err)
	}
	if err := wholefile.Write(file, 0o644, func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err }); err != nil {
		return fmt.Errorf("writing the page of the suite: %w", err)
	}
	return nil
}

type pageData struct {
	Head    Head
	Counts  Counts
	Rows    []pageRow
	Compare []Comparison
	Policy  string
	Script  template.JS
}

// Kinds are the kinds of rows that there are.
func (p pageData) Kinds() []string {
	var out []string
	for _, r := range p.Rows {
		if !slices.Contains(out, r.Kind) {
			out = append(out, r.Kind)
		}
	}
	slices.Sort(out)
	return out
}

type pageRow struct {
	*Result
	Kind  string // the status, or "flaky"
	Total float64
	Tries []pageTry
}

type pageTry struct {
	*Try
	Links    []pageLink
	Pictures []pagePicture
}

type pageLink struct{ Text, URL string }

type pagePicture struct {
	Name string
	URL  template.URL
}

// rowOf returns the row of a test on a page in a directory. left is how many bytes of pictures there is room for.
func rowOf(dir string, r *Result, left *int64) pageRow {
	row := pageRow{Result: r, Kind: string(r.Status), Total: r.Seconds()}
	if r.Flaky() {
		row.Kind = "flaky"
	}
	root, err := filepath.Abs(r.Root)
	if err != nil {
		root = r.Root
	}
	for i := range r.Tries {
		t := pageTry{Try: &r.Tries[i]}
		of := filepath.Join(root, filepath.FromSlash(t.Dir))
		for _, x := range []pageLink{{"report", "report.html"}, {"files", "index.html"}, {"log", textName}, {"events", EventsName}} {
			path := filepath.Join(of, x.URL)
			if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
				continue
			}
			if rel, err := filepath.Rel(dir, path); err == nil {
				t.Links = append(t.Links, pageLink{x.Text, (&url.URL{Path: "./" + filepath.ToSlash(rel)}).String()})
			}
		}
		for _, s := range t.Screens {
			b, ok := picture(filepath.Join(root, filepath.FromSlash(s)), min(maxPicture, *left))
			if ok {
				*left -= int64(len(b))
				data := "data:image/png;base64," + base64.StdEncoding.EncodeToString(b)
				t.Pictures = append(t.Pictures, pagePicture{s, template.URL(data)})
			}
		}
		row.Tries = append(row.Tries, t)
	}
	return row
}

// picture reads a PNG file that is not larger than most.
func picture(path string, most int64) ([]byte, bool) {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() || st.Size() > most {
		return nil, false
	}
	b, err := os.ReadFile(path)
	return b, err == nil && bytes.HasPrefix(b, []byte("\x89PNG"))
}
