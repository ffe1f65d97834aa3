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

// sourceDate is the time stamp of the files of an image (SOURCE_DATE_EPOCH), so that equal packages make equal images.
const sourceDate = 1700000000

// recipe is how a guest is made: recipes/NAME.sh, run by bash.
type recipe struct {
	Info
	base     string   // name of the recipe whose files this one starts from; empty for none
	internal bool     // a part of others, no guest of its own
	parts    []string // prefixes, under recipes/, of the files that decide the result
	tools    []tool   // programs that the build needs
	tree     bool     // the result is a directory tree, whose files the container's user namespace may own
	root     bool     // can only be built by root
	files    fs.FS    // the scripts: recipes/…
	image    func(dir string) *Image
}

// bootWords make a guest start faster or keep its console useful. panic=-1 makes a panic end QEMU, which the driver
// starts with -no-reboot.
func bootWords(more ...string) []string {
	return append([]string{
		"console=ttyS0", "panic=-1", "quiet", "tsc=reliable", "no_timer_check", "mitigations=off", "random.trust_cpu=on",
		"cryptomgr.notests", "audit=0", "edd=off", "nowatchdog", "net.ifnames=0",
	}, more...)
}

func recipes() []recipe {
	vm := func(info Info, memory, cores int, disk bool, words ...string) func(string) *Image {
		return func(dir string) *Image {
			image := &Image{
				Info: info, Dir: dir, Kernel: filepath.Join(dir, "vmlinuz"), KernelEFI: filepath.Join(dir, "vmlinuz"),
				Initrd: filepath.Join(dir, "initrd"), Cmdline: bootWords(words...), Memory: memory, Cores: cores,
				QEMU: []string{"-nodefaults", "-vga", "std"},
			}
			if disk {
				image.Disk = filepath.Join(dir, "disk.img")
			}
			return image
		}
	}
	baseTools := []tool{toolBash, toolAptGet, toolDpkgDeb, toolTar, toolModprobe, toolDepmod, toolXZ}
	diskTools := []tool{toolBash, toolMmdebstrap, toolTar, toolModprobe, toolDepmod, toolCpio, toolLZ4, toolMkfs, toolSystemctl}
	systemdWords := []string{"root=/dev/vda", "systemd.show_status=false"}

	tiny := Info{Name: "tiny", Description: "Linux kernel, busybox and bash in an initramfs; up in a few seconds without KVM"}
	debian := Info{Name: "debian", Description: "Debian 12 with systemd, networking, nginx and sshd"}
	return []recipe{
		{
			Info: Info{Name: "base", Description: "kernel and static programs"}, internal: true,
			parts: []string{"common.sh", "base.sh"}, tools: baseTools, files: recipeFiles,
			image: func(dir string) *Image { return &Image{Dir: dir} },
		},
		{
			Info: tiny, base: "base",
			parts: []string{"common.sh", "tiny.sh", "files/words.sh", "files/tiny-"},
			tools: []tool{toolBash, toolTar, toolModprobe, toolDepmod, toolCpio, toolLZ4}, files: recipeFiles,
			image: vm(tiny, 256, 1, false),
		},
		{
			Info: debian, base: "base",
			parts: []string{"common.sh", "debian-common.sh", "debian.sh", "files/words.sh", "files/initrd-", "files/setup-", "files/password", "files/debian/"},
			tools: diskTools, files: recipeFiles,
			image: vm(debian, 1024, 2, true, systemdWords...),
		},
	}
}

// key names the state of a recipe: it changes with each file that decides the result, also of the recipes below it.
func (c *cache) key(r recipe) (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "format 1\nname %s\ndate %d\n", r.Name, sourceDate)
	if r.base != "" {
		base, err := c.recipe(r.base)
		if err != nil {
			return "", err
		}
		key, err := c.key(base)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "base %s\n", key)
	}
	err := fs.WalkDir(r.files, "recipes", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name := strings.TrimPrefix(path, "recipes/")
		if !slices.ContainsFunc(r.parts, func(part string) bool { return strings.HasPrefix(name, part) }) {
			return nil
		}
		data, err := fs.ReadFile(r.files, path)
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
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}
