package driver_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// local is a backend whose machines are directories of the host: their commands run in them.
type local struct {
	guard  vlan.Guard
	closed int
}

func (l *local) register() driver.BackendType {
	return driver.BackendType{
		Name: "local",
		Owns: func(mc driver.MachineConfig) bool { return strings.HasPrefix(mc.StartScript, "local:") },
		Open: func(g vlan.Guard) driver.Maker { l.guard = g; return l },
	}
}

func (l *local) Close() error { l.closed++; return nil }

func (l *local) Make(_ context.Context, e *driver.Environment) (machine.Backend, error) {
	dir := e.Path(strings.TrimPrefix(e.Config.StartScript, "local:"))
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	return &localBackend{l, dir}, nil
}

type localBackend struct {
	*local
	dir string
}

func (*localBackend) Kind() string { return "local" }

func (b *localBackend) Start(context.Context, machine.StartOptions) (machine.Instance, error) {
	return &localInstance{b, make(chan struct{})}, nil
}

type localInstance struct {
	b    *localBackend
	done chan struct{}
}

func (i *localInstance) Done() <-chan struct{}         { return i.done }
func (i *localInstance) Err() error                    { return nil }
func (i *localInstance) PID() int                      { return os.Getpid() }
func (i *localInstance) Connect(context.Context) error { return nil }
func (i *localInstance) Kill() error                   { close(i.done); return nil }
func (i *localInstance) Run(ctx context.Context, c shell.Command) (shell.Result, error) {
	cmd := i.b.guard.Command(ctx, "sh", "-c", c.Script)
	cmd.Dir, cmd.Stdout = i.b.dir, c.Stdout
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return shell.Result{Status: exit.ExitCode()}, nil
	}
	return shell.Result{}, err
}

// TestFurtherBackend registers a backend: its machines are started and tested like any others.
func TestFurtherBackend(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "greeting"), []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := &local{}
	d, err := driver.New(t.Context(), driver.Options{
		OutDir: t.TempDir(), Root: root, Log: report.NewLog(time.Now), Backends: append([]driver.BackendType{l.register()}, driver.DefaultBackends()...),
		Config: &driver.Config{VMs: map[string]driver.MachineConfig{"server": {Name: "server", StartScript: "local:."}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	m := d.Machines()[0]
	if err := m.Start(t.Context(), machine.StartConfig{}); err != nil {
		t.Fatal(err)
	}
	if out, err := m.Succeed(t.Context(), "cat greeting", 0); err != nil || out != "hello\n" {
		t.Errorf("output %q, error %v", out, err)
	}
	if _, err := m.Fail(t.Context(), "exit 3", 0); err != nil {
		t.Error(err)
	}
	var unsupported *machine.UnsupportedError
	if err := m.SendConsole(t.Context(), "x"); !errors.As(err, &unsupported) {
		t.Errorf("error %v of a call that it has no interface for", err)
	}
	if _, err := d.CreateMachine(t.Context(), driver.MachineConfig{Name: "broken", StartScript: "local:missing"}); err == nil || !strings.Contains(err.Error(), "machine broken") {
		t.Errorf("error %v, want one that names the machine", err)
	}
	other, err := d.CreateMachine(t.Context(), driver.MachineConfig{Name: "other", StartScript: "true"})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := d.BackendOf(m), d.BackendOf(other); a != "local" || b != "qemu" {
		t.Errorf("the machines' backends are %q and %q", a, b)
	}
	if err := d.Close(); err != nil || m.Booted() || l.closed != 1 {
		t.Errorf("error %v; booted %v; closed %d times", err, m.Booted(), l.closed)
	}
}

// TestOwners: each description belongs to one backend, whatever list of the configuration it is in.
func TestOwners(t *testing.T) {
	for want, list := range map[string][]driver.MachineConfig{
		"qemu": {{StartScript: "/bin/run-a-vm"}, {StartScript: "qemu -nspawn"}, {Guest: "tiny"}, {Image: "disk"}, {Kernel: "vmlinuz", EFI: true}},
		"nspawn": {{Container: "container"}, {StartScript: "/nix/store/x/bin/run-box-nspawn"}, {StartScript: "/bin/start", IsContainer: true},
			{StartScript: "/bin/start", Container: "x"}},
		"": {{}, {Name: "a", Memory: 512}},
	} {
		for _, mc := range list {
			if got := driver.BackendName(mc); got != want {
				t.Errorf("%+v is %q's, want %q's", mc, got, want)
			}
		}
	}
	c := driver.Config{VMs: map[string]driver.MachineConfig{"b": {Guest: "tiny"}}, Containers: map[string]driver.MachineConfig{"a": {StartScript: "x"}, "c": {Container: "y"}}}
	var names []string
	for key, mc := range c.All() {
		names = append(names, key+":"+driver.BackendName(mc))
	}
	if got := strings.Join(names, " "); got != "a:nspawn b:qemu c:nspawn" {
		t.Errorf("the configuration's machines are %s", got)
	}
}
