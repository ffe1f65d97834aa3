package vlan_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// The driver starts networks and makes machines their members; a test makes faults.
func Example() {
	ctx := context.Background()
	d, err := driver.New(ctx, driver.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	for _, name := range []string{"a", "b", "c"} {
		if _, err := d.CreateMachine(ctx, driver.MachineConfig{Name: name, Guest: "tiny", VLANs: []int{1}}); err != nil {
			log.Fatal(err)
		}
	}
	network, err := d.VLAN(ctx, 1)
	if err != nil {
		log.Fatal(err)
	}
	stop, err := network.Capture(ctx, "packets.pcap")
	if err != nil {
		log.Fatal(err)
	}
	defer stop()
	if err := network.Impair(ctx, "a", vlan.Impairment{Delay: 200, Loss: 10}); err != nil {
		log.Fatal(err)
	}
	if err := network.Partition(ctx, [][]string{{"a"}, {"b", "c"}}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(network.Faults())
	if err := network.Heal(ctx, ""); err != nil {
		log.Fatal(err)
	}
}

func ExampleImpairment() {
	fmt.Println(vlan.Impairment{Loss: 2.5, Delay: 200, Jitter: 20})
	// Output: loss=2.5 delay=200 jitter=20
}
