package python

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// Script is a test script in a report.
type Script struct {
	File     string
	Line     int // where it begins in the file, from 1
	Findings []Finding
	Err      error // why it is not Python, or could not be translated
}

// OK reports whether the script was translated without a finding.
func (s Script) OK() bool { return s.Err == nil && len(s.Findings) == 0 }

// Report translates every test script below a directory: .py files, and testScript strings in .nix files.
func Report(ctx context.Context, dir string) ([]Script, error) {
	var out []Script
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); n == ".git" || n == "node_modules" {
				return filepath.SkipDir
			}
			return nil
		}
		ext := filepath.Ext(path)
		if !d.Type().IsRegular() || ext != ".py" && ext != ".nix" {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var scripts []nixScript
		switch {
		case ext == ".nix":
			scripts = nixScripts(string(src))
		case driverCalls().Match(src) && !otherPython().Match(src):
			scripts = []nixScript{{1, string(src)}}
		}
		for _, n := range scripts {
			s := Script{File: path, Line: n.line}
			_, s.Findings, s.Err = Migrate(ctx, path, n.source)
			for i := range s.Findings {
				s.Findings[i].Line += n.line - 1
			}
			out = append(out, s)
		}
		return nil
	})
	return out, err
}

// A Python file is a test script if it calls the driver, and is not a program or module. A script is not in a package, so it
// has no relative imports.
var (
	driverCalls = lazyre.Compile(`start_all\(\)|\.succeed\(|\.wait_for_unit\(|subtest\(|\.wait_until_succeeds\(|\.wait_for_open_port\(`)
	otherPython = lazyre.Compile(`^#!|import pytest|(?m:^from \.+\w*(?:\.\w+)* import )`)
)

// WriteReport prints the table of a report: for each folder at the top how many scripts were translated, then the
// findings by kind. With list, each finding is printed too.
func WriteReport(w io.Writer, dir string, scripts []Script, list bool) error {
	type row struct{ all, ok int }
	rows := map[string]*row{}
	kinds := map[string]int{}
	total := row{}
	var b strings.Builder
	for _, s := range scripts {
		rel, err := filepath.Rel(dir, s.File)
		if err != nil {
			return err
		}
		top, _, found := strings.Cut(rel, string(filepath.Separator))
		if !found {
			top = "."
		}
		if rows[top] == nil {
			rows[top] = &row{}
		}
		rows[top].all++
		total.all++
		if s.OK() {
			rows[top].ok++
			total.ok++
			continue
		}
		seen := map[string]bool{}
		if s.Err != nil {
			seen["no Python"] = true
			if list {
				fmt.Fprintf(&b, "%s:%d: %v\n", s.File, s.Line, s.Err)
			}
		}
		for _, f := range s.Findings {
			seen[f.Code] = true
			if list {
				fmt.Fprintln(&b, f)
			}
		}
		for k := range seen {
			kinds[k]++
		}
	}
	if list {
		b.WriteByte('\n')
	}
	line := func(name string, r row) {
		percent := "-"
		if r.all > 0 {
			percent = fmt.Sprintf("%.1f %%", 100*float64(r.ok)/float64(r.all))
		}
		fmt.Fprintf(&b, "%-44s %7d %11d %8s\n", name, r.all, r.ok, percent)
	}
	fmt.Fprintf(&b, "%-44s %7s %11s\n", "folder", "scripts", "translated")
	for _, n := range slices.Sorted(maps.Keys(rows)) {
		line(n, *rows[n])
	}
	line("all", total)
	if len(kinds) > 0 {
		fmt.Fprintf(&b, "\n%-44s %7s\n", "finding", "scripts")
	}
	for _, k := range slices.SortedFunc(maps.Keys(kinds), func(a, b string) int {
		return cmp.Or(kinds[b]-kinds[a], strings.Compare(a, b))
	}) {
		fmt.Fprintf(&b, "%-44s %7d\n", k, kinds[k])
	}
	_, err := io.WriteString(w, b.String())
	return err
}
