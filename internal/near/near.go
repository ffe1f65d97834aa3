// Package near finds names that are similar to an unknown one.
package near

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Distance returns the number of insertions, deletions, replacements and swaps of neighbours that turn a into b
// (optimal string alignment).
func Distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}

// Names returns at most three names of the list that are similar to name, the most similar first.
func Names(name string, list []string) []string {
	type candidate struct {
		name string
		d    int
	}
	var cs []candidate
	lower, length := strings.ToLower(name), utf8.RuneCountInString(name)
	for _, n := range list {
		most, other := max(1, min(len(name), len(n))/3), utf8.RuneCountInString(n)
		if n == name || length-other > most || other-length > most {
			continue
		}
		if d := Distance(lower, strings.ToLower(n)); d <= most {
			cs = append(cs, candidate{n, d})
		}
	}
	slices.SortStableFunc(cs, func(a, b candidate) int { return cmp.Compare(a.d, b.d) })
	var out []string
	for _, c := range cs[:min(3, len(cs))] {
		out = append(out, c.name)
	}
	return out
}

// DidYouMean returns " (did you mean a, b?)" for the similar names of the list, empty when there are none.
func DidYouMean(name string, list []string) string {
	ns := Names(name, list)
	if len(ns) == 0 {
		return ""
	}
	return " (did you mean " + strings.Join(ns, ", ") + "?)"
}
