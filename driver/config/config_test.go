package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/driver/config"
)

// TestFrameworkConfigurations: the configurations that the test frameworks of nixpkgs' releases give to their driver
// mean the same machines and networks, and have no unknown keys.
func TestFrameworkConfigurations(t *testing.T) {
	vms := map[string]config.Machine{
		"client": {Name: "client", StartScript: "/nix/store/a-nixos-vm/bin/run-client-vm"},
		"web-1":  {Name: "web-1", StartScript: "/nix/store/b-nixos-vm/bin/run-web-1-vm"},
	}
	containers := map[string]config.Machine{
		"box": {Name: "box", StartScript: "/nix/store/c-run-box-nspawn/bin/run-box-nspawn"},
	}
	const machines = `"vms":{"client":{"name":"client","start_script":"/nix/store/a-nixos-vm/bin/run-client-vm"},` +
		`"web-1":{"name":"web-1","start_script":"/nix/store/b-nixos-vm/bin/run-web-1-vm"}},`
	for _, test := range []struct {
		form       string
		json       string
		env        map[string]string
		containers map[string]config.Machine
		backdoor   bool
	}{
		{
			form: "26.05",
			json: `{"containers":{"box":{"name":"box","start_script":"/nix/store/c-run-box-nspawn/bin/run-box-nspawn"}},` +
				`"enable_ssh_backdoor":true,"global_timeout":77,"test_script":"/nix/store/d-test-script",` + machines + `"vlans":[9,3,1]}`,
			containers: containers,
			backdoor:   true,
		},
		{
			form: "displays of containers, and their viewers in the interactive driver",
			json: `{"containers":{"box":{"display_exporters":{"x11":{"kind":"x11-vnc","relay":"/nix/store/e-socat/bin/socat",` +
				`"server":"/nix/store/f-x11vnc/bin/x11vnc"}},"display_targets":[{"backend":"x11","display":":0","xauthority":"/root/.Xauthority"}],` +
				`"name":"box","start_script":"/nix/store/c-run-box-nspawn/bin/run-box-nspawn"}},` +
				`"display_viewers":{"vnc":{"executable":"/nix/store/g-virt-viewer/bin/remote-viewer","kind":"vnc"}},` +
				`"enable_ssh_backdoor":false,"global_timeout":77,` + machines + `"test_script":"/nix/store/d-test-script","vlans":[9,3,1]}`,
			containers: containers,
		},
		{
			form: "between 25.11 and 26.05",
			env: map[string]string{
				"vmNames": "client web-1", "vmStartScripts": "/nix/store/a-nixos-vm/bin/run-client-vm /nix/store/b-nixos-vm/bin/run-web-1-vm",
				"containerNames": "box", "containerStartScripts": "/nix/store/c-run-box-nspawn/bin/run-box-nspawn",
				"vlans": "9 3 1", "testScript": "/nix/store/d-test-script", "globalTimeout": "77",
			},
			containers: containers,
		},
		{
			form: "25.11 and before",
			env: map[string]string{
				"startScripts": "/nix/store/a-nixos-vm/bin/run-client-vm /nix/store/b-nixos-vm/bin/run-web-1-vm",
				"vlans":        "9 3 1 1", "testScript": "/nix/store/d-test-script", "globalTimeout": "77",
			},
			containers: map[string]config.Machine{},
		},
	} {
		var c *config.Config
		var err error
		if test.json != "" {
			c, err = config.Parse("/nix/store/h-driverConfiguration.json", []byte(test.json))
		} else {
			c, err = config.FromEnv(func(name string) string { return test.env[name] })
		}
		if err != nil {
			t.Errorf("%s: %v", test.form, err)
			continue
		}
		for _, part := range []struct{ got, want any }{
			{c.VMs, vms},
			{c.Containers, test.containers},
			{c.VLANs, []int{9, 3, 1}},
			{c.GlobalTimeout, 77 * time.Second},
			{c.EnableSSHBackdoor, test.backdoor},
			{c.TestScript, "/nix/store/d-test-script"},
			{c.Unknown, []string(nil)},
		} {
			if !reflect.DeepEqual(part.got, part.want) {
				t.Errorf("%s: got %+v, want %+v", test.form, part.got, part.want)
			}
		}
	}
}

// TestUnknownKeys: keys of future versions of nixpkgs don't stop the driver; it reports each.
func TestUnknownKeys(t *testing.T) {
	c, err := config.Parse("x.json", []byte(`{"vms":{"a":{"name":"a","start_script":"/run-a-vm","color":"red"}},"hologram":{"depth":3}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{`"hologram"`, `"vms.a.color"`} {
		if !slices.ContainsFunc(c.Unknown, func(line string) bool { return strings.Contains(line, key) }) {
			t.Errorf("%q does not tell of %s", c.Unknown, key)
		}
	}
	if len(c.Unknown) != 2 {
		t.Errorf("got %q, want two lines", c.Unknown)
	}
}

// TestForScript: a gotest.json describes machines, or adds to the configuration that it names. A named file replaces
// it, except for what it disables.
func TestForScript(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	base := write("base.json", `{"vms": {"a": {"start_script": "x"}, "b": {"image": "b.img"}}, "vlans": [1], "global_timeout": 9}`)
	project := write("named/gotest.json", `{"config": "../base.json", "containers": {"a": {"container": "box"}}, "global_timeout": 5, "disable": ["z"]}`)
	alone := write("alone/gotest.json", `{"machines": {"c": {"guest": "tiny"}}}`)
	write("circle/gotest.json", `{"config": "gotest.json"}`)
	write(".git/HEAD", "")

	for _, c := range []struct {
		script, file string
		want         config.Config
	}{
		{"s.star", "", config.Config{}},
		{"alone/deep/s.star", "", config.Config{Files: []string{alone}, VMs: map[string]config.Machine{"c": {Name: "c", Guest: "tiny"}}}},
		{"named/s.star", "", config.Config{
			File: base, Files: []string{base, project}, VLANs: []int{1}, GlobalTimeout: 5 * time.Second, Disable: []string{"z"},
			VMs:        map[string]config.Machine{"b": {Name: "b", Image: filepath.Join(dir, "b.img")}},
			Containers: map[string]config.Machine{"a": {Name: "a", Container: "box"}},
		}},
		{"named/s.star", alone, config.Config{
			File: alone, Files: []string{alone, project}, Disable: []string{"z"}, VMs: map[string]config.Machine{"c": {Name: "c", Guest: "tiny"}},
		}},
	} {
		got, err := config.ForScript(filepath.Join(dir, c.script), c.file)
		if err != nil {
			t.Errorf("%s: %v", c.script, err)
			continue
		}
		got.Raw = nil
		for _, m := range []*map[string]config.Machine{&c.want.VMs, &c.want.Containers} {
			if *m == nil {
				*m = map[string]config.Machine{}
			}
		}
		if !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.script, *got, c.want)
		}
	}
	if _, err := config.ForScript(filepath.Join(dir, "circle/s.star"), ""); err == nil || !strings.Contains(err.Error(), "circle/gotest.json: config: must be absent") {
		t.Errorf("a file that names itself: %v", err)
	}
}

// TestForeignProject makes the attack: another user puts a gotest.json with a start command above or beside a script. It is
// read only if nobody else could write it, and the error says what to do. A named configuration is read all the same.
func TestForeignProject(t *testing.T) {
	const evil = `{"machines": {"evil": {"start_script": "touch /tmp/owned"}}}`
	for name, c := range map[string]struct {
		plant func(t *testing.T, dir string) // makes dir/gotest.json; the script is dir/own/test.star
		want  string                         // in the error; empty: it is read
	}{
		"in a directory such as /tmp": {func(t *testing.T, dir string) {
			chmod(t, dir, 0o777|fs.ModeSticky)
		}, "others can write to DIR"},
		"where all can write": {func(t *testing.T, dir string) { chmod(t, dir, 0o777) }, "all users can write DIR (chmod o-w"},
		"above a directory where all can write": {func(t *testing.T, dir string) {
			chmod(t, filepath.Join(dir, "own"), 0o777)
		}, "all users can write DIR/own (chmod o-w"},
		"that all can write": {func(t *testing.T, dir string) {
			chmod(t, filepath.Join(dir, "gotest.json"), 0o666)
		}, "all users can write DIR/gotest.json (chmod o-w"},
		"that another group can write": {func(t *testing.T, dir string) {
			chown(t, filepath.Join(dir, "gotest.json"), -1, 65534)
			chmod(t, filepath.Join(dir, "gotest.json"), 0o664)
		}, "the group of DIR/gotest.json can write it"},
		"of another user": {func(t *testing.T, dir string) {
			chown(t, filepath.Join(dir, "gotest.json"), 65534, -1)
		}, "DIR/gotest.json belongs to another user (number 65534)"},
		"of another user, beside the script": {func(t *testing.T, dir string) {
			file := filepath.Join(dir, "own/gotest.json")
			if err := os.WriteFile(file, []byte(evil), 0o644); err != nil {
				t.Fatal(err)
			}
			chown(t, file, 65534, -1)
		}, "DIR/own/gotest.json belongs to another user"},
		"that is a link of another user": {func(t *testing.T, dir string) {
			file := filepath.Join(dir, "gotest.json")
			if err := errors.Join(os.Rename(file, filepath.Join(dir, "mine.json")), os.Symlink("mine.json", file)); err != nil {
				t.Fatal(err)
			}
			chown(t, file, 65534, -1)
		}, "DIR/gotest.json belongs to another user"},
		"that names a file of another user": {func(t *testing.T, dir string) {
			file := filepath.Join(dir, "theirs.json")
			if err := errors.Join(os.WriteFile(file, []byte(evil), 0o644), os.WriteFile(filepath.Join(dir, "gotest.json"), []byte(`{"config": "theirs.json"}`), 0o644)); err != nil {
				t.Fatal(err)
			}
			chown(t, file, 65534, -1)
		}, "DIR/theirs.json belongs to another user"},
		"that is a pipe": {func(t *testing.T, dir string) {
			file := filepath.Join(dir, "gotest.json")
			if err := errors.Join(os.Remove(file), syscall.Mkfifo(file, 0o600)); err != nil {
				t.Fatal(err)
			}
		}, "DIR/gotest.json is a named pipe, not a file"},
		"of this user alone": {func(*testing.T, string) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			own := filepath.Join(dir, "own")
			chmod(t, dir, 0o755)
			if err := errors.Join(os.Mkdir(own, 0o755), os.WriteFile(filepath.Join(dir, "gotest.json"), []byte(evil), 0o644),
				os.WriteFile(filepath.Join(dir, "named.json"), []byte(`{"vms": {"good": {"guest": "tiny"}}}`), 0o644)); err != nil {
				t.Fatal(err)
			}
			c.plant(t, dir)
			script := filepath.Join(own, "test.star")
			got, err := config.ForScript(script, "")
			switch want := strings.ReplaceAll(c.want, "DIR", dir); {
			case want == "":
				if err != nil || got.VMs["evil"].StartScript == "" {
					t.Errorf("got %v, %v", got, err)
				}
			case err == nil || !strings.Contains(err.Error(), want):
				t.Errorf("got %v, want %s", err, want)
			}
			if c.want != "DIR/gotest.json is a named pipe, not a file" {
				if got, err := config.ForScript(script, filepath.Join(dir, "named.json")); err != nil || got.VMs["good"].Guest != "tiny" {
					t.Errorf("with a configuration that the user names: %v, %v", got, err)
				}
			}
		})
	}
}

func chmod(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func chown(t *testing.T, path string, uid, gid int) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root gives files away")
	}
	if err := os.Lchown(path, uid, gid); err != nil {
		t.Fatal(err)
	}
}

// TestWrongValues: each wrong value has one error, which names the key and what the value must be.
func TestWrongValues(t *testing.T) {
	_, err := config.Parse("x.json", []byte(`{"vms": {"a": 3}, "vlans": "x", "global_timeout": -1, "networks": "vdee", "script_language": "perl",
		"machines": {"b": {"memory": "much", "guest": "tiny"}, "c": {}, "d": {"guest": "tiny", "memory": -5, "cores": 0, "boot_timeout": 0},
			"two words": {"guest": "tiny"}, "e": {"guest": "tiny", "image": "x.img"}, "f": {"guest": "tiny", "keyboard": "dvorack"}, "g": {"guest": "tiny", "ocr_language": "../x"}, "h": {"kernel": "k", "access": "auto"}, "i": {"kernel": "k", "access": "none"}, "j": {"guest": "tiny", "access": "none"}}, "containers": {"b": {"container": "box"}}}`))
	want := []string{
		`x.json: vms: must be an object of machines, each an object`, `x.json: vlans: must be a list of whole numbers`,
		`x.json: global_timeout: must be a number of seconds that is not negative`, `x.json: networks: must be "vde" or "hub"`, `x.json: script_language: must be "starlark", "python" or "auto"`,
		`x.json: machines.b.memory: must be a whole number (MiB), more than 0`, `x.json: machines.d.memory: must be a whole number (MiB), more than 0`,
		`x.json: machines.d.cores: must be a whole number, more than 0`,
		`x.json: machines.d.boot_timeout: must be a number of seconds that is more than 0`,
		`x.json: machines.two words: "two words" can't be a host name: want at most 63 letters, digits, hyphens and underscores, with a letter or a digit at both ends`,
		`x.json: machines.e: describe it in one way: a start command, a guest, an image and/or a kernel, or a container`, `x.json: machines.c: "start_script" is missing (or "guest", "image", "kernel", "container")`,
		`x.json: machines.g: ocr_language "../x": want Tesseract's names of languages, such as "deu", several joined by +`,
		`x.json: machines.h: access "auto" is for a machine with an image, and only "none" also for one with a kernel alone`,
		`x.json: machines.j: access "none" is for a machine with an image, and only "none" also for one with a kernel alone`,
		`x.json: machines.f: there is no keyboard layout "dvorack" (did you mean dvorak?)`,
		`x.json: the machine "b" is described twice, in "machines" and in "containers"`,
	}
	if err == nil {
		t.Fatal("no error")
	}
	got := strings.Split(err.Error(), "\n")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestBootTimeout(t *testing.T) {
	c, err := config.Parse("x.json", []byte(`{"vms": {"a": {"guest": "tiny", "boot_timeout": 1.5}, "b": {"guest": "tiny"}}}`))
	if err != nil || c.VMs["a"].BootTimeout != 1500*time.Millisecond || c.VMs["b"].BootTimeout != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestDoubledKeys: of two machines with one name, JSON readers see the last; the error has the line of the second.
func TestDoubledKeys(t *testing.T) {
	for text, want := range map[string]string{
		"{\"vms\": {\n\"a\": {\"guest\": \"tiny\"},\n\"a\": {\"guest\": \"debian\"}}}":           `x.json:3: the key "a" stands twice`,
		"{\"vlans\": [1, 2],\n\n\"vms\": {},\n\"vlans\": []}":                                    `x.json:4: the key "vlans" stands twice`,
		"{\"vms\": {\"a\": {\"qemu_options\": [\"a\", \"a\"],\n \"efi\": true, \"efi\": true}}}": `x.json:2: the key "efi" stands twice`,
		"{\"vms\": {\n\n}": `x.json:3: not valid JSON`,
	} {
		if _, err := config.Parse("x.json", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if _, err := config.Parse("x.json", []byte(`{"vms": {"a": {"name": "a", "guest": "tiny", "vlans": [1, 1]}, "b": {"name": "a", "guest": "tiny", "vlans": [1]}}}`)); err != nil {
		t.Errorf("the same key in different objects: %v", err)
	}
}

func TestFailOn(t *testing.T) {
	c, err := config.Parse("x.json", []byte(`{"fail_on": ["oops"], "vms": {"a": {"guest": "tiny"}, "b": {"guest": "tiny", "fail_on": ["bug", "core_dump"]}}}`))
	if err != nil || !slices.Equal(c.FailOn, []string{"oops"}) || c.VMs["a"].FailOn != nil || !slices.Equal(c.VMs["b"].FailOn, []string{"bug", "core_dump"}) {
		t.Errorf("%+v, %v", c, err)
	}
	for text, want := range map[string]string{
		`{"fail_on": ["opps"]}`:                                   `x.json: fail_on: "opps" is no kind of trouble of a kernel (did you mean oops?)`,
		`{"vms": {"a": {"guest": "tiny", "fail_on": ["crash"]}}}`: `x.json: vms.a: fail_on: "crash" is no kind of trouble of a kernel`,
		`{"fail_on": "oops"}`:                                     `x.json: fail_on: must be a list of strings`,
	} {
		if _, err := config.Parse("x.json", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
