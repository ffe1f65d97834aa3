package report

import (
	"os"
	"path/filepath"
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
				outputs = append(outputs, Output{Format: f, Path: path, InOutDir: !c.named})
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
