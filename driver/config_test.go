package driver_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/driver"
)

// TestFrameworkConfigurations: what the test frameworks of nixpkgs' releases hand to their driver means the same
// machines and networks, and none of it is unknown.
func TestFrameworkConfigurations(t *testing.T) {
	vms := map[string]driver.MachineConfig{
		"client": {Name: "client", StartScript: "/nix/store/a-nixos-vm/bin/run-client-vm"},
		"web-1":  {Name: "web-1", StartScript: "/nix/store/b-nixos-vm/bin/run-web-1-vm"},
	}
	containers := map[string]driver.MachineConfig{
		"box": {Name: "box", StartScript: "/nix/store/c-run-box-nspawn/bin/run-box-nspawn"},
	}
	const machines = `"vms":{"client":{"name":"client","start_script":"/nix/store/a-nixos-vm/bin/run-client-vm"},` +
		`"web-1":{"name":"web-1","start_script":"/nix/store/b-nixos-vm/bin/run-web-1-vm"}},`
	for _, test := range []struct {
		form       string
		json       string
		env        map[string]string
		containers map[string]driver.MachineConfig
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
			containers: map[string]driver.MachineConfig{},
		},
	} {
		var c *driver.Config
		var err error
		if test.json != "" {
			c, err = driver.ParseConfig("/nix/store/h-driverConfiguration.json", []byte(test.json))
		} else {
			c, err = driver.ConfigFromEnv(func(name string) string { return test.env[name] })
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

// TestUnknownKeys: keys of a nixpkgs to come don't stop the driver; it tells of each.
func TestUnknownKeys(t *testing.T) {
	c, err := driver.ParseConfig("x.json", []byte(`{"vms":{"a":{"name":"a","start_script":"/run-a-vm","color":"red"}},"hologram":{"depth":3}}`))
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
