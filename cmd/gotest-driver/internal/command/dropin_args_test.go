package command

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestArgparseArgs(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"--config F -o out", "--config F -o out"},
		{"--conf F", "--config F"},
		{"--conf=F", "--config=F"},
		{"--keep-m", "--keep-machine-state"},
		{"--output out", "--output-directory out"},
		{"--vlans 1 2 -o out script", "--vlans=1 2 -o out script"},
		{"--vlans -- script", "--vlans= -- script"},
		{"--start /a/run-a-vm /b/run-b-vm", "--start-scripts=/a/run-a-vm /b/run-b-vm"},
		{"--vlans=1 script", "--vlans=1 script"},
		{"--nothing", "--nothing"},
		{"-- --conf", "-- --conf"},
	} {
		got, err := argparseArgs(dropIn(nil).Flags(), strings.Fields(c.in))
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
		}
		if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s:\n%s", c.in, diff)
		}
	}
}

func TestArgparseAmbiguous(t *testing.T) {
	_, err := argparseArgs(dropIn(nil).Flags(), []string{"--vm"})
	if err == nil || !strings.Contains(err.Error(), "--vm-names or --vm-start-scripts") {
		t.Errorf("got %v", err)
	}
}
