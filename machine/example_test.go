package machine_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"regexp"
	"time"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/machine"
)

// boot makes a machine, which starts when a method needs it, and returns a function that ends it.
func boot(ctx context.Context) (*machine.Machine, func() error) {
	d, err := driver.New(ctx, driver.Options{OutDir: "out"})
	if err != nil {
		log.Fatal(err)
	}
	m, err := d.CreateMachine(ctx, driver.MachineConfig{Guest: "debian"})
	if err != nil {
		log.Fatal(err)
	}
	return m, d.Close
}

func Example() {
	ctx := context.Background()
	m, end := boot(ctx)
	defer end()
	if err := m.WaitForUnit(ctx, "multi-user.target", machine.UnitOptions{}, machine.Wait{Timeout: 5 * time.Minute}); err != nil {
		log.Fatal(err)
	}
	release, err := m.Succeed(ctx, "uname -r", time.Minute)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(release)
	if err := m.Shutdown(ctx, time.Minute); err != nil {
		log.Fatal(err)
	}
}

// Execute leaves the decision about the status to the test.
func ExampleMachine_Execute() {
	ctx := context.Background()
	m, end := boot(ctx)
	defer end()
	r, err := m.Execute(ctx, "systemctl is-enabled nginx", machine.ExecuteOptions{Timeout: time.Minute})
	if err != nil {
		log.Fatal(err) // the machine has ended, or the context
	}
	fmt.Println(r.Status, r.Output)
}

// The error of a wait that ran out has what was seen last.
func ExampleMachine_WaitForConsoleText() {
	ctx := context.Background()
	m, end := boot(ctx)
	defer end()
	err := m.WaitForConsoleText(ctx, regexp.MustCompile(`login: $`), machine.Wait{Timeout: time.Minute})
	var late *machine.TimeoutError
	if errors.As(err, &late) {
		fmt.Println("after", late.Elapsed, late.Seen)
	}
}

func ExampleMachine_WaitForText() {
	ctx := context.Background()
	m, end := boot(ctx)
	defer end()
	if err := m.WaitForText(ctx, regexp.MustCompile(`(?m)^\S+ login:`), machine.Wait{Timeout: time.Minute}); err != nil {
		log.Fatal(err)
	}
	if err := m.SendChars(ctx, "root\n", machine.KeyOptions{}); err != nil {
		log.Fatal(err)
	}
	path, err := m.Screenshot(ctx, "logged-in")
	fmt.Println(path, err)
}
