package vlan

import "testing"

func TestFaultsString(t *testing.T) {
	for _, tt := range []struct {
		f    Faults
		want string
	}{
		{Faults{}, ""},
		{Faults{impair: map[string]Impairment{"a": {}}}, ""},
		{Faults{groups: [][]string{{"a", "b"}, {"c"}}}, "partition a, b | c"},
		{Faults{groups: [][]string{{"a"}}, impair: map[string]Impairment{"b": {Loss: 12.5, Delay: 100}, "a": {Loss: 12.5, Delay: 100}, "c": {Rate: 1000000}}},
			"partition a; a, b: loss=12.5 delay=100; c: rate=1000000"},
	} {
		if got := tt.f.String(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
