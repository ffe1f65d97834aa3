package guest

import (
	"archive/tar"
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gotest-driver/gotest-driver/internal/arch"
	"github.com/gotest-driver/gotest-driver/internal/deb"
)

// debianOf returns the release of Debian from which the guests of an architecture are made: the first that has it, of those
// with a kernel that starts as quickly.
func debianOf(a arch.Arch) string {
	if a.Name == "riscv64" {
		return "trixie"
	}
	return suite
}

// buildBase makes what the VM guests have in common: Debian's kernel, its modules as far as a virtual machine can use them,
// and the static programs of their initramfs.
func buildBase(ctx context.Context, j *job) error {
	archive, err := j.archive(ctx)
	if err != nil {
		return err
	}
	const image = "linux-image-"
	programs := map[string]string{"busybox-static": "busybox", "bash-static": "bash"}
	j.step(0, "reading Debian's package lists")
	packages, err := archive.Newest(ctx, func(name string) bool {
		return programs[name] != "" || strings.HasPrefix(name, image)
	})
	if err != nil {
		return err
	}
	meta := image + j.arch.Debian
	kernel := ""
	for _, word := range strings.FieldsFunc(packages[meta].Depends, func(r rune) bool { return r == ' ' || r == ',' || r == '|' }) {
		if strings.HasPrefix(word, image) {
			kernel = word
			break
		}
	}
	var list strings.Builder
	var files []string
	for _, name := range []string{"bash-static", "busybox-static", kernel} {
		p, ok := packages[name]
		if !ok {
			return fmt.Errorf("the lists of Debian name no package %s", cmp.Or(name, meta))
		}
		fmt.Fprintf(&list, "%s\t%s\n", p.Name, p.Version)
		j.step(0.1, fmt.Sprintf("downloading %s (%d MB)", p.Name, (p.Size()+1e6-1)/1e6))
		file := filepath.Join(j.work, name+".deb")
		shown := 0.1
		err := archive.Download(ctx, p, file, func(n int64) {
			if f := 0.1 + 0.4*float64(n)/float64(p.Size()); name == kernel && f > shown+0.05 {
				shown = f
				j.step(f, fmt.Sprintf("downloading %s (%d of %d MB)", p.Name, n/1e6, p.Size()/1e6))
			}
		})
		if err != nil {
			return err
		}
		files = append(files, file)
	}
	release := strings.TrimPrefix(kernel, image)
	err = errors.Join(
		os.WriteFile(filepath.Join(j.out, "packages"), []byte(list.String()), 0o644),
		os.WriteFile(filepath.Join(j.out, "release"), []byte(release+"\n"), 0o644))
	if err != nil {
		return err
	}
	j.step(0.5, "unpacking the kernel and choosing its modules")
	for _, file := range files[:2] {
		err := unpack(ctx, file, func(name string, h *tar.Header, r io.Reader) error {
			for _, as := range programs {
				if base := path.Base(name); h.Typeflag == tar.TypeReg && path.Base(path.Dir(name)) == "bin" && (base == as || base == as+"-static") {
					return writeFrom(filepath.Join(j.out, as), 0o755, r)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := j.unpackKernel(ctx, files[2], release); err != nil {
		return err
	}
	for _, name := range []string{"busybox", "bash", "kernel", "modules.tar"} {
		if _, err := os.Stat(filepath.Join(j.out, name)); err != nil {
			return fmt.Errorf("the packages of Debian have no %s: %w", name, err)
		}
	}
	return nil
}

// unpackKernel makes the kernels and the modules' archive from the kernel's package.
func (j *job) unpackKernel(ctx context.Context, file, release string) (err error) {
	out, err := os.Create(filepath.Join(j.out, "modules.tar"))
	if err != nil {
		return err
	}
	buffer := bufio.NewWriterSize(out, 1<<20)
	modules := tar.NewWriter(buffer)
	// The kernel comes first in the package, and is unpacked while the modules are read.
	var kernel errgroup.Group
	err = unpack(ctx, file, func(name string, h *tar.Header, r io.Reader) error {
		if h.Typeflag != tar.TypeReg {
			return nil
		}
		below, isModule := strings.CutPrefix(strings.TrimPrefix(name, "usr/"), "lib/modules/"+release+"/")
		module, inKernel := strings.CutPrefix(below, "kernel/")
		switch {
		case name == "boot/vmlinuz-"+release || name == "boot/vmlinux-"+release:
			vmlinuz := filepath.Join(j.out, "vmlinuz")
			if err := writeFrom(vmlinuz, 0o644, r); err != nil {
				return err
			}
			kernel.Go(func() error { return quickKernel(j.arch, vmlinuz, filepath.Join(j.out, "kernel")) })
			return nil
		case isModule && (inKernel && wanted(module) || below == "modules.order" || below == "modules.builtin" || below == "modules.builtin.modinfo"):
			err := modules.WriteHeader(&tar.Header{
				Typeflag: tar.TypeReg, Name: "lib/modules/" + release + "/" + below, Size: h.Size, Mode: 0o644,
				ModTime: time.Unix(sourceDate, 0), Format: tar.FormatGNU,
			})
			if err != nil {
				return err
			}
			_, err = io.Copy(modules, r)
			return err
		}
		return nil
	})
	return errors.Join(err, kernel.Wait(), modules.Close(), buffer.Flush(), out.Close())
}

// quickKernel makes the kernel that starts quickest with QEMU's -kernel.
func quickKernel(a arch.Arch, vmlinuz, path string) error {
	if a.Name == "x86_64" {
		return unpackedKernel(vmlinuz, path)
	}
	return linkOrCopy(vmlinuz, path) // it is not compressed
}

// unpack calls each for the files of a package; their paths begin with no slash.
func unpack(ctx context.Context, file string, each func(string, *tar.Header, io.Reader) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return deb.Unpack(f, func(h *tar.Header, r io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return each(strings.TrimPrefix(path.Clean("/"+h.Name), "/"), h, r)
	})
}

func writeFrom(path string, mode os.FileMode, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}

// linkOrCopy makes a further name of a file, or where the file system has none, a copy with the same time.
func linkOrCopy(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return errors.Join(writeFrom(to, info.Mode(), f), os.Chtimes(to, info.ModTime(), info.ModTime()))
}
