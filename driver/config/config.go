// Package config reads driver configurations: the machines and networks of a test. nixpkgs' test framework writes one as
// a JSON file, a gotest.json describes the tests of its directory, and older callers set environment variables.
package config

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/arch"
	"github.com/gotest-driver/gotest-driver/internal/kernellog"
	"github.com/gotest-driver/gotest-driver/internal/keys"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/internal/near"
)

// Config is a driver configuration.
type Config struct {
	Name              string   // the test's name
	File              string   // the file that describes the machines; empty if a gotest.json names no configuration
	Files             []string // all files that were read; Disable is that of the last one
	VMs               map[string]Machine
	Containers        map[string]Machine
	VLANs             []int
	Networks          string        // what networks are made of: "vde", "hub", or empty for vde where it is there
	GlobalTimeout     time.Duration // 0 means none
	EnableSSHBackdoor bool
	FailOn            []string // that of machines that have none
	TestScript        string   // a file's path
	ScriptLanguage    string   // "starlark", "python", "auto" or empty
	Disable           []string // codes that check leaves out
	// Unknown has a line for each unknown key. Newer versions of nixpkgs may write such keys, so a reader of their
	// files ignores them.
	Unknown []string
	Raw     map[string]any // the file as it is, for scripts
	// Matrix has the values that a suite runs the test with, for scripts. No file has it.
	Matrix map[string]string
}

// Machine describes a machine of a configuration, or what create_machine was given, in one way: by StartScript, by
// Guest, by Image and/or Kernel, or by Container. Paths of a configuration are relative to its file, others to the
// directory in which the test starts.
type Machine struct {
	Name        string    // empty: taken from the start script or the guest
	StartScript string    // a command that runs QEMU or a container, as made by nixpkgs
	Guest       string    // the name of a guest that comes with the driver: "tiny", "debian", "desktop"
	Arch        string    // the processor: "x86_64", "aarch64", "riscv64"; empty: x86_64 for a Guest, the host's for an Image
	Image       string    // a disk image, which is never written to
	ImageURL    string    // where Image is downloaded from, into the cache; needs SHA256
	SHA256      string    // the checksum of the image, in hexadecimal digits
	DiskSize    int       // MiB, where it is more than the image's; 0: that of the image
	Access      string    // how the driver gets a root shell (stock.Way); empty: "auto"
	Login       string    // "USER" or "USER:PASSWORD" for the serial console; empty: "root" where access is "login"
	UserData    string    // for cloud-init, in one of its formats
	Quiesce     bool      // wait for the end of the boot before the first command, and stop timers
	Kernel      string    // what QEMU boots in place of a boot loader
	Initrd      string    // the initial RAM file system of Kernel
	Cmdline     string    // the command line of Kernel, or further words for that of Guest
	Memory      int       // MiB; 0: the guest's default
	Cores       int       // 0: the guest's default
	VLANs       []int     // the networks that the machine has a card on
	Container   string    // root directory of a container, or the name of one that comes with the driver
	IsContainer bool      // a start script starts a container, whatever its name is
	QEMUOptions []string  // further options for QEMU
	EFI         bool      // boot with UEFI firmware
	SSHBackdoor bool      // an SSH server that needs no network
	OCRLanguage string    // of the text on the screen, by Tesseract's name, several as "deu+eng"; empty: "eng"
	Keyboard    string    // the layout of the keyboard that the guest expects, such as "de"; empty: "us"
	Internet    bool      // eth0 leads to the host and to the networks that it is on
	DiskFaults  bool      // the driver serves the disk, so that it can have faults
	Date        time.Time // what the clock shows at the start; zero: the present
	KeepState   bool      // keep the state directory for the next run
	Boot        string    // BootCached: begin on a machine that an earlier run has booted; empty: boot
	FailOn      []string  // the kinds of trouble of the kernel that end the test; nil: those of the configuration
	// BootTimeout is the longest time without a sign of a boot; 0: machine.DefaultBootTimeout.
	BootTimeout time.Duration
	// Prepare is what a cached boot does after the boot; nil: nothing. No configuration has it.
	Prepare *Preparation
}

// BootCached is the value of Machine.Boot for a machine that begins on the boot of an earlier run.
const BootCached = "cached"

// Preparation is what a boot does before it is kept for later runs.
type Preparation struct {
	Key string // differs for preparations that lead to something else
	// Run prepares the machine, which is up. It is called in the first run only.
	Run func(ctx context.Context, machine any) error
}

// hostName are the names that NixOS takes for a host, of at most 63 letters.
var hostName = lazyre.Compile(`^[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$`)

// languages are Tesseract's names of languages: names of files.
var languages = lazyre.Compile(`^[A-Za-z][A-Za-z0-9_-]*(\+[A-Za-z][A-Za-z0-9_-]*)*$`)

// checkArch returns an error unless the machine can have its architecture.
func (m Machine) checkArch() error {
	if m.Arch == "" {
		return nil
	}
	if _, err := arch.Named(m.Arch); err != nil {
		return err
	}
	switch {
	case m.StartScript != "":
		return errors.New("arch is for a machine that the driver describes, by a guest, an image or a kernel: a start command says which QEMU it runs")
	case m.IsContainer || m.Container != "":
		return errors.New("a container has no arch: its programs run on the host's processor")
	case m.EFI && m.Arch != "x86_64":
		return fmt.Errorf("efi is for machines of arch x86_64 only: leave it out for %s, and name a kernel", m.Arch)
	}
	return nil
}

// Check returns an error unless the machine is described in one way, by values that a machine can have. The name of one
// that the driver describes becomes the host name of the guest.
func (m Machine) Check() error {
	switch {
	case m.Memory < 0:
		return fmt.Errorf("memory %d: want MiB, more than 0", m.Memory)
	case m.Cores < 0:
		return fmt.Errorf("cores %d: want 1 or more", m.Cores)
	case m.DiskFaults && m.StartScript != "":
		return errors.New("disk_faults needs a machine that the driver describes, by a guest or an image: use add_disk, whose disks can have faults, with a start command")
	case m.StartScript == "" && !hostName().MatchString(m.Name):
		return fmt.Errorf("%q can't be a host name: want at most 63 letters, digits, hyphens and underscores, with a letter or a digit at both ends", m.Name)
	}
	switch {
	case m.Boot != "" && m.Boot != BootCached:
		return fmt.Errorf("boot %q: want %q, or nothing", m.Boot, BootCached)
	case m.Boot == BootCached && (m.IsContainer || m.Container != ""):
		return errors.New(`boot "cached": containers have no snapshots`)
	case m.Boot == BootCached && m.KeepState:
		return errors.New(`boot "cached": a machine that keeps its state starts from that`)
	case m.Boot == "" && m.Prepare != nil:
		return errors.New(`a preparation needs boot "cached": otherwise it is a part of the test`)
	}
	if err := m.checkArch(); err != nil {
		return err
	}
	if err := kernellog.Check(m.FailOn); err != nil {
		return fmt.Errorf("fail_on: %w", err)
	}
	if m.OCRLanguage != "" && !languages().MatchString(m.OCRLanguage) {
		return fmt.Errorf("ocr_language %q: want Tesseract's names of languages, such as \"deu\", several joined by +", m.OCRLanguage)
	}
	if _, err := keys.LayoutNamed(m.Keyboard); err != nil {
		return err
	}
	n := 0
	for _, set := range []bool{m.StartScript != "", m.Guest != "", m.HasImage() || m.Kernel != "", m.Container != "" && m.StartScript == ""} {
		if set {
			n++
		}
	}
	if n != 1 {
		return errors.New("describe it in one way: a start command, a guest, an image and/or a kernel, or a container")
	}
	return m.checkImage()
}

// HasImage reports whether the machine has a disk image of the user's.
func (m Machine) HasImage() bool { return m.Image != "" || m.ImageURL != "" }

// AccessNone is the value of Machine.Access for a machine without a root shell, as an installer is.
const AccessNone = "none"

// sha256Text are 64 hexadecimal digits.
var sha256Text = lazyre.Compile(`^[0-9a-fA-F]{64}$`)

// checkImage checks what belongs to an image.
func (m Machine) checkImage() error {
	if !m.HasImage() {
		if m.Access != "" && (m.Access != AccessNone || m.Kernel == "") {
			return fmt.Errorf("access %q is for a machine with an image, and only %q also for one with a kernel alone", m.Access, AccessNone)
		}
		for key, given := range map[string]bool{"sha256": m.SHA256 != "", "disk_size": m.DiskSize != 0, "user_data": m.UserData != "", "login": m.Login != "", "quiesce": m.Quiesce} {
			if given {
				return fmt.Errorf("%s is for a machine with an image", key)
			}
		}
		return nil
	}
	switch {
	case m.Image != "" && m.ImageURL != "":
		return errors.New("give either image or image_url")
	case m.ImageURL != "" && m.SHA256 == "":
		return fmt.Errorf("image_url needs sha256: an image is not downloaded without its checksum")
	case m.SHA256 != "" && !sha256Text().MatchString(m.SHA256):
		return fmt.Errorf("sha256 %q: want 64 hexadecimal digits", m.SHA256)
	case m.DiskSize < 0:
		return fmt.Errorf("disk_size %d: want MiB, more than 0", m.DiskSize)
	}
	return nil
}

// All yields the descriptions of all machines with their keys, in the order of the keys. IsContainer is set in the
// descriptions of Containers.
func (c *Config) All() iter.Seq2[string, Machine] {
	return func(yield func(string, Machine) bool) {
		all := map[string]Machine{}
		maps.Copy(all, c.VMs)
		for key, m := range c.Containers {
			if _, vm := all[key]; !vm {
				m.IsContainer = true
				all[key] = m
			}
		}
		for _, key := range slices.Sorted(maps.Keys(all)) {
			if !yield(key, all[key]) {
				return
			}
		}
	}
}

// New returns a configuration without machines.
func New() *Config {
	return &Config{VMs: map[string]Machine{}, Containers: map[string]Machine{}}
}

// Load reads a configuration file. If the key "config" names another one, the file adds its machines to those of that
// one. An error names the file, the key and what was expected.
func Load(file string) (*Config, error) { return read(file, namedFile) }

func read(file string, from source) (*Config, error) {
	b, err := content(file, from)
	if err != nil {
		return nil, err
	}
	return parse(file, b, from)
}

// Parse reads a configuration.
func Parse(file string, b []byte) (*Config, error) { return parse(file, b, namedFile) }

func parse(file string, b []byte, from source) (*Config, error) {
	top, err := object(file, b)
	if err != nil {
		return nil, err
	}
	r := &reader{file: file, Config: New()}
	if raw, named := top["config"]; named {
		if from >= ofNamedFile {
			r.wrong("config", "absent in a file that another one names")
			return nil, errors.Join(r.errs...)
		}
		var base string
		r.object("", map[string]json.RawMessage{"config": raw}, []field{{"config", (*path)(&base), "a path (a string)"}})
		if len(r.errs) > 0 {
			return nil, errors.Join(r.errs...)
		}
		if r.Config, err = read(base, from+ofNamedFile); err != nil {
			return nil, fmt.Errorf("%s: config: %w", file, err)
		}
	} else {
		r.File = file
		if err := json.Unmarshal(b, &r.Raw); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	r.Files = append(r.Files, file)
	r.top(top)
	return r.Config, errors.Join(r.errs...)
}

// reader reads one file into a configuration.
type reader struct {
	*Config
	file string
	errs []error
}

// field is a key of an object: where its value is stored, nil for a key that is ignored, and what the value must be.
type field struct {
	key  string
	to   any
	want string
}

// path is a path relative to the file that has it.
type path string

// positive is a number of a configuration that is more than 0.
type positive int

// top reads the keys of the file.
func (r *reader) top(object map[string]json.RawMessage) {
	const machines = "an object of machines, each an object"
	var timeout *float64
	var vms, more, containers map[string]map[string]json.RawMessage
	r.object("", object, []field{
		{"vms", &vms, machines},
		{"machines", &more, machines},
		{"containers", &containers, machines},
		{"vlans", &r.VLANs, "a list of whole numbers"},
		{"networks", &r.Networks, `"vde" or "hub"`},
		{"global_timeout", &timeout, "a number of seconds or null"},
		{"enable_ssh_backdoor", &r.EnableSSHBackdoor, "true or false"},
		{"fail_on", &r.FailOn, "a list of strings"},
		{"test_script", (*path)(&r.TestScript), "a path (a string)"},
		{"script_language", &r.ScriptLanguage, "a string"},
		{"name", &r.Name, "a string"},
		{"disable", &r.Disable, "a list of codes (strings)"},
		{"config", nil, ""},          // it was read first
		{"display_viewers", nil, ""}, // nixpkgs' own; this driver shows no displays of containers
	})
	if timeout != nil {
		var ok bool
		if r.GlobalTimeout, ok = seconds(*timeout); !ok {
			r.wrong("global_timeout", "a number of seconds that is not negative")
		}
	}
	if !slices.Contains([]string{"", "auto", "starlark", "python"}, r.ScriptLanguage) {
		r.wrong("script_language", `"starlark", "python" or "auto"`)
	}
	if !slices.Contains([]string{"", "vde", "hub"}, r.Networks) {
		r.wrong("networks", `"vde" or "hub"`)
	}
	if err := kernellog.Check(r.FailOn); err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s: fail_on: %w", r.file, err))
	}
	under := map[string]string{}
	for _, list := range []struct {
		key      string
		machines map[string]map[string]json.RawMessage
		to       map[string]Machine
	}{{"vms", vms, r.VMs}, {"machines", more, r.VMs}, {"containers", containers, r.Containers}} {
		for _, name := range slices.Sorted(maps.Keys(list.machines)) {
			if other, twice := under[name]; twice {
				r.errs = append(r.errs, fmt.Errorf("%s: the machine %q is described twice, in %q and in %q", r.file, name, other, list.key))
			}
			under[name] = list.key
			delete(r.VMs, name) // the file's own description replaces that of the configuration that it names
			delete(r.Containers, name)
			list.to[name] = r.machine(list.key+"."+name, name, list.machines[name])
		}
	}
}

// machine reads a machine.
func (r *reader) machine(at, name string, object map[string]json.RawMessage) Machine {
	m := Machine{Name: name}
	var boot *float64
	r.object(at+".", object, []field{
		{"name", &m.Name, "a string"},
		{"start_script", &m.StartScript, "a string"},
		{"start_command", &m.StartScript, "a string"},
		{"guest", &m.Guest, "the name of a built-in guest"},
		{"arch", &m.Arch, "the name of an architecture (a string)"},
		{"image", (*path)(&m.Image), "a path (a string)"},
		{"image_url", &m.ImageURL, "a URL (a string)"},
		{"sha256", &m.SHA256, "64 hexadecimal digits (a string)"},
		{"disk_size", (*positive)(&m.DiskSize), "a whole number (MiB), more than 0"},
		{"access", &m.Access, "the name of a way into the machine (a string)"},
		{"user_data", &m.UserData, "a string"},
		{"login", &m.Login, "a string, \"USER\" or \"USER:PASSWORD\""},
		{"quiesce", &m.Quiesce, "true or false"},
		{"kernel", (*path)(&m.Kernel), "a path (a string)"},
		{"initrd", (*path)(&m.Initrd), "a path (a string)"},
		{"cmdline", &m.Cmdline, "a string"},
		{"memory", (*positive)(&m.Memory), "a whole number (MiB), more than 0"},
		{"cores", (*positive)(&m.Cores), "a whole number, more than 0"},
		{"vlans", &m.VLANs, "a list of whole numbers"},
		{"container", &m.Container, "a path or the name of a built-in container"},
		{"qemu_options", &m.QEMUOptions, "a list of strings"},
		{"efi", &m.EFI, "true or false"},
		{"ssh_backdoor", &m.SSHBackdoor, "true or false"},
		{"fail_on", &m.FailOn, "a list of strings"},
		{"keyboard", &m.Keyboard, "the name of a keyboard layout"},
		{"internet", &m.Internet, "true or false"},
		{"boot", &m.Boot, `"cached"`},
		{"disk_faults", &m.DiskFaults, "true or false"},
		{"date", &m.Date, "a time such as 2038-01-19T03:14:00Z"},
		{"boot_timeout", &boot, "a number of seconds that is more than 0"},
		{"ocr_language", &m.OCRLanguage, "the name of a language of Tesseract's, several joined by + (a string)"},
		{"display_targets", nil, ""}, // as display_viewers
		{"display_exporters", nil, ""},
	})
	if m.Name == "" {
		r.wrong(at+".name", "a name")
	}
	if boot != nil {
		var ok bool
		if m.BootTimeout, ok = seconds(*boot); !ok || m.BootTimeout == 0 {
			r.wrong(at+".boot_timeout", "a number of seconds that is more than 0")
		}
	}
	if m.StartScript == "" && m.Guest == "" && !m.HasImage() && m.Kernel == "" && m.Container == "" {
		r.errs = append(r.errs, fmt.Errorf("%s: %s: \"start_script\" is missing (or \"guest\", \"image\", \"kernel\", \"container\")", r.file, at))
	} else if err := m.Check(); err != nil && m.Name != "" {
		r.errs = append(r.errs, fmt.Errorf("%s: %s: %w", r.file, at, err))
	}
	return m
}

// object reads the keys of an object. at is the text before them in messages.
func (r *reader) object(at string, object map[string]json.RawMessage, fields []field) {
	var known []string
	for _, f := range fields {
		known = append(known, f.key)
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		i := slices.Index(known, key)
		if i < 0 {
			r.Unknown = append(r.Unknown, fmt.Sprintf("%s: unknown key %q%s", r.file, at+key, near.DidYouMean(key, known)))
			continue
		}
		to := fields[i].to
		if to == nil {
			continue
		}
		err := json.Unmarshal(object[key], to)
		if n, ok := to.(*positive); err != nil || ok && *n <= 0 {
			r.wrong(at+key, fields[i].want)
			reflect.ValueOf(to).Elem().SetZero() // it may be half read
		}
		if p, ok := to.(*path); ok && *p != "" && !filepath.IsAbs(string(*p)) {
			*p = path(filepath.Join(filepath.Dir(r.file), string(*p)))
		}
	}
}

func (r *reader) wrong(key, want string) {
	r.errs = append(r.errs, fmt.Errorf("%s: %s: must be %s", r.file, key, want))
}

// seconds converts a number of seconds to a duration; ok reports whether the number is valid and not negative.
func seconds(s float64) (d time.Duration, ok bool) {
	if !(s >= 0 && s < math.MaxInt64/1e9) { // also true for NaN
		return 0, false
	}
	return time.Duration(s * float64(time.Second)), true
}

// notIdentifier matches the characters that a machine's name may have and a variable's may not.
var notIdentifier = lazyre.Compile(`[^A-Za-z0-9_]|^[0-9]`)

// Identifier returns the name of the script's variable for a machine.
func Identifier(machine string) string { return notIdentifier().ReplaceAllString(machine, "_") }
