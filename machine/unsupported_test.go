package machine

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/report"
)

// plain is a backend without optional interfaces. It must not be started to find that out.
type plain struct{ t *testing.T }

func (plain) Kind() string { return "plain" }
func (p plain) Start(context.Context, StartOptions) (Instance, error) {
	p.t.Error("the machine was started")
	return nil, errors.New("not possible")
}

// withEFI keeps EFI variables.
type withEFI struct{ plain }

func (withEFI) EFIVarsPath(state, name string) string { return filepath.Join(state, name+".vars") }

// TestWhatABackendOffers: a call that needs an interface that the backend lacks returns an error, and starts nothing.
func TestWhatABackendOffers(t *testing.T) {
	newMachine := func(b Backend) *Machine {
		m, err := New(Options{Name: "server", Backend: b, Log: report.NewLog(time.Now), StateDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = m.Close() })
		return m
	}
	m := newMachine(plain{t})
	_, tty := m.TTYText(t.Context(), "1")
	for call, err := range map[string]error{
		"get_tty_text": tty, "wait_until_tty_matches": m.WaitUntilTTYMatches(t.Context(), "1", nil, Wait{}), "create_efi_vars": m.CreateEFIVars(t.Context()),
	} {
		var e *UnsupportedError
		if !errors.As(err, &e) || e.Call != call || e.Kind != "plain" || e.Machine != "server" {
			t.Errorf("%s: error %v", call, err)
		}
	}
	if a := m.SSHAddress(); a != "" {
		t.Errorf("SSH address %q", a)
	}
	m = newMachine(withEFI{plain{t}})
	if err := errors.Join(m.CreateEFIVars(t.Context()), m.WriteEFIVars(t.Context(), map[string]EFIVariable{"Lang": {Data: []byte("en")}})); err != nil {
		t.Fatal(err)
	}
	vars, err := m.ReadEFIVars(t.Context())
	if err != nil || len(vars) != 1 {
		t.Errorf("variables %v, error %v", vars, err)
	}
}
