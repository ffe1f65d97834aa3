package conformance_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/machine"
)

// roundsVariable is the environment variable with the number of rounds of TestOutputIsWhole; rounds is the default.
const (
	roundsVariable = "GOTEST_OUTPUT_ROUNDS"
	rounds         = 2
)

// TestOutputIsWhole repeatedly reads 27 MB of output from guests with two processors and checks its checksum. In every second
// round this process, which is the driver, is stopped for three seconds in the middle.
func TestOutputIsWhole(t *testing.T) {
	n := rounds
	if s := os.Getenv(roundsVariable); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil || n < 1 {
			t.Fatalf("%s=%q: want a number", roundsVariable, s)
		}
	}
	for _, guest := range []string{"tiny", "debian"} {
		t.Run(guest, func(t *testing.T) {
			m := bootGuest(t, driver.MachineConfig{Name: "server", Guest: guest, Cores: 2})
			for i := range n {
				start := time.Now()
				stopped := i%2 == 1
				if err := wholeOutput(t, m, stopped); err != nil {
					t.Errorf("round %d (stopped: %v): %v", i+1, stopped, err)
				}
				t.Logf("round %d (stopped: %v) took %v", i+1, stopped, time.Since(start).Round(time.Millisecond))
			}
		})
	}
}

func wholeOutput(t *testing.T, m *machine.Machine, stopped bool) error {
	if stopped {
		stop := exec.Command("sh", "-c", fmt.Sprintf("sleep 1; kill -STOP %d; sleep 3; kill -CONT %[1]d", os.Getpid()))
		if err := stop.Start(); err != nil {
			return err
		}
		defer func() {
			if err := stop.Wait(); err != nil {
				t.Error(err)
			}
		}()
	}
	out, err := m.Succeed(t.Context(), "head -c 20000000 /dev/urandom | tee >(sha256sum >/tmp/sum) | base64", 0)
	if err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(out)
	if err != nil {
		return err
	}
	// sha256sum is not part of the pipeline, and may end a moment later.
	sum, err := m.WaitUntilSucceeds(t.Context(), "grep . /tmp/sum", machine.Wait{Timeout: time.Minute})
	if err != nil {
		return err
	}
	if want := fmt.Sprintf("%x", sha256.Sum256(raw)); len(raw) != 20000000 || !strings.HasPrefix(sum, want) {
		return fmt.Errorf("%d bytes with the sum %s, in the guest it is %s", len(raw), want, sum)
	}
	_, err = m.Succeed(t.Context(), "rm /tmp/sum", time.Minute)
	return err
}
