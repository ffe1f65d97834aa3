package vlan

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// String returns the faults for a log; it is empty when there are none.
func (f Faults) String() string {
	var all []string
	if len(f.groups) > 0 {
		var groups []string
		for _, g := range f.groups {
			groups = append(groups, strings.Join(g, ", "))
		}
		all = append(all, "partition "+strings.Join(groups, " | "))
	}
	same := map[string][]string{} // the machines with the same impairment
	for name, i := range f.impair {
		if s := i.String(); s != "" {
			same[s] = append(same[s], name)
		}
	}
	for _, s := range slices.Sorted(maps.Keys(same)) {
		slices.Sort(same[s])
		all = append(all, strings.Join(same[s], ", ")+": "+s)
	}
	return strings.Join(all, "; ")
}

// String returns the impairment as a script writes it; it is empty when there is none.
func (i Impairment) String() string {
	var all []string
	for _, p := range []struct {
		name  string
		value float64
	}{{"loss", i.Loss}, {"duplicate", i.Duplicate}, {"delay", i.Delay}, {"jitter", i.Jitter}, {"rate", float64(i.Rate)}} {
		if p.value != 0 {
			all = append(all, p.name+"="+strconv.FormatFloat(p.value, 'f', -1, 64))
		}
	}
	return strings.Join(all, " ")
}
