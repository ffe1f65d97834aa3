// Package guest makes and keeps the virtual machines and containers that come with the driver, so that a test
// script is complete in itself: create_machine(guest = "debian").
//
// An image is built on the first use from Debian's packages, and kept in the user's cache directory. Nothing is downloaded
// but packages that Debian's own keys sign. The guest "tiny" needs no further program for that, and can be built for every
// processor on every host; the others are made by scripts that are part of this package, on Debian or its relatives.
//
// # Kernel words
//
// The VM guests read these words of the kernel command line; [Words] writes them.
//
//	gotest.hostname=NAME            host name
//	gotest.hosts=NAME=ADDR,…        names of other machines for /etc/hosts
//	gotest.net=CARD,ADDR/BITS,MAC   a network card's address; with MAC, the card that has it is named CARD
//	gotest.net=CARD,dhcp,MAC        the same with an address from DHCP
//
// gotest.net may be given once per card, the MAC may be left out. A card eth0 without a word asks for an address by
// DHCP, as QEMU's user network gives one (10.0.2.15).
package guest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/arch"
	"github.com/gotest-driver/gotest-driver/internal/owner"
)

// Info describes a guest before it is built.
type Info struct {
	Name        string // for create_machine(guest = …) and the commands
	Description string // one line
	Container   bool   // a directory tree for systemd-nspawn instead of a virtual machine
}

// Image is a built guest. Its files belong to the cache and must not be written: a VM needs an overlay over Disk
// (qemu-img create -f qcow2 -F raw -b Disk), a container one over Root.
type Image struct {
	Info
	Arch      string   // the processor: x86_64, aarch64 or riscv64
	Dir       string   // directory of the files
	Kernel    string   // for qemu -kernel with QEMU's default firmware; empty for a container
	KernelEFI string   // for qemu -kernel with EFI firmware (OVMF), which needs a kernel with an EFI stub
	Initrd    string   // for qemu -initrd
	Disk      string   // raw image of the root file system, for the first virtio disk (/dev/vda); empty if the initramfs is all
	Root      string   // root directory of a container; empty for a VM
	Cmdline   []string // kernel words that the guest needs or that make it start faster, console included
	Memory    int      // memory that the guest needs, in MiB
	Cores     int      // processors that the guest needs
	QEMU      []string // further words for QEMU's command line
}

// Options say how an image is found and built. The zero value is right in most cases.
type Options struct {
	// Arch is the guest's processor: x86_64, aarch64 or riscv64; empty for x86_64, which the machines of a
	// test have.
	Arch string
	// CacheDir is the directory of the cache; empty for [DefaultCacheDir].
	CacheDir string
	// Rebuild builds the image even if it exists.
	Rebuild bool
	// Verify compares the checksums of all files first, not only sizes and times, and rebuilds a broken image.
	Verify bool
	// Mirror is the address of a mirror of Debian (http://HOST/debian); empty for $GOTEST_DEBIAN_MIRROR, else that of apt's
	// configuration.
	Mirror string
	// Keyring is a file with the keys of which one must have signed the mirror's indexes; empty for
	// $GOTEST_DEBIAN_KEYRING, else Debian's.
	Keyring string
	// Progress is called with each step of a build, from one goroutine at a time; nil for silence.
	Progress func(Progress)

	recipes []recipe // for tests; nil for the package's own
	files   fs.FS    // the scripts of recipes
}

// Progress is one step of a build.
type Progress struct {
	Guest    string  // the guest that the build makes
	Text     string  // the current step, for the user
	Detail   bool    // a line of a program's output, for logs only
	Fraction float64 // 0 … 1, roughly, of the whole build
}

// NotFoundError says that no guest has that name.
type NotFoundError struct {
	Name  string
	Known []string
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("there is no guest %q; there are %s", e.Name, strings.Join(e.Known, ", "))
}

// NotBuiltError says that a guest is known but not in the cache.
type NotBuiltError struct{ Name, Arch string }

func (e *NotBuiltError) Error() string {
	if e.Arch != defaultArch {
		return fmt.Sprintf("the guest %q is not built yet for %s", e.Name, e.Arch)
	}
	return fmt.Sprintf("the guest %q is not built yet: %s", e.Name, buildCommand(e.Name))
}

// buildCommand is the command that builds a guest.
func buildCommand(name string) string { return "gotest-driver guest build " + name }

// defaultArch is the processor that the machines of a test have, whatever the host's is.
const defaultArch = "x86_64"

// defaultRecipes are the recipes for that processor.
func defaultRecipes() []recipe {
	a, err := arch.Named(defaultArch)
	if err != nil {
		panic(err) // it is one of the table's
	}
	return recipes(a)
}

// ArchError says that there is no such guest for a processor.
type ArchError struct {
	Name, Arch string
	Known      []string // the processors that it is there for
}

func (e *ArchError) Error() string {
	return fmt.Sprintf("there is no guest %q for %s: it is for %s", e.Name, e.Arch, strings.Join(e.Known, ", "))
}

// BuildError says that a build failed.
type BuildError struct {
	Guest  string
	Step   string // what it was doing; empty before its first step
	Err    error
	Output []string // the last lines that the build printed
	Advice string   // what to do
}

func (e *BuildError) Error() string {
	text := fmt.Sprintf("building the guest %q failed", e.Guest)
	if e.Step != "" {
		text += fmt.Sprintf(" while %s", e.Step)
	}
	text += fmt.Sprintf(": %v", e.Err)
	if e.Advice != "" {
		text += ": " + e.Advice
	}
	if len(e.Output) > 0 {
		text += "\n  " + strings.Join(e.Output, "\n  ")
	}
	return text
}

func (e *BuildError) Unwrap() error { return e.Err }

// DefaultCacheDir returns $XDG_CACHE_HOME/gotest-driver, by default ~/.cache/gotest-driver. Without a home directory it
// returns a directory of the user below the system's directory for temporary files that survive a reboot.
func DefaultCacheDir() (string, error) {
	if base, err := os.UserCacheDir(); err == nil {
		return filepath.Join(base, "gotest-driver"), nil
	}
	dir := filepath.Join("/var/tmp", fmt.Sprintf("gotest-driver-%d", os.Getuid()))
	if err := owner.MakeDir(dir); err != nil {
		return "", fmt.Errorf("no place for the cache: neither $XDG_CACHE_HOME nor $HOME is set, and %w", err)
	}
	return dir, nil
}

// List returns the guests that can be built, in the order for display.
func List() []Info {
	var list []Info
	for _, r := range defaultRecipes() {
		if !r.internal {
			list = append(list, r.Info)
		}
	}
	return list
}

// Needs returns the memory (MiB) and the processors of a guest without others of its own, both 0 for an unknown name or a
// container.
func Needs(name string) (memory, cores int) {
	for _, r := range defaultRecipes() {
		if r.Name == name && !r.internal && !r.Container {
			image := r.image(r.Info, "")
			return image.Memory, image.Cores
		}
	}
	return 0, 0
}

// Names returns the names of the guests of [List].
func Names() []string {
	var out []string
	for _, i := range List() {
		out = append(out, i.Name)
	}
	return out
}

// Path returns the image of the named guest if it is in the cache and intact, without building it. The error may be a
// [*NotFoundError], an [*ArchError] or a [*NotBuiltError].
func Path(name string, opts Options) (*Image, error) {
	c, err := newCache(opts)
	if err != nil {
		return nil, err
	}
	r, err := c.recipe(name)
	if err != nil {
		return nil, err
	}
	if err := c.check(r, opts.Verify); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, &NotBuiltError{Name: name, Arch: c.arch.Name}
		}
		return nil, err
	}
	return r.image(r.Info, c.dir(r)), nil
}

// Ensure returns the image of the named guest, and first builds it if it is missing, broken or made by an older recipe.
// If another process is building it, Ensure waits for that result. The error may be a [*NotFoundError], an [*ArchError], a
// [*BuildError], a [*MissingToolsError] or the context's.
func Ensure(ctx context.Context, name string, opts Options) (*Image, error) {
	c, err := newCache(opts)
	if err != nil {
		return nil, err
	}
	r, err := c.recipe(name)
	if err != nil {
		return nil, err
	}
	if err := c.ensure(ctx, r, opts.Rebuild, opts.Verify); err != nil {
		return nil, err
	}
	return r.image(r.Info, c.dir(r)), nil
}

func (c *cache) recipe(name string) (recipe, error) {
	i := slices.IndexFunc(c.recipes, func(r recipe) bool { return r.Name == name })
	if i >= 0 && !slices.Contains(c.recipes[i].arches, c.arch.Name) {
		return recipe{}, &ArchError{Name: name, Arch: c.arch.Name, Known: c.recipes[i].arches}
	}
	if i >= 0 {
		return c.recipes[i], nil
	}
	var known []string
	for _, r := range c.recipes {
		if !r.internal {
			known = append(known, r.Name)
		}
	}
	return recipe{}, &NotFoundError{Name: name, Known: known}
}
