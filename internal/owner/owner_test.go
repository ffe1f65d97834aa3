package owner

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMakeDir: a directory that another user has made, that others can write to, or that is a link is refused.
func TestMakeDir(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		os.Mkdir(at("open"), 0), os.Chmod(at("open"), 0o777), os.Mkdir(at("shared"), 0), os.Chmod(at("shared"), 0o777|os.ModeSticky),
		os.Symlink(dir, at("link")), os.Mkdir(at("foreign"), 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := MakeDir(at("new/state")); err != nil {
		t.Error(err)
	}
	for _, made := range []string{"new", "new/state"} {
		if st, err := os.Stat(at(made)); err != nil || st.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", made, st, err)
		}
	}
	wants := map[string]string{"open": "all users can write", "shared": "others can write to", "link": "is a link"}
	if os.Getuid() == 0 {
		if err := os.Chown(at("foreign"), 65534, 65534); err != nil {
			t.Fatal(err)
		}
		wants["foreign"] = "belongs to another user (number 65534)"
	}
	for name, want := range wants {
		if err := MakeDir(at(name)); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), at(name)) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

// TestSudo: root trusts the user who called sudo, nobody else does.
func TestSudo(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root gives files away")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(file, 4711, 4711); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	for uid, trusted := range map[string]bool{"": false, "4712": false, "x": false, "4711": true} {
		t.Setenv("SUDO_UID", uid)
		if err := Check(file, info); (err == nil) != trusted {
			t.Errorf("SUDO_UID=%q: %v", uid, err)
		}
	}
}
