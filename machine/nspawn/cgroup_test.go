package nspawn

import (
	"slices"
	"testing"
)

func TestHierarchies(t *testing.T) {
	const hybrid = "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nosuid 0 0\ncgroup /sys/fs/cgroup/systemd cgroup rw,xattr,name=systemd 0 0\n" +
		"cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n"
	for name, c := range map[string]struct {
		mounts, own string
		there       []string // the driver's own groups, where they are visible
		want        []string // nil: an error
	}{
		"unified": {"proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", "0::/user.slice/x.scope\n",
			[]string{"/sys/fs/cgroup/user.slice/x.scope"}, []string{"/sys/fs/cgroup/user.slice/x.scope"}},
		"own group outside of the namespace": {"cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", "0::/../../x.scope\n", nil, []string{"/sys/fs/cgroup"}},
		"mounted twice":                      {"cgroup2 /a cgroup2 rw 0 0\ncgroup2 /b cgroup2 rw 0 0\n", "0::/\n", []string{"/a", "/b"}, []string{"/a"}},
		"hybrid": {hybrid, "4:memory:/m\n1:name=systemd:/init.scope\n0::/u\n", []string{"/sys/fs/cgroup/systemd/init.scope", "/sys/fs/cgroup/unified/m"},
			[]string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd/init.scope"}},
		"version 1 only": {"cgroup /sys/fs/cgroup/systemd cgroup rw,name=systemd 0 0\n", "1:name=systemd:/\n", nil, nil},
		"none":           {"proc /proc proc rw 0 0\nshort line\n", "", nil, nil},
	} {
		got, err := hierarchies(c.mounts, c.own, func(dir string) bool { return slices.Contains(c.there, dir) })
		if !slices.Equal(got, c.want) || (err == nil) != (c.want != nil) {
			t.Errorf("%s: %q, error %v; want %q", name, got, err, c.want)
		}
	}
}
