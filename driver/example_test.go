package driver_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"regexp"
	"time"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/report"
)

// Two machines on one network. In a Go test, t.Context, t.TempDir and t.Output provide the context, the output
// directory and the writer.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	d, err := driver.New(ctx, driver.Options{
		OutDir: "out",
		Log:    report.NewLog(nil, report.NewPlain(os.Stderr, report.PlainOptions{})),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close() // ends the machines, whatever the result of the test

	var machines []*machine.Machine
	for _, name := range []string{"server", "client"} {
		m, err := d.CreateMachine(ctx, driver.MachineConfig{Name: name, Guest: "debian", VLANs: []int{1}})
		if err != nil {
			log.Fatal(err)
		}
		machines = append(machines, m)
	}
	server, client := machines[0], machines[1]
	if err := d.StartAll(ctx); err != nil {
		log.Fatal(err)
	}
	if err := server.WaitForUnit(ctx, "nginx.service", machine.UnitOptions{}, machine.Wait{Timeout: 5 * time.Minute}); err != nil {
		log.Fatal(err)
	}
	page, err := client.Succeed(ctx, "curl --fail http://server/", time.Minute)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(regexp.MustCompile("<title>.*</title>").FindString(page))
}

// A network that loses packets.
func ExampleDriver_VLAN() {
	ctx := context.Background()
	d, err := driver.New(ctx, driver.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	network, err := d.VLAN(ctx, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the switch is in", network.Dir())
}
