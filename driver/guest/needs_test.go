package guest

import "testing"

func TestNeeds(t *testing.T) {
	for _, name := range Names() {
		memory, cores := Needs(name)
		if vm := name != "container"; vm != (memory >= 128 && cores >= 1) {
			t.Errorf("%s: %d MiB, %d processors", name, memory, cores)
		}
	}
	if memory, cores := Needs("nothing"); memory != 0 || cores != 0 {
		t.Errorf("an unknown guest: %d, %d", memory, cores)
	}
}
