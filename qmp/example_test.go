package qmp_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/gotest-driver/gotest-driver/qmp"
)

// dial connects to the QEMU that was started with -qmp unix:qmp.sock,server=on,wait=off.
func dial(ctx context.Context) *qmp.Client {
	c, err := qmp.Dial(ctx, "qmp.sock")
	if err != nil {
		log.Fatal(err)
	}
	return c
}

// The power button, and a wait for what the guest makes of it.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c := dial(ctx)
	defer c.Close()
	events := c.SubscribeNew()
	defer events.Close()
	if err := c.SystemPowerdown(ctx); err != nil {
		log.Fatal(err)
	}
	for {
		e, err := events.Next(ctx)
		if err != nil {
			log.Fatal(err)
		}
		if e.Name == "SHUTDOWN" {
			fmt.Println("off, because of", e.Data["reason"])
			return
		}
	}
}

// A command that Client has no method for.
func ExampleQuery() {
	ctx := context.Background()
	c := dial(ctx)
	defer c.Close()
	devices, err := qmp.Query[[]struct {
		Device   string
		Inserted *struct{ File string }
	}](ctx, c, "query-block", nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range devices {
		if d.Inserted != nil {
			fmt.Println(d.Device, d.Inserted.File)
		}
	}
}

func ExampleDecodeNumbers() {
	v, err := qmp.DecodeNumbers([]byte(`{"offset": 18446744073709551615}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(v)
	// Output: map[offset:18446744073709551615]
}
