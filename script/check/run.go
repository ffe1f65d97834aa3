package check

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gotest-driver/gotest-driver/internal/userfile"
)

// Summary is the number of findings of each severity.
type Summary struct{ Errors, Warnings, Notes int }

// Summarise counts findings.
func Summarise(fs []Finding) (s Summary) {
	for _, f := range fs {
		switch f.Severity {
		case Error:
			s.Errors++
		case Note:
			s.Notes++
		default:
			s.Warnings++
		}
	}
	return s
}

// Checker checks one file; File is the Checker for test scripts in Starlark.
type Checker func(ctx context.Context, cfg Config, name string, src []byte) []Finding

// Files checks several files at the same time, each with the configuration that configOf returns for it and the
// checker. The findings are in the order of the files; those in a file that several files load are reported once. The
// error names every file that could not be read, or whose configuration could not; the findings are those of the
// others.
func Files(ctx context.Context, paths []string, configOf func(path string) (Config, error), checker Checker) ([]Finding, error) {
	results := make([][]Finding, len(paths))
	errs := make([]error, len(paths))
	var next atomic.Int64
	work := func() {
		for ctx.Err() == nil {
			i := int(next.Add(1)) - 1
			if i >= len(paths) {
				return
			}
			results[i], errs[i] = checkPath(ctx, paths[i], configOf, checker)
		}
	}
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(paths)) - 1 {
		wg.Go(work)
	}
	work() // a new goroutine would first have to grow its stack to the size of this one's
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var out []Finding
	seen := map[string]bool{}
	for i, err := range errs {
		// Files of one project have the same broken configuration.
		if err != nil && slices.ContainsFunc(errs[:i], func(e error) bool { return e != nil && e.Error() == err.Error() }) {
			errs[i] = nil
		}
		for _, f := range results[i] {
			key := fmt.Sprintf("%s:%d:%d:%s", f.File, f.Range.Start, f.Range.End, f.Code)
			if !seen[key] {
				seen[key] = true
				out = append(out, f)
			}
		}
	}
	return out, errors.Join(errs...)
}

func checkPath(ctx context.Context, path string, configOf func(string) (Config, error), checker Checker) ([]Finding, error) {
	src, err := userfile.Read(ctx, path)
	if err != nil {
		return nil, err
	}
	cfg, err := configOf(path)
	if err != nil {
		return nil, err
	}
	return checker(ctx, cfg, path, src), nil
}
