package run

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFailureDirectory: a link that a copy has put in the place of the directory for what explains a failure is not followed.
func TestFailureDirectory(t *testing.T) {
	top := t.TempDir()
	out, victim := filepath.Join(top, "out"), filepath.Join(top, "victim")
	for _, err := range []error{os.Mkdir(out, 0o700), os.Mkdir(victim, 0o700), os.Symlink(victim, filepath.Join(out, "failure"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := makeBelow(out, "failure"); err == nil {
		t.Error("the link is taken for the directory")
	}
	for range 2 {
		if err := makeBelow(out, "failure-2"); err != nil {
			t.Error(err)
		}
	}
}
