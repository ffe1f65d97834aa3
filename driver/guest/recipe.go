package guest

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/arch"
)

// recipeFiles are all files that decide what a guest is made of: scripts, and the Go files that make it.
//
//go:embed recipes base.go kernel.go modules.go tiny.go tree.go
var recipeFiles embed.FS

// sourceDate is the time stamp of the files of an image (SOURCE_DATE_EPOCH), so that the same packages make the same
// image.
const sourceDate = 1700000000

// keyLength is the number of hexadecimal digits of a recipe's key.
const keyLength = 16

// recipe describes how a guest is made: by recipes/NAME.sh, run by bash, where there is such a script, then by make.
type recipe struct {
	Info
	bases    []string                          // names of the recipes whose files this one starts from
	internal bool                              // a part of other recipes, not a guest of its own
	arches   []string                          // the architectures that it can be made for
	parts    []string                          // prefixes of the names of the files that decide the result
	tools    []string                          // programs that the script needs
	apt      bool                              // the script downloads packages
	root     bool                              // can only be built by root
	make     func(context.Context, *job) error // the part of the build in Go; nil for none
	image    func(Info, string) *Image         // describes the files in a directory
}

// bootWords make a guest start faster or keep its console useful. panic=-1 makes a panic end QEMU, which the driver
// starts with -no-reboot; machine.Panic sends an unknown NMI. quiet is for systemd too; the kernel's warnings (level 4) and worse come to the console.
func bootWords(a arch.Arch, more ...string) []string {
	words := []string{"console=" + a.Console(), "panic=-1", "quiet", "loglevel=5", "mitigations=off", "random.trust_cpu=on", "cryptomgr.notests", "audit=0", "nowatchdog", "net.ifnames=0"}
	if a.Name == "x86_64" {
		words = append(words, "unknown_nmi_panic", "tsc=reliable", "no_timer_check", "edd=off")
	}
	return append(words, more...)
}

func recipes(a arch.Arch) []recipe {
	vm := func(memory, cores int, disk bool, words ...string) func(Info, string) *Image {
		return func(info Info, dir string) *Image {
			image := &Image{
				Info: info, Arch: a.Name, Dir: dir, Kernel: filepath.Join(dir, "kernel"), KernelEFI: filepath.Join(dir, "vmlinuz"),
				Initrd: filepath.Join(dir, "initrd"), Cmdline: bootWords(a, words...), Memory: memory, Cores: cores,
				QEMU: append([]string{"-nodefaults"}, a.Hardware()...),
			}
			if disk {
				image.Disk = filepath.Join(dir, "disk.img")
			}
			return image
		}
	}
	systemdWords := []string{"root=/dev/vda", "systemd.show_status=false"}
	aptTools := []string{"bash", "mmdebstrap", "tar"}
	diskTools := []string{"bash", "tar", "mke2fs", "systemctl"}
	diskParts := []string{"common.sh", "debian-common.sh", "files/words.sh", "files/initrd-", "files/setup-", "files/password", "files/debian/", "tiny.go", "tree.go", "modules.go"}
	all, x86 := arch.Names(), []string{"x86_64"}

	return []recipe{
		{Info: Info{Name: "base"}, internal: true, arches: all, parts: []string{"base.go", "kernel.go", "modules.go"}, make: buildBase},
		{
			Info: Info{Name: "system"}, internal: true, arches: x86, tools: aptTools, apt: true,
			parts: []string{"common.sh", "packages.sh", "system.sh"},
		},
		{
			Info: Info{Name: "desktop-system"}, internal: true, arches: x86, tools: aptTools, apt: true,
			parts: []string{"common.sh", "packages.sh", "desktop-system.sh"},
		},
		{
			Info:  Info{Name: "tiny", Description: "Linux, busybox and bash in memory; up in a few seconds without KVM"},
			bases: []string{"base"}, arches: all, parts: []string{"tiny.go", "tree.go", "modules.go", "files/words.sh", "files/tiny-"},
			make: buildTiny, image: vm(256, 1, false),
		},
		{
			Info:  Info{Name: "debian", Description: "Debian 12 with systemd, networking, nginx and sshd"},
			bases: []string{"base", "system"}, arches: x86, parts: append(slices.Clip(diskParts), "debian.sh"),
			tools: diskTools, make: buildDiskInitrd, image: vm(1024, 2, true, systemdWords...),
		},
		{
			Info:  Info{Name: "desktop", Description: "the guest debian with an X server, a window manager and a terminal"},
			bases: []string{"base", "desktop-system"}, arches: x86, parts: append(slices.Clip(diskParts), "desktop.sh", "files/desktop/"),
			tools: diskTools, make: buildDiskInitrd, image: vm(1024, 2, true, systemdWords...),
		},
		{
			Info:  Info{Name: "container", Description: "Debian 12 as a root directory for systemd-nspawn", Container: true},
			bases: []string{"desktop-system"}, arches: x86, parts: append(slices.Clip(diskParts), "container.sh"),
			tools: []string{"bash", "tar", "systemctl"}, root: true,
			image: func(info Info, dir string) *Image {
				return &Image{Info: info, Arch: a.Name, Dir: dir, Root: filepath.Join(dir, "root")}
			},
		},
	}
}

// key returns a name for the state of a recipe: it changes with each file that affects the result, also of the recipes
// that it builds on.
func (c *cache) key(r recipe) (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "format 2\nname %s\ndate %d\narch %s\n", r.Name, sourceDate, c.arch.Name)
	for _, name := range r.bases {
		base, err := c.recipe(name)
		if err != nil {
			return "", err
		}
		key, err := c.key(base)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "base %s\n", key)
	}
	err := fs.WalkDir(c.files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name := strings.TrimPrefix(path, "recipes/")
		if !slices.ContainsFunc(r.parts, func(part string) bool { return strings.HasPrefix(name, part) }) {
			return nil
		}
		data, err := fs.ReadFile(c.files, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "file %s %d\n", name, len(data))
		_, err = sum.Write(data)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("reading the recipe of %s: %w", r.Name, err)
	}
	return hex.EncodeToString(sum.Sum(nil))[:keyLength], nil
}
