package libvirt_test

import (
	"context"
	"fmt"
	"os"

	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/libvirt"
	"github.com/gotest-driver/gotest-driver/report"
)

// A machine on another host runs a command.
func Example() {
	ctx := context.Background()
	host, err := libvirt.Open(ctx, "qemu+tls://lab1/system")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer host.Close()
	log := report.NewLog(nil, report.NewPlain(os.Stderr, report.PlainOptions{}))
	defer log.Close()
	spec := libvirt.Spec{Kernel: "vmlinuz", Initrd: "initrd", Cmdline: "console=ttyS0", Memory: 512}
	m, err := machine.New(machine.Options{Name: "server", Log: log, StateDir: os.TempDir(),
		Backend: &libvirt.Backend{Host: host, Spec: func() libvirt.Spec { return spec }}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	fmt.Println(m.Succeed(ctx, "uname -r", 0))
}
