package report

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/wholefile"
)

//go:embed html
var htmlFiles embed.FS

// The parts of the program that shows a log, in the order in which they depend on each other.
var htmlScripts = [...]string{"util.js", "data.js", "log.js", "timeline.js", "consoles.js", "app.js"}

// HTMLOptions are the options of [NewHTML].
type HTMLOptions struct {
	// Dir is the directory for relative paths of screenshots; empty means the report's own.
	Dir string
	// OnlyFailed keeps the report only of a run that did not pass.
	OnlyFailed bool
	// ReplaceLink replaces a symbolic link at the report's path instead of the file that it leads to.
	ReplaceLink bool
	// MaxRows limits the rows of the log; 0 means 400,000. Of later rows, the last MaxRows/10 are kept.
	MaxRows int
	// MaxImages limits the bytes of all embedded screenshots; 0 means 32 MiB. Of later ones, only the names are kept.
	MaxImages int64
}

// HTML writes the run as one HTML file that needs no network. Its memory is bounded: it compresses rows and spools them
// to an unnamed file beside the report. The report gets its name when it is complete.
type HTML struct {
	path  string
	opts  HTMLOptions
	spool *os.File
	w     *bufio.Writer
	rows  *rowWriter
	start time.Time
	names map[string]int
	kept  map[uint64]bool // entries whose beginning was written and whose end must be too

	n      int   // rows so far
	ring   []row // rows after the limit, which later ones replace
	inRing int   // bytes
	left   int
	// The first row that was left out.
	leftAt  time.Time
	leftSeq uint64
	images  int
	bytes   int64
	status  Status
	began   bool
	failed  bool
	err     error
}

// Limits of a report besides its number of rows, in bytes: the JSON of all rows, and of those at its end.
const (
	htmlBytes = 512 << 20
	htmlRing  = 32 << 20
)

// NewHTML begins a report that Close writes to path.
func NewHTML(path string, opts HTMLOptions) (*HTML, error) {
	if opts.MaxRows <= 0 {
		opts.MaxRows = 400_000
	}
	if opts.MaxImages <= 0 {
		opts.MaxImages = 32 << 20
	}
	if opts.Dir == "" {
		opts.Dir = filepath.Dir(path)
	}
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		return nil, fmt.Errorf("creating the HTML report: %s is a directory", path)
	}
	spool, err := os.CreateTemp(filepath.Dir(path), ".report-*.tmp")
	if err != nil {
		return nil, fmt.Errorf("creating the HTML report: %w", err)
	}
	// An unnamed file leaves nothing behind when the driver is killed.
	if err := os.Remove(spool.Name()); err != nil {
		spool.Close()
		return nil, fmt.Errorf("creating the HTML report: %w", err)
	}
	h := &HTML{path: path, opts: opts, spool: spool, w: bufio.NewWriterSize(spool, 64<<10), names: map[string]int{}, kept: map[uint64]bool{}}
	h.rows = &rowWriter{w: h.w}
	return h, nil
}

// Close writes the report.
func (h *HTML) Close() error {
	defer h.spool.Close()
	if h.opts.OnlyFailed && ((h.status == Passed || h.status == Skipped) && !h.failed || !h.began) {
		return nil
	}
	err := h.finish()
	if err == nil {
		err = h.publish()
	}
	if err != nil {
		return fmt.Errorf("writing the HTML report %s: %w", h.path, nameless(err))
	}
	return nil
}

// finish writes the rows of the ring.
func (h *HTML) finish() error {
	if h.left > 0 {
		h.put(h.leftAt, rowLeft, h.leftSeq, fmt.Sprintf("%d lines were left out here; the console logs and the JSON log have them", h.left))
	}
	for _, r := range h.ring {
		h.rows.add(r)
	}
	h.ring = nil
	h.rows.flush()
	if h.err == nil {
		h.err = h.rows.err
	}
	if h.err == nil {
		h.err = h.w.Flush()
	}
	return h.err
}

// publish writes the page around the rows and gives the file its name.
func (h *HTML) publish() (err error) {
	if _, err := h.spool.Seek(0, io.SeekStart); err != nil {
		return err
	}
	head, tail, err := htmlPage(h.start, h.rows)
	if err != nil {
		return err
	}
	page := func(w io.Writer) error {
		_, err := io.Copy(w, io.MultiReader(strings.NewReader(head), h.spool, strings.NewReader(tail)))
		return err
	}
	if h.opts.ReplaceLink {
		return wholefile.WriteBelow(filepath.Dir(h.path), filepath.Base(h.path), 0o644, page)
	}
	return wholefile.Write(h.path, 0o644, page)
}

// htmlPage returns the page before and after the rows. Its content security policy allows only its own script and
// style, so that nothing from a guest could run even if it got in.
func htmlPage(start time.Time, rows *rowWriter) (head, tail string, err error) {
	read := func(name string) string {
		b, e := htmlFiles.ReadFile("html/" + name)
		if e != nil {
			err = e
		}
		return string(b)
	}
	js := "(() => {\n\"use strict\";\n" + htmlProgram(read) + read("report.js") + "})();\n"
	css := read("report.css")
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
	}
	head = strings.NewReplacer("{{.StyleHash}}", hash(css), "{{.ScriptHash}}", hash(js), "{{.Style}}", css, "{{.Log}}", read("log.html")).Replace(read("page.html"))
	ms := int64(0)
	if !start.IsZero() {
		ms = start.UnixMilli()
	}
	tail = fmt.Sprintf("<script id=\"meta\" type=\"application/json\" data-start=\"%d\" data-end=\"%.3f\" data-serial=\"%d\"></script>\n<script>%s</script>\n</body>\n</html>\n",
		ms, float64(rows.end.Microseconds())/1000, rows.lines, js)
	return head, tail, err
}

// htmlProgram returns the program that shows a log.
func htmlProgram(read func(name string) string) string {
	var js strings.Builder
	for _, name := range htmlScripts {
		js.WriteString(read(name))
	}
	return js.String()
}

// row is a row of the report: JSON, or a serial line. Most rows are serial lines, so they have a shorter form.
type row struct {
	seq     uint64
	at      time.Duration // since the start
	json    []byte
	machine int    // of a serial line
	text    string // of a serial line
}

func (r row) size() int { return len(r.json) + len(r.text) + 16 }

// rowWriter writes rows as script elements of a type that no browser runs, each with some rows, compressed, in
// base64. Serial lines have separate elements, which the page reads after it has shown the rest: most rows are serial
// lines, and they are hidden at first. Other elements have a JSON array of rows. A serial line is a line of fields
// separated by tabs: the number of other rows since the previous serial line, the sequence number and the time (µs) as
// differences from it, the machine, the text.
type rowWriter struct {
	w      io.Writer
	json   bytes.Buffer
	serial bytes.Buffer
	others int // other rows since the last serial line
	last   row // the last serial line
	lines  int // serial lines so far
	end    time.Duration
	total  int // bytes so far
	err    error
}

const rowChunk = 1 << 20 // bytes

func (w *rowWriter) add(r row) {
	w.total += r.size()
	w.end = max(w.end, r.at)
	if r.json != nil {
		w.others++
		sep := byte(',')
		if w.json.Len() == 0 {
			sep = '['
		}
		w.json.WriteByte(sep)
		w.json.Write(r.json)
		if w.json.Len() > rowChunk {
			w.flushRows()
		}
		return
	}
	fmt.Fprintf(&w.serial, "%d\t%d\t%d\t%d\t%s\n", w.others, r.seq-w.last.seq, (r.at - w.last.at).Microseconds(), r.machine, r.text)
	w.others, w.last = 0, row{seq: r.seq, at: r.at.Truncate(time.Microsecond)}
	w.lines++
	if w.serial.Len() > rowChunk {
		w.compress("serial", &w.serial)
	}
}

func (w *rowWriter) flush() {
	w.flushRows()
	w.compress("serial", &w.serial)
}

func (w *rowWriter) flushRows() {
	if w.json.Len() > 0 {
		w.json.WriteByte(']')
	}
	w.compress("rows", &w.json)
}

func (w *rowWriter) compress(class string, buf *bytes.Buffer) {
	if buf.Len() == 0 || w.err != nil {
		return
	}
	w.err = w.element(`class="`+class+`"`, func(out io.Writer) error {
		z, err := gzip.NewWriterLevel(out, gzip.DefaultCompression)
		if err != nil {
			return err
		}
		if _, err := z.Write(buf.Bytes()); err != nil {
			return err
		}
		return z.Close()
	})
	buf.Reset()
}

// element writes one script element with data in base64.
func (w *rowWriter) element(attrs string, write func(io.Writer) error) error {
	if _, err := io.WriteString(w.w, `<script type="application/octet-stream" `+attrs+">"); err != nil {
		return err
	}
	b := base64.NewEncoder(base64.StdEncoding, w.w)
	if err := write(b); err != nil {
		return err
	}
	if err := b.Close(); err != nil {
		return err
	}
	_, err := io.WriteString(w.w, "</script>\n")
	return err
}
