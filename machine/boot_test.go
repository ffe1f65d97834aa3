package machine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/report"
)

// TestBootWatch: a boot ends when there was no sign of it for its timeout, and after four times that in any case.
func TestBootWatch(t *testing.T) {
	type look struct {
		at      int // seconds after the beginning
		console int64
		signs   BootSigns
	}
	quiet := func(at int) look { return look{at: at} }
	cases := map[string]struct {
		looks []look
		want  []string // parts of the last look's error; none: no error
	}{
		"begins":           {looks: []look{quiet(0), quiet(9)}},
		"silent":           {[]look{quiet(0), quiet(9), {10, 0, BootSigns{Used: 3 * time.Second}}}, []string{"after 10 s", "no sign of a boot for 10 s", "3 s of processor time", "boot_timeout is 10 s)"}},
		"writes":           {looks: []look{quiet(0), {9, 5, BootSigns{}}, {18, 5, BootSigns{}}}},
		"writes, then not": {[]look{quiet(0), {9, 5, BootSigns{Used: time.Second}}, {19, 5, BootSigns{Used: 9 * time.Second}}}, []string{"after 19 s", "for 10 s", "8 s of processor time"}},
		"reads":            {looks: []look{quiet(0), {9, 0, BootSigns{Reads: 1}}, {18, 0, BootSigns{Reads: 1}}}},
		"only computes":    {[]look{quiet(0), {10, 0, BootSigns{Used: 10 * time.Second}}}, []string{"no sign of a boot"}},
		"emulated":         {looks: []look{{0, 0, BootSigns{Emulated: true}}, {19, 0, BootSigns{Emulated: true}}}},
		"emulated, silent": {[]look{{0, 0, BootSigns{Emulated: true}}, {20, 0, BootSigns{Emulated: true}}}, []string{"for 20 s", "twice that for an emulated guest"}},
		"writes for ever":  {[]look{{0, 1, BootSigns{}}, {9, 2, BootSigns{}}, {18, 3, BootSigns{}}, {27, 4, BootSigns{}}, {36, 5, BootSigns{}}, {40, 6, BootSigns{}}}, []string{"after 40 s", "backdoor's greeting", "4 times the boot_timeout, which is 10 s"}},
	}
	begin := time.Unix(1e9, 0)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := bootWatch{timeout: 10 * time.Second, begin: begin, console: -1}
			for i, l := range c.looks {
				err := w.look(begin.Add(time.Duration(l.at)*time.Second), l.console, l.signs)
				if last := i == len(c.looks)-1; err != nil && (!last || c.want == nil) {
					t.Fatalf("after %d s: %v", l.at, err)
				} else if last && c.want != nil && err == nil {
					t.Fatal("no error")
				}
				for _, part := range c.want {
					if err != nil && !strings.Contains(err.Error(), part) {
						t.Errorf("error %q, want one with %q", err, part)
					}
				}
			}
		})
	}
}

// silentGuest never has a root shell.
type silentGuest struct{ *scripted }

func (s silentGuest) Start(context.Context, StartOptions) (Instance, error) { return s, nil }
func (s silentGuest) Connect(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}
func (s silentGuest) BootSigns(context.Context) (BootSigns, error) {
	return BootSigns{}, errors.New("the monitor does not answer")
}

// TestSilentBoot: the error of a machine that does not boot has the end of its console.
func TestSilentBoot(t *testing.T) {
	dir := t.TempDir()
	m, err := New(Options{Name: "server", Backend: silentGuest{&scripted{done: make(chan struct{})}}, Log: report.NewLog(time.Now), StateDir: dir, OutDir: dir, BootTimeout: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.Start(t.Context(), StartConfig{}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.console.Write([]byte("LSM: Security Framework initializing\n")); err != nil {
		t.Fatal(err)
	}
	err = m.Connect(t.Context())
	var died *DiedError
	if !errors.As(err, &died) || !strings.Contains(died.Reason, "no sign of a boot") || len(died.Console) != 1 {
		t.Errorf("error %v, want a DiedError with a line of the console", err)
	}
}
