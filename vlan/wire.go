package vlan

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/sockpath"
)

// Impairment is the impairment of a network.
type Impairment struct {
	Loss      float64 // percent of the packets that are lost, each way
	Duplicate float64 // percent of the packets that arrive twice, each way
	Delay     float64 // milliseconds, each way
	Jitter    float64 // milliseconds by which the delay varies at most
	Rate      int     // bytes per second, each way; 0 means no limit

	outOnly bool // only packets that the machine sends
}

func (i Impairment) check() error {
	switch {
	case !percent(i.Loss):
		return fmt.Errorf("loss must be between 0 and 100 percent, not %g", i.Loss)
	case !percent(i.Duplicate):
		return fmt.Errorf("duplicate must be between 0 and 100 percent, not %g", i.Duplicate)
	case !(i.Delay >= 0 && i.Jitter >= 0) || i.Rate < 0: // also refuses NaN
		return errors.New("delay, jitter and rate must not be negative")
	case i.Jitter > i.Delay:
		return fmt.Errorf("a jitter of %g ms is more than the delay of %g ms", i.Jitter, i.Delay)
	}
	return nil
}

func percent(v float64) bool { return v >= 0 && v <= 100 }

// args returns wirefilter's options (wirefilter(1)); the machine is on the left.
func (i Impairment) args() []string {
	way := ""
	if i.outOnly {
		way = "LR"
	}
	var a []string
	if i.Loss > 0 {
		a = append(a, "-l", fmt.Sprintf("%s%g", way, i.Loss))
	}
	if i.Duplicate > 0 {
		a = append(a, "-D", fmt.Sprintf("%s%g", way, i.Duplicate))
	}
	if i.Delay > 0 {
		d := fmt.Sprintf("%s%g", way, i.Delay)
		if i.Jitter > 0 {
			d += fmt.Sprintf("+%g", i.Jitter)
		}
		a = append(a, "-d", d)
	}
	if i.Rate > 0 {
		a = append(a, "-b", fmt.Sprintf("%s%d", way, i.Rate))
	}
	return a
}

// wire is a running wirefilter between two switches.
type wire struct {
	*process
	impairment Impairment
}

// startWire connects two switches by an impaired wire. socket is the path of its console; the wire is ready when it exists.
func startWire(ctx context.Context, nr int, left, right, socket string, i Impairment, g Guard) (*wire, error) {
	if err := sockpath.Check(socket, 0); err != nil {
		return nil, fmt.Errorf("vlan%d: %w", nr, err)
	}
	if strings.Contains(left+right, ":") {
		return nil, fmt.Errorf("vlan%d: wirefilter, which makes networks slow or lossy, can't use the directory %s, which has a colon in its path; %s", nr, filepath.Dir(socket), sockpath.Elsewhere)
	}
	p, err := start(g, nr, discard,
		"wirefilter", append([]string{"-v", left + ":" + right, "-M", socket}, i.args()...)...)
	if err != nil {
		return nil, err
	}
	limit := time.NewTimer(startTimeout)
	defer limit.Stop()
	for {
		if _, err := os.Stat(socket); err == nil {
			return &wire{p, i}, nil
		}
		select {
		case <-p.Done():
			return nil, p.Err()
		case <-ctx.Done():
			err = context.Cause(ctx)
		case <-limit.C:
			err = fmt.Errorf("vlan%d: wirefilter was not ready within %s", nr, startTimeout)
		case <-time.After(2 * time.Millisecond):
			continue
		}
		return nil, errors.Join(err, p.Close())
	}
}
