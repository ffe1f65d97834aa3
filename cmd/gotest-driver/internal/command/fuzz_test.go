package command

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/gotest-driver/gotest-driver/script/check"
)

// FuzzCheckPython: a file in Python of any content is checked to its end: what is found is in
// the file.
func FuzzCheckPython(f *testing.F) {
	for _, pattern := range []string{"golden", "findings", "programs"} {
		files, err := filepath.Glob("../python/testdata/" + pattern + "/*.py")
		if err != nil || len(files) == 0 {
			f.Fatal("no files", err)
		}
		for i, name := range files {
			if i%5 != 0 { // a process for each
				continue
			}
			src, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src)
		}
	}
	for _, src := range []string{"machine.succeed(\x00)", "# -*- coding: latin-1 -*-\nm.succeed('\xe4')", "\xef\xbb\xbfx = 1", "\f\tif 1:\n\t  x\n        y", "x = '\\ud800'; y = f'{x!r:{y}}'",
		"import os\nos._exit(3)", "raise SystemExit", "machine.send_key('\u202e')", "a" + string(make([]byte, 3)) + "\r\r\n", "# gotest: ignore-file[x]\n)"} {
		f.Add([]byte(src))
	}
	flags := &checkFlags{}
	f.Fuzz(func(t *testing.T, src []byte) {
		flags.failed = nil
		lines := 1
		for _, b := range src {
			if b == '\n' || b == '\r' || b == '\f' {
				lines++
			}
		}
		cfg := check.Config{Machines: map[string]string{"machine": ""}}
		for _, x := range flags.checker()(context.Background(), cfg, "fuzz.py", src) {
			if x.Range.Start < 0 || x.Range.End > len(src) || x.Range.Start > x.Range.End || x.Start.Line < 1 || x.Start.Column < 1 || x.End.Line < x.Start.Line ||
				x.Start.Line > lines+1 || x.Message == "" {
				t.Fatalf("a finding is out of the file: %+v", x)
			}
			check.Apply(src, []check.Finding{x})
		}
		if flags.failed != nil {
			t.Fatal(flags.failed)
		}
	})
}
