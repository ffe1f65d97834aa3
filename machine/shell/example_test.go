package shell_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"os/exec"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/machine/shell"
)

// The console of a guest is a socket of QEMU's: -device virtio-serial -chardev socket,id=shell,path=shell.sock,server=on
// -device virtconsole,chardev=shell. Here a bash of this host takes the guest's place.
func Example() {
	console, guest := net.Pipe()
	bash := exec.Command("bash", "-c", "echo '"+shell.Greeting+"'; exec bash --norc")
	bash.Stdin, bash.Stdout = guest, guest
	if err := bash.Start(); err != nil {
		log.Fatal(err)
	}
	s := shell.New(console, nil, shell.Options{})
	defer func() {
		s.Close()
		_ = bash.Wait() // its console has gone
	}()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := s.Handshake(ctx); err != nil {
		log.Fatal(err)
	}
	out, r, err := s.Output(ctx, shell.Command{Script: "tr a-z A-Z; exit 3", Stdin: strings.NewReader("from the host\n")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("status %d: %s", r.Status, out)
	// Output: status 3: FROM THE HOST
}
