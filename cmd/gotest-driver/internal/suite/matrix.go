package suite

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// combine returns all combinations of the values of a matrix; one without values if there is none.
func combine(matrix map[string][]any, fault func(bool, string, ...any)) []map[string]string {
	out := []map[string]string{nil}
	for _, key := range slices.Sorted(maps.Keys(matrix)) {
		if len(matrix[key]) == 0 {
			fault(false, "matrix.%s has no values", key)
		}
		if len(out)*len(matrix[key]) > maxCombinations {
			fault(false, "the matrix has more than %d combinations", maxCombinations)
			return nil
		}
		var next []map[string]string
		for _, m := range out {
			for _, v := range matrix[key] {
				x := maps.Clone(m)
				if x == nil {
					x = map[string]string{}
				}
				x[key] = fmt.Sprint(v)
				next = append(next, x)
			}
		}
		out = next
	}
	return out
}

const maxCombinations = 10_000

func matrixText(m map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, k+"="+m[k])
	}
	return strings.Join(parts, ",")
}
