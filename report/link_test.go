package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReportsReplaceLinks makes the attack: a guest's copy has put links into the output directory, before the run begins or
// while it goes on, in the place of the reports. A file that the user has named may be a link.
func TestReportsReplaceLinks(t *testing.T) {
	for name, c := range map[string]struct{ named, late bool }{"before": {}, "meanwhile": {late: true}, "named by the user": {named: true}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var outputs []Output
			plant := func() {
				for _, o := range outputs {
					victim := o.Path + ".victim"
					if err := os.WriteFile(victim, []byte("as it was"), 0o600); err != nil {
						t.Fatal(err)
					}
					_ = os.Remove(o.Path) // a report may be there already
					if err := os.Symlink(victim, o.Path); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, f := range Formats() {
				if c.late && f.Default == "" { // it has its name from the beginning
					continue
				}
				path := filepath.Join(dir, f.Default)
				if f.Default == "" {
					path = filepath.Join(dir, f.Flag)
				}
				o := Output{Format: f, Path: path}
				if !c.named {
					o.OutDir = dir
				}
				outputs = append(outputs, o)
			}
			if !c.late {
				plant()
			}
			sinks, err := Open(outputs)
			if err != nil {
				t.Fatal(err)
			}
			if c.late {
				plant()
			}
			l := NewLog(newClock().now, sinks...)
			l.Emit(t.Context(), Event{Kind: RunStart, Text: "links"})
			l.Emit(t.Context(), Event{Kind: RunEnd, Status: Failed, Error: "it failed"})
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			for _, o := range outputs {
				followed := c.named && o.Format.Name != "index" // which nobody names
				st, err := os.Lstat(o.Path)
				if err != nil || st.Mode().IsRegular() == followed {
					t.Errorf("the %s: %v, %v", o.Format.Name, st, err)
				}
				victim, err := os.ReadFile(o.Path + ".victim")
				if err != nil || (string(victim) == "as it was") == followed {
					t.Errorf("the %s: where the link led to is %.40q, %v", o.Format.Name, victim, err)
				}
			}
		})
	}
}

// TestReportsStayInOutDir makes the attack: an earlier run's guest has put a link where the directory of a report goes. One that
// leads to another place in the output directory is followed.
func TestReportsStayInOutDir(t *testing.T) {
	top := t.TempDir()
	out, victim := filepath.Join(top, "out"), filepath.Join(top, "victim")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(out, "inside"), 0o700), os.Mkdir(victim, 0o700), os.WriteFile(filepath.Join(victim, "junit.xml"), []byte("old"), 0o600),
		os.Symlink(victim, filepath.Join(out, "away")), os.Symlink("inside", filepath.Join(out, "near")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var junit Format
	for _, f := range Formats() {
		if f.InOutDir {
			junit = f
		}
	}
	for dir, want := range map[string]bool{"away": false, "away/sub": false, "near": true, "new/sub": true} {
		path := filepath.Join(out, dir, "junit.xml")
		sinks, err := Open([]Output{{Format: junit, Path: path, OutDir: out}})
		if (err == nil) != want || err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
		if err := closeAll(sinks); err != nil {
			t.Error(err)
		}
	}
	left, err := os.ReadDir(victim)
	b, rerr := os.ReadFile(filepath.Join(victim, "junit.xml"))
	if err != nil || rerr != nil || len(left) != 1 || string(b) != "old" {
		t.Errorf("outside there are %v, and the file has %q (%v, %v)", left, b, err, rerr)
	}
}
