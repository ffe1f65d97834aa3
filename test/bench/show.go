package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/kvm"
	"github.com/gotest-driver/gotest-driver/internal/wholefile"
)

var header = []string{"what", "guest", "QEMU", "measured", "Python driver's protocol", "ratio"}

// cells returns a result's cells in the table.
func (r Result) cells() []string {
	peer, ratio := "", ""
	if r.Peer != nil {
		peer, ratio = fmt.Sprintf("%.3g %s", *r.Peer, r.Unit), fmt.Sprintf("%.2f", *r.Peer/r.Value)
	}
	return []string{r.Name, r.Guest, r.QEMU, fmt.Sprintf("%.3g %s", r.Value, r.Unit), peer, ratio}
}

// show prints the results as a table or as JSON.
func show(w io.Writer, results []Result, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(results)
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, strings.Join(header, "\t"))
	for _, r := range results {
		fmt.Fprintln(tw, strings.Join(r.cells(), "\t"))
	}
	return tw.Flush()
}

// The page has the results between these lines.
const (
	pageBegin = "<!-- results: test/bench/run --update -->\n"
	pageEnd   = "<!-- end of results -->\n"
)

// updatePage puts the results into the page.
func updatePage(path string, results []Result) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(page), pageBegin)
	_, after, ok2 := strings.Cut(rest, pageEnd)
	if !ok || !ok2 {
		return fmt.Errorf("%s: the lines %q and %q are missing", path, pageBegin, pageEnd)
	}
	accel := "QEMU emulates the guests (TCG)"
	if kvm.Usable() {
		accel = "KVM"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%sMeasured on %s, %s/%s with %d CPUs, %s:\n\n", pageBegin, time.Now().UTC().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), accel)
	row := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	row(header)
	row([]string{"---", "---", "---", "--:", "--:", "--:"})
	for _, r := range results {
		row(r.cells())
	}
	b.WriteString(pageEnd)
	return wholefile.WriteBytes(path, 0o644, []byte(before+b.String()+after))
}
