package python

import "testing"

// TestLibraryLowers: every module of the library that is written in Python can be run.
func TestLibraryLowers(t *testing.T) {
	for name, program := range Library() {
		if _, err := program(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
