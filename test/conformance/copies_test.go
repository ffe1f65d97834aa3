package conformance_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// plant has a guest put links to a directory of the host in the place of all that it finds in the shared directory, and
// into it, as long as the machine runs. It counts them.
const plant = `victim=%s
(n=0; while :; do
  for p in /tmp/shared/copy-*; do
    [[ -e $p && ! -L $p ]] || continue
    if [[ -d $p ]]; then ln -s "$victim" "$p/d"; mv "$p" /tmp/shared/moved$n; else rm "$p"; fi
    ln -s "$victim" "$p"
    echo "$((++n))" >/tmp/planted
  done
done) >/dev/null 2>&1 &`

// TestHostileGuest: a guest that plants links in the shared directory while files are copied has the host neither write nor
// read elsewhere.
func TestHostileGuest(t *testing.T) {
	m := guestUp(t)
	victim, source := filepath.Join(t.TempDir(), "victim"), filepath.Join(t.TempDir(), "d")
	for path, content := range map[string]string{victim + "/file": "the host's", victim + "/d/file": "the host's", source + "/file": "copied"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Succeed(t.Context(), "mkdir /root/d; echo copied >/root/d/file;"+fmt.Sprintf(plant, victim), time.Minute); err != nil {
		t.Fatal(err)
	}
	planted := 0
	for range 100 {
		m.CopyFromHost(t.Context(), source, "/tmp/x") // fails or not
		m.CopyFromMachine(t.Context(), "/root/d", "")
		out, err := m.Succeed(t.Context(), "cat /tmp/planted || true", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if planted, _ = strconv.Atoi(strings.TrimSpace(out)); planted >= 5 {
			break
		}
	}
	if planted < 5 {
		t.Errorf("the guest has planted %d links", planted)
	}
	check := func(dir, wrong string) {
		err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			if b, err := os.ReadFile(p); err != nil || strings.Contains(string(b), wrong) {
				t.Errorf("%s holds %q, %v", p, b, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	check(victim, "copied")
	check(m.OutDir(), "the host's")
}
