package suite

import (
	"path/filepath"
	"testing"

	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/driver/guest/stock"
)

func TestMachines(t *testing.T) {
	dir := tree(t, map[string]string{
		"lib.star": "def pair():\n    a = create_machine(guest = 'tiny', name = 'a')\n    b = create_machine(guest = 'tiny', name = 'b')\n    return a, b\n\ndef unused():\n    create_machine(guest = 'debian')\n",
		"run-vm":   "#!/bin/sh\nexec qemu-system-x86_64 -m 2048 -smp 3 \"$@\"\n",
	})
	const tiny, debian = 256<<20 + qemuOverhead, 1024<<20 + qemuOverhead
	for _, c := range []struct {
		src    string
		memory int64
		cores  float64
	}{
		{"print('x')\n", 0, 0.5},
		{"m = create_machine(guest = 'tiny')\n", tiny, 1},
		{"m: Machine = create_machine(guest = \"debian\", memory = 300, cores = 4)\n", 300<<20 + qemuOverhead, 4},
		{"for i in range(3):\n    create_machine(guest = 'tiny', name = 'm%d' % i)\n", 3 * tiny, 3},
		{"ms = [create_machine(guest = 'tiny', name = n) for n in ['a', 'b']]\n", 2 * tiny, 2},
		{"for n in names():\n    create_machine(guest = 'tiny', name = n)\n", 2 * tiny, 2},
		{"for _ in subtest('x'):\n    create_machine(guest = 'tiny')\n", tiny, 1},
		{"def mk(n):\n    return create_machine(guest = 'tiny', name = n)\na = mk('a')\nb = mk('b')\n", 2 * tiny, 2},
		{"def test_a():\n    create_machine(guest = 'debian')\n", debian, 2},
		{"def f():\n    f()\n    create_machine(guest = 'tiny')\nf()\n", tiny, 1},
		{"load('lib.star', 'pair')\nx = pair()\n", 2 * tiny, 2},
		{"load('lib.star', two = 'pair')\nx = two()\ny = two()\n", 4 * tiny, 4},
		{"create_machine('" + filepath.Join(dir, "run-vm") + "')\n", 2048<<20 + qemuOverhead, 3},
		{"create_machine('qemu -m 1G')\n", 1024<<20 + qemuOverhead, 1},
		{"create_machine(container = 'container')\n", containerMemory, 0.5},
		{"create_machine(image = 'x.qcow2')\n", stock.Memory<<20 + qemuOverhead, 1},
		{"x = (\n", unknownMemory - overhead, unknownCores},
	} {
		memory, cores, _ := Machines(filepath.Join(dir, "t.star"), []byte(c.src), nil)
		if memory != c.memory+overhead || cores != c.cores {
			t.Errorf("%q: %d MiB, %g; want %d MiB, %g", c.src, memory>>20, cores, (c.memory+overhead)>>20, c.cores)
		}
	}
	conf := config.New()
	conf.VMs["a"] = config.Machine{Name: "a", Guest: "tiny", Memory: 400}
	conf.Containers["c"] = config.Machine{Name: "c", Container: "container"}
	if memory, cores, _ := Machines("t.py", []byte("a.succeed('true')\n"), conf); memory != 400<<20+qemuOverhead+containerMemory+overhead || cores != 1.5 {
		t.Errorf("%d MiB, %g", memory>>20, cores)
	}
}
