package driver

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/machine"
)

// TestChaosSteps: a seed makes the same faults each time, and others than another one; each fault and machine is met.
func TestChaosSteps(t *testing.T) {
	steps := func(seed int64) (list []step) {
		o := ChaosOptions{Machines: make([]*machine.Machine, 3), Faults: []string{"freeze", "crash"}, Seed: seed}
		for s := range o.steps {
			if list = append(list, s); len(list) == 100 {
				break
			}
		}
		return list
	}
	first := steps(7)
	if !reflect.DeepEqual(first, steps(7)) {
		t.Error("the same seed makes other faults")
	}
	if reflect.DeepEqual(first, steps(8)) {
		t.Error("another seed makes the same faults")
	}
	for n := range 3 {
		for _, fault := range []string{"freeze", "crash"} {
			if !slices.ContainsFunc(first, func(s step) bool { return s.machine == n && s.fault == fault }) {
				t.Errorf("machine %d never meets %s", n, fault)
			}
		}
	}
	for _, s := range first {
		if s.lasts < 0.2 || s.lasts > 0.8 {
			t.Errorf("a fault lasts for the part %v", s.lasts)
		}
	}
}

// TestChaosCheck: what can't be is told before anything happens.
func TestChaosCheck(t *testing.T) {
	some := []*machine.Machine{nil}
	for want, o := range map[string]ChaosOptions{
		"needs a machine":              {Every: time.Second},
		"want more than 0":             {Machines: some},
		"did you mean freeze":          {Machines: some, Every: time.Second, Faults: []string{"freze"}},
		"there are: block, clock_jump": {Machines: some, Every: time.Second, Faults: []string{"earthquake"}},
	} {
		if err := o.check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}
