package guest

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/cavaliergopher/cpio"
)

// Modules of both guests' initramfs: what its init loads. Those of other architectures have no PS/2 mouse and no ACPI.
func initModules(arch string) []string {
	names := strings.Fields("virtio_pci virtio_console virtio_blk virtio_net virtio-rng 9pnet_virtio evdev ext4")
	if arch == "x86_64" {
		return append(names, "button", "psmouse", "crc32c_generic")
	}
	return append(names, "virtio_input")
}

// tinyModules are what a test may ask modprobe for.
func tinyModules(arch string) []string {
	names := strings.Fields("virtio_scsi sd_mod virtio_balloon virtio_input 9p 8021q bridge veth tun dummy bonding vfat isofs " +
		"squashfs overlay loop fuse virtiofs vmw_vsock_virtio_transport e1000 ahci nvme sr_mod nls_cp437 nls_ascii nls_utf8")
	switch arch {
	case "x86_64":
		names = append(names, strings.Fields("efivarfs crc32c_intel crct10dif_generic crct10dif_pclmul 8139too i6300esb")...)
	case "aarch64":
		names = append(names, strings.Fields("efivarfs button virtio_gpu gpio_keys gpio-pl061 crc32c_generic crct10dif_generic i6300esb")...)
	case "riscv64":
		names = append(names, "virtio_gpu")
	}
	return append(names, initModules(arch)...)
}

// baseTree returns the beginning of an initramfs: busybox and the named modules.
func (j *job) baseTree(modules []string) (*tree, error) {
	t := &tree{}
	program, err := os.ReadFile(filepath.Join(j.bases["base"], "busybox"))
	if err != nil {
		return nil, err
	}
	if err := t.busybox(program); err != nil {
		return nil, err
	}
	t.link("sbin", "bin")
	kernel, err := openModules(filepath.Join(j.bases["base"], "modules.tar"))
	if err != nil {
		return nil, err
	}
	defer kernel.close()
	if err := kernel.addTo(t, modules...); err != nil {
		return nil, err
	}
	return t, t.recipeFile(j.files, "words.sh", "lib/gotest/words.sh", 0o644)
}

// takeKernel makes further names of the base's kernels.
func (j *job) takeKernel() error {
	for _, name := range []string{"kernel", "vmlinuz"} {
		if err := linkOrCopy(filepath.Join(j.bases["base"], name), filepath.Join(j.out, name)); err != nil {
			return err
		}
	}
	return nil
}

// buildTiny makes the guest that is in memory only: an initramfs of busybox and bash.
func buildTiny(_ context.Context, j *job) error {
	j.step(0, "packing the initramfs")
	t, err := j.baseTree(tinyModules(j.arch.Name))
	if err != nil {
		return err
	}
	t.dir("dev", "proc", "sys", "run", "root", "mnt", "var/log", "tmp/shared", "home/alice")
	(*t)["tmp"] = treeFile{mode: cpio.TypeDir | cpio.ModeSticky | 0o777}
	t.link("usr/bin", "../bin")
	t.link("usr/sbin", "../bin")
	t.link("var/run", "../run")
	for name := range *t {
		if base := path.Base(name); strings.HasPrefix(base, "dpkg") || strings.HasPrefix(base, "rpm") {
			delete(*t, name) // there are no packages
		}
	}
	bash, err := os.ReadFile(filepath.Join(j.bases["base"], "bash"))
	if err != nil {
		return err
	}
	t.file("bin/bash", 0o755, bash)
	for name, from := range map[string]string{
		"init": "tiny-init", "lib/gotest/backdoor": "tiny-backdoor", "lib/gotest/dhcp": "tiny-dhcp",
		"bin/poweroff": "tiny-shutdown", "bin/reboot": "tiny-shutdown", "bin/halt": "tiny-shutdown",
		"bin/pgrep": "tiny-pgrep", "bin/pkill": "tiny-pgrep",
	} {
		if err := t.recipeFile(j.files, from, name, 0o755); err != nil {
			return err
		}
	}
	const etc = "recipes/files/tiny-etc"
	err = fs.WalkDir(j.files, etc, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		mode := cpio.FileMode(0o644)
		if path.Base(path.Dir(name)) == "PWRF" {
			mode = 0o755 // what acpid runs
		}
		return t.recipeFile(j.files, strings.TrimPrefix(name, "recipes/files/"), "etc"+strings.TrimPrefix(name, etc), mode)
	})
	if err != nil {
		return err
	}
	if err := t.write(filepath.Join(j.out, "initrd")); err != nil {
		return err
	}
	return j.finish()
}

// finish takes from the base what a guest has of it.
func (j *job) finish() error {
	if err := j.takeKernel(); err != nil {
		return err
	}
	return linkOrCopy(filepath.Join(j.bases["base"], "packages"), filepath.Join(j.out, "packages"))
}

// buildDiskInitrd makes the initramfs that mounts a guest's disk. Debian's kernel has its drivers as modules.
func buildDiskInitrd(_ context.Context, j *job) error {
	j.step(0.9, "packing the initramfs")
	t, err := j.baseTree(initModules(j.arch.Name))
	if err != nil {
		return err
	}
	t.dir("dev", "proc", "sys", "root")
	if err := t.recipeFile(j.files, "initrd-init", "init", 0o755); err != nil {
		return err
	}
	if err := t.write(filepath.Join(j.out, "initrd")); err != nil {
		return err
	}
	return j.takeKernel()
}
