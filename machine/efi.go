package machine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/efivars"
	"github.com/gotest-driver/gotest-driver/report"
)

// efiStore calls f with the machine's variable store, which must not be in use, and writes the store if f returns true.
func (m *Machine) efiStore(call string, create bool, f func(*efivars.Store) (write bool, err error)) error {
	backend, ok := m.o.Backend.(EFIStore)
	if !ok {
		return m.unsupported(call)
	}
	if m.Booted() {
		return &AssertionError{Machine: m.o.Name, Message: call + " needs a machine that does not run: its firmware has the variables in use"}
	}
	path := backend.EFIVarsPath(m.StateDir(), m.o.Name)
	store := efivars.New()
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && create:
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %s: there is no variable store yet: call create_efi_vars(), or boot the machine with OVMF once", m.o.Name, call)
	case err != nil:
		return fmt.Errorf("%s: %s: %w", m.o.Name, call, err)
	default:
		if store, err = efivars.Parse(raw); err != nil {
			return fmt.Errorf("%s: %s: %s: %w", m.o.Name, call, path, err)
		}
	}
	write, err := f(store)
	if err != nil || !write {
		return err
	}
	if raw, err = store.Bytes(); err == nil {
		err = m.writeFile(path, raw)
	}
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		return fmt.Errorf("%s: %s: %w", m.o.Name, call, err)
	}
	return nil
}

// CreateEFIVars makes an empty variable store, unless the machine has one.
func (m *Machine) CreateEFIVars(ctx context.Context) error {
	return m.efiStore("create_efi_vars", true, func(*efivars.Store) (bool, error) { return true, nil })
}

// EFIVariable is a variable of a machine's firmware. Attributes are EFI_VARIABLE_… of the UEFI specification.
type EFIVariable struct {
	Attributes uint32
	Data       []byte
}

// ReadEFIVars returns the variables, keyed by "name-guid".
func (m *Machine) ReadEFIVars(ctx context.Context) (vars map[string]EFIVariable, err error) {
	err = m.efiStore("read_efi_vars", false, func(s *efivars.Store) (bool, error) {
		vars = map[string]EFIVariable{}
		for k, v := range s.Variables() {
			vars[k] = EFIVariable(v)
		}
		return false, nil
	})
	return vars, err
}

// WriteEFIVars sets variables, keyed by "name-guid"; a name without a GUID has that of the UEFI specification. Attributes
// 0 are those that the variable has, else the usual ones: non-volatile, for boot services and at run time.
func (m *Machine) WriteEFIVars(ctx context.Context, vars map[string]EFIVariable) error {
	return m.efiStore("write_efi_vars", true, func(s *efivars.Store) (bool, error) {
		for _, k := range slices.Sorted(maps.Keys(vars)) {
			if err := s.Set(k, vars[k].Data, vars[k].Attributes); err != nil {
				return false, fmt.Errorf("%s: write_efi_vars: %w", m.o.Name, err)
			}
		}
		return true, nil
	})
}

// DumpEFIVars writes the variables to the log.
func (m *Machine) DumpEFIVars(ctx context.Context) error {
	return m.efiStore("dump_efi_vars", false, func(s *efivars.Store) (bool, error) {
		vars := s.Variables()
		var b strings.Builder
		for _, k := range slices.Sorted(maps.Keys(vars)) {
			fmt.Fprintf(&b, "%s (attributes %#x)\n%s", k, vars[k].Attributes, hex.Dump(vars[k].Data))
		}
		m.logf(ctx, report.Info, "EFI variables:\n%s", b.String())
		return false, nil
	})
}
