package python

import "testing"

// TestDriverFunctions checks that what the Python driver has as methods of driver are the functions that they are here.
func TestDriverFunctions(t *testing.T) {
	for src, want := range map[string]string{
		"driver.start_all()\n":                                "start_all()\n",
		"with driver.subtest(\"x\"):\n    pass\n":             "for _ in subtest(\"x\"):\n    pass\n",
		"log.log_test_error(\"x\")\n":                         "log.error(\"x\")\n",
		"names = [m.name for m in driver.machines_qemu]\n":    "names = [m.name for m in machines_qemu]\n",
		"def subtest(x):\n    pass\ndriver.machines_nspawn\n": "def subtest(x):\n    pass\n\nmachines_nspawn\n",
	} {
		got, findings, err := Migrate("x.py", src)
		if err != nil || len(findings) > 0 || got != want {
			t.Errorf("%s becomes\n%s\nwant\n%s(%v, %v)", src, got, want, findings, err)
		}
	}
}
