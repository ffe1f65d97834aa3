package guest

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed recipes
var recipeFiles embed.FS

// sourceDate is the time stamp of the files of an image (SOURCE_DATE_EPOCH), so that the same packages make the same
// image.
const sourceDate = 1700000000

// keyLength is the number of hexadecimal digits of a recipe's key.
const keyLength = 16

// recipe describes how a guest is made: recipes/NAME.sh, run by bash.
type recipe struct {
	Info
	bases    []string                     // names of the recipes whose files this one starts from
	internal bool                         // a part of other recipes, not a guest of its own
	parts    []string                     // prefixes, under recipes/, of the files that decide the result
	tools    []tool                       // programs that the build needs
	root     bool                         // can only be built by root
	finish   func(work, out string) error // the last step of the build; nil for none
	image    func(Info, string) *Image    // describes the files in a directory
}

// bootWords make a guest start faster or keep its console useful. panic=-1 makes a panic end QEMU, which the driver
// starts with -no-reboot; machine.Panic sends an unknown NMI. quiet is for systemd too; the kernel's warnings (level 4) and worse come to the console.
func bootWords(more ...string) []string {
	return append([]string{
		"console=ttyS0", "panic=-1", "unknown_nmi_panic", "quiet", "loglevel=5", "tsc=reliable", "no_timer_check", "mitigations=off", "random.trust_cpu=on",
		"cryptomgr.notests", "audit=0", "edd=off", "nowatchdog", "net.ifnames=0",
	}, more...)
}

func recipes() []recipe {
	vm := func(memory, cores int, disk bool, words ...string) func(Info, string) *Image {
		return func(info Info, dir string) *Image {
			image := &Image{
				Info: info, Dir: dir, Kernel: filepath.Join(dir, "kernel"), KernelEFI: filepath.Join(dir, "vmlinuz"),
				Initrd: filepath.Join(dir, "initrd"), Cmdline: bootWords(words...), Memory: memory, Cores: cores,
				QEMU: []string{"-nodefaults", "-vga", "std"},
			}
			if disk {
				image.Disk = filepath.Join(dir, "disk.img")
			}
			return image
		}
	}
	systemdWords := []string{"root=/dev/vda", "systemd.show_status=false"}
	aptTools := []tool{toolBash, toolMmdebstrap, toolTar}
	initrdTools := []tool{toolBash, toolTar, toolModprobe, toolDepmod, toolCpio, toolLZ4}
	diskTools := append(slices.Clip(initrdTools), toolMkfs, toolSystemctl)
	diskParts := []string{"common.sh", "debian-common.sh", "files/words.sh", "files/initrd-", "files/setup-", "files/password", "files/debian/"}

	return []recipe{
		{
			Info: Info{Name: "base"}, internal: true, parts: []string{"common.sh", "base.sh"},
			tools: []tool{toolBash, toolAptGet, toolDpkgDeb, toolTar, toolDepmod, toolXZ},
			finish: func(work, out string) error {
				return unpackedKernel(filepath.Join(out, "vmlinuz"), filepath.Join(work, "vmlinux"), filepath.Join(out, "kernel"))
			},
		},
		{
			Info: Info{Name: "system"}, internal: true, tools: aptTools,
			parts: []string{"common.sh", "packages.sh", "system.sh"},
		},
		{
			Info: Info{Name: "desktop-system"}, internal: true, tools: aptTools,
			parts: []string{"common.sh", "packages.sh", "desktop-system.sh"},
		},
		{
			Info:  Info{Name: "tiny", Description: "Linux, busybox and bash in memory; up in a few seconds without KVM"},
			bases: []string{"base"}, parts: []string{"common.sh", "tiny.sh", "files/words.sh", "files/tiny-"},
			tools: initrdTools, image: vm(256, 1, false),
		},
		{
			Info:  Info{Name: "debian", Description: "Debian 12 with systemd, networking, nginx and sshd"},
			bases: []string{"base", "system"}, parts: append(slices.Clip(diskParts), "debian.sh"),
			tools: diskTools, image: vm(1024, 2, true, systemdWords...),
		},
		{
			Info:  Info{Name: "desktop", Description: "the guest debian with an X server, a window manager and a terminal"},
			bases: []string{"base", "desktop-system"}, parts: append(slices.Clip(diskParts), "desktop.sh", "files/desktop/"),
			tools: diskTools, image: vm(1024, 2, true, systemdWords...),
		},
		{
			Info:  Info{Name: "container", Description: "Debian 12 as a root directory for systemd-nspawn", Container: true},
			bases: []string{"desktop-system"}, parts: append(slices.Clip(diskParts), "container.sh"),
			tools: []tool{toolBash, toolTar, toolSystemctl}, root: true,
			image: func(info Info, dir string) *Image {
				return &Image{Info: info, Dir: dir, Root: filepath.Join(dir, "root")}
			},
		},
	}
}

// key returns a name for the state of a recipe: it changes with each file that affects the result, also of the recipes
// that it builds on.
func (c *cache) key(r recipe) (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "format 1\nname %s\ndate %d\n", r.Name, sourceDate)
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
	err := fs.WalkDir(c.files, "recipes", func(path string, entry fs.DirEntry, err error) error {
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
