package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/internal/programs"
)

// TestDoctor takes one program away after the other: the doctor names it, what it is for, and how to get it, and nothing else.
func TestDoctor(t *testing.T) {
	dir := t.TempDir()
	for _, p := range []string{"qemu-system-x86_64", "vde_switch", "vde_plug", "vde_plug2tap", "wirefilter", "systemd-nspawn", "nsenter",
		"unshare", "setpriv", "ip", "bash", "tar", "mmdebstrap", "mke2fs", "systemctl", "python3", "mypy"} {
		path := "/usr/bin/" + p // not a wrapper of the user's
		if _, err := os.Stat(path); err != nil {
			var ok bool
			if path, ok = programs.Find(p); !ok {
				t.Skip("needs " + p)
			}
		}
		if err := os.Symlink(path, filepath.Join(dir, p)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	t.Setenv("GOTEST_QEMU", "")
	t.Setenv("GOTEST_NET", "")
	t.Setenv("GOTEST_PYTHON", "")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	look := func() (string, error) {
		var out strings.Builder
		err := examine(t.Context(), &out, parts)
		return out.String(), err
	}
	whole, err := look()
	if err != nil || strings.Contains(whole, "comes with") {
		t.Fatalf("with all programs: %v\n%s", err, whole)
	}
	for _, c := range []struct {
		program string
		lines   []string // the parts that are worse without it
		fatal   bool
	}{
		{"qemu-system-x86_64", []string{"machines", "networks"}, true},
		{"vde_switch", []string{"networks"}, false},
		{"vde_plug", []string{"networks"}, false},
		{"wirefilter", []string{"networks"}, false},
		{"vde_plug2tap", []string{"containers"}, false},
		{"systemd-nspawn", []string{"containers"}, false},
		{"mmdebstrap", []string{"building guests"}, false},
		{"python3", []string{"Python scripts"}, false},
		{"mypy", []string{"Python scripts"}, false},
	} {
		t.Run(c.program, func(t *testing.T) {
			link := filepath.Join(dir, c.program)
			if err := os.Rename(link, link+".away"); err != nil {
				t.Fatal(err)
			}
			defer os.Rename(link+".away", link)
			if _, ok := programs.Find(c.program); ok {
				t.Skip("it is in a directory of root's")
			}
			got, err := look()
			if (err != nil) != c.fatal {
				t.Errorf("error %v", err)
			}
			if want := "\nWhat is missing comes with: " + programs.Install(c.program) + "\n"; !strings.HasSuffix(got, want) {
				t.Errorf("the end is not %q", want)
			}
			var worse []string
			before := strings.Split(whole, "\n")
			for i, line := range strings.Split(got, "\n")[:len(parts)+2] {
				if line != before[i] && !strings.Contains(line, " room ") {
					worse = append(worse, strings.TrimSpace(line[strings.Index(line, " "):][:17]))
				}
			}
			if strings.Join(worse, ", ") != strings.Join(c.lines, ", ") {
				t.Errorf("worse are %q, want %q", worse, c.lines)
			}
			if t.Failed() {
				t.Log(got)
			}
		})
	}
}
