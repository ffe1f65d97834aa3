package check

import (
	"os"
	"sort"

	"github.com/gotest-driver/gotest-driver/internal/wholefile"
)

// safeFix returns the fix that may be applied without asking; nil when there is none.
func (f Finding) safeFix() *Fix {
	for i := range f.Fixes {
		if f.Fixes[i].Safe {
			return &f.Fixes[i]
		}
	}
	return nil
}

// Apply applies the safe fixes of findings to the source, and returns how many. Of fixes that overlap, it applies only
// the first.
func Apply(src []byte, fs []Finding) ([]byte, int) {
	var edits []Edit
	n, last := 0, -1
	sorted := append([]Finding{}, fs...)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].Range.Start < sorted[j].Range.Start })
	for _, f := range sorted {
		fix := f.safeFix()
		if fix == nil || fix.Edits[0].Range.Start < last {
			continue
		}
		edits = append(edits, fix.Edits...)
		last = fix.Edits[len(fix.Edits)-1].Range.End
		n++
	}
	return ApplyEdits(src, edits), n
}

// ApplyEdits applies edits that don't overlap to the source, in the order of the source.
func ApplyEdits(src []byte, edits []Edit) []byte {
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(append(out, src[at:e.Range.Start]...), e.NewText...)
		at = e.Range.End
	}
	return append(out, src[at:]...)
}

// WriteFile replaces a file's content atomically, keeping its permissions: a reader never sees a half-written file.
func WriteFile(path string, content []byte) error {
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	return wholefile.WriteBytes(path, st.Mode().Perm(), content)
}
