package check

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// longScript returns a correct script of about n lines, made from the corpus, each script as a function.
func longScript(tb testing.TB, n int) string {
	tb.Helper()
	var b strings.Builder
	b.WriteString("machine: Machine\n")
	lines := 1
	for i := 0; lines < n; i++ {
		for _, path := range sortedKeys(corpus(tb)) {
			if !strings.HasPrefix(path, "testdata/corpus/boot") && !strings.HasPrefix(path, "testdata/corpus/desktop") {
				continue
			}
			src, err := os.ReadFile(path)
			if err != nil {
				tb.Fatal(err)
			}
			text := string(src)
			if !strings.Contains(text, "machine: Machine\n") || strings.Contains(text, "\ntype ") || lines >= n {
				continue
			}
			text = strings.Replace(text, "machine: Machine\n", "", 1)
			text = "    " + strings.ReplaceAll(text, "\n", "\n    ")
			fmt.Fprintf(&b, "def test_%d_%d():\n%s\n", i, lines, strings.TrimRight(text, " "))
			lines += strings.Count(text, "\n") + 1
		}
	}
	return b.String()
}

func BenchmarkCheck1000Lines(b *testing.B) {
	src := []byte(longScript(b, 1000))
	if fs := File(context.Background(), Config{}, "long.star", src); Summarise(fs).Errors > 0 {
		b.Fatal(list(fs))
	}
	b.ReportMetric(float64(strings.Count(string(src), "\n")), "lines")
	b.ResetTimer()
	for b.Loop() {
		File(context.Background(), Config{}, "long.star", src)
	}
}

// BenchmarkCheck500Scripts checks 500 files as the command does, reading them from the disk.
func BenchmarkCheck500Scripts(b *testing.B) {
	dir := b.TempDir()
	files := corpus(b)
	names := sortedKeys(files)
	var paths []string
	for i := range 500 {
		name := names[i%len(names)]
		for strings.Contains(string(files[name]), "load(\"") {
			i++
			name = names[i%len(names)]
		}
		path := filepath.Join(dir, fmt.Sprintf("t%d.star", len(paths)))
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			b.Fatal(err)
		}
		paths = append(paths, path)
	}
	b.ResetTimer()
	for b.Loop() {
		if _, err := Files(context.Background(), paths, func(path string) (Config, error) { return NewConfig(path, "", nil, "") }, File); err != nil {
			b.Fatal(err)
		}
	}
}
