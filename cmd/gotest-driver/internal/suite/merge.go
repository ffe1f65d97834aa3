package suite

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/report"
)

// Merge reads the logs of the partitions of a suite. The error names what is missing or there twice; the results that there are
// come with it, except when a directory has no log.
func Merge(dirs []string) (Head, []Result, error) {
	var all Head
	var results []Result
	var errs []error
	parts := map[string]string{} // the directory of each partition
	ran := map[string]string{}   // and of each test
	total := ""
	for _, dir := range dirs {
		h, more, err := ReadLog(dir)
		if err != nil {
			return all, nil, err
		}
		if len(parts) == 0 {
			all = h
			_, total, _ = strings.Cut(h.Partition, "/")
		}
		_, of, _ := strings.Cut(h.Partition, "/")
		switch other, twice := parts[h.Partition]; {
		case twice && h.Partition != "":
			errs = append(errs, fmt.Errorf("%s and %s are both partition %s", other, dir, h.Partition))
		case twice:
			errs = append(errs, fmt.Errorf("%s and %s are both no partition but a whole suite", other, dir))
		case of != total:
			errs = append(errs, fmt.Errorf("%s is partition %q and %s is %q: they are not of the same run", parts[all.Partition], all.Partition, dir, h.Partition))
		case !sameTests(all.All, h.All):
			errs = append(errs, fmt.Errorf("%s and %s have different tests: they are not of the same suite", parts[all.Partition], dir))
		}
		if !h.Ended {
			errs = append(errs, fmt.Errorf("%s: the run did not come to its end", dir))
		}
		parts[h.Partition] = dir
		if h.Began.Before(all.Began) {
			all.Began = h.Began
		}
		for _, r := range more {
			if other, twice := ran[r.Test.ID]; twice {
				errs = append(errs, fmt.Errorf("the test %s is in %s and in %s", r.Test.ID, other, dir))
				continue
			}
			ran[r.Test.ID] = dir
			results = append(results, r)
		}
	}
	errs = append(errs, missingParts(total, parts)...)
	for _, id := range all.All {
		if _, ok := ran[id]; !ok {
			results = append(results, Result{Test: Test{ID: id, Script: id}, Status: report.Interrupted})
		}
	}
	slices.SortStableFunc(results, func(a, b Result) int { return cmp.Compare(a.Test.ID, b.Test.ID) })
	all.Partition = ""
	return all, results, errors.Join(errs...)
}

// missingParts names the partitions that are not there.
func missingParts(total string, parts map[string]string) (errs []error) {
	n := 0
	if _, err := fmt.Sscanf(total, "%d", &n); err != nil || n > maxPartitions {
		return nil // a whole suite
	}
	for i := range n {
		if name := fmt.Sprintf("%d/%d", i+1, n); parts[name] == "" {
			errs = append(errs, fmt.Errorf("partition %s is missing", name))
		}
	}
	return errs
}

// sameTests reports whether two lists have the same tests, in whatever order.
func sameTests(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
