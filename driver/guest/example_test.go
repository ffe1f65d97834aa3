package guest_test

import (
	"context"
	"fmt"
	"log"
	"net/netip"

	"github.com/gotest-driver/gotest-driver/driver/guest"
)

// A guest under plain QEMU, without the driver.
func ExampleEnsure() {
	image, err := guest.Ensure(context.Background(), "tiny", guest.Options{
		Progress: func(p guest.Progress) { fmt.Println(p.Text) },
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("qemu-system-x86_64 -m", image.Memory, "-kernel", image.Kernel, "-initrd", image.Initrd)
}

func ExampleNames() {
	fmt.Println(guest.Names())
	// Output: [tiny debian desktop container]
}

func ExampleWords() {
	w := guest.Words{Hostname: "client", Hosts: map[string]netip.Addr{"server": netip.MustParseAddr("192.168.1.1")}}
	fmt.Println(w.Cmdline())
	// Output: [gotest.hostname=client gotest.hosts=server=192.168.1.1]
}
