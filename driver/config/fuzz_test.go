package config_test

import (
	"testing"

	"github.com/gotest-driver/gotest-driver/driver/config"
)

// FuzzParse: a configuration of any content is read, or is an error; its machines can be described.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`{"vms": {"a": {"start_script": "/bin/run-a-vm", "memory": 512, "vlans": [1]}}, "vlans": [1], "global_timeout": 5.5, "x": 1}`,
		`{"containers": {"a": {"container": "box", "name": "b"}}, "disable": ["z"], "script_language": "python", "test_script": "t.py"}`,
		`{"machines": {"a": {"image": "a.img", "qemu_options": ["-x"], "efi": true}, "b": null}, "global_timeout": null}`, `{"vms": [`, `{"config": 5}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := config.Parse("x.json", text)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without text")
			}
			return
		}
		for name, m := range c.All() {
			if m.Name == "" || m.StartScript == "" && m.Check() != nil {
				t.Errorf("machine %q: %+v: %v", name, m, m.Check())
			}
		}
		if c.GlobalTimeout < 0 {
			t.Errorf("a time limit of %s", c.GlobalTimeout)
		}
	})
}

// FuzzEnv: environment variables of any content are read, or are an error.
func FuzzEnv(f *testing.F) {
	f.Add("run-a-vm run-b-nspawn", "1 2", "5.5", "a b")
	f.Fuzz(func(t *testing.T, scripts, vlans, timeout, names string) {
		values := map[string]string{"startScripts": scripts, "vlans": vlans, "globalTimeout": timeout, "vmNames": names, "vmStartScripts": scripts}
		c, err := config.FromEnv(func(name string) string { return values[name] })
		if err == nil && c.GlobalTimeout < 0 {
			t.Errorf("a time limit of %s", c.GlobalTimeout)
		}
	})
}
