package qemu

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/gotest-driver/gotest-driver/internal/kvm"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/machine/shell"
)

// UncacheableError says why a boot of a machine can't be kept for later runs.
type UncacheableError struct{ Reason string }

func (e *UncacheableError) Error() string { return e.Reason }

// fingerprintFormat changes with what a snapshot consists of.
const fingerprintFormat = 1

// Fingerprint returns a text that is the same for two machines only if one can go on from a snapshot of the other, and both boots lead
// to the same. It has the command line without what belongs to a run, what the kernel tells of the files that the command line
// names, and the host's processor with KVM. The state directory is that of a machine that has not been started. The error is an
// *UncacheableError if this can't be known.
func (b *Backend) Fingerprint(s Spec, state, name string) (string, error) {
	if b.Vsock != nil {
		return "", &UncacheableError{"it has an SSH backdoor, whose device (vhost-user-vsock) QEMU can't save"}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "format %d\nshell %s\nextra %q\n", fingerprintFormat, shell.Fingerprint(), b.ExtraArgs)
	var words []string
	if b.StartCommand != "" {
		words = strings.Fields(b.StartCommand)
		program, err := filepath.EvalSymlinks(words[0])
		if err != nil || !strings.HasPrefix(program, nixStore) {
			return "", &UncacheableError{"its start command is not in " + nixStore + ", so nobody knows when what it does changes"}
		}
		words[0] = program
		for _, v := range os.Environ() {
			if strings.HasPrefix(v, "QEMU_") || strings.HasPrefix(v, "NIX_DISK_IMAGE=") {
				words = append(words, v)
			}
		}
	} else {
		s.RunAs = nil
		if s.Image != "" {
			s.Disk = "overlay"
		}
		if s.SharedDir != "" {
			s.SharedDir = "shared"
		}
		s.VLANs = slices.Clone(s.VLANs)
		for n := range s.VLANs {
			s.VLANs[n].Socket = "switch"
		}
		var err error
		if words, err = s.words(); err != nil {
			return "", err
		}
		words = append(words, s.Image, fmt.Sprint(s.DiskSize))
		if e := s.Entry; e != nil {
			words = append(words, e.Port, e.Bell, e.SeedKey, fmt.Sprintf("%q %q", e.Firmware, e.Login)) // fmt sorts the names
		}
		if s.EFI {
			code, err := FindOVMF()
			vars, verr := os.ReadFile(b.EFIVarsPath(state, name))
			if err := errors.Join(err, verr); err != nil {
				return "", err
			}
			words = append(words, code, fmt.Sprintf("%x", sha256.Sum256(vars)))
		}
	}
	display := os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
	for _, word := range append(words, fmt.Sprint(display)) {
		fmt.Fprintf(&out, "%q\n", word)
		for _, part := range append(optionPart().Split(word, -1), word) {
			if part == "" {
				continue
			}
			path := part
			if !filepath.IsAbs(path) {
				path = filepath.Join(state, path) // where QEMU runs
			}
			if text := identity(path); text != "" {
				fmt.Fprintf(&out, "file %q %s\n", part, text)
			}
		}
	}
	if kvm.Usable() {
		host, err := kvm.Host()
		if err != nil {
			return "", &UncacheableError{"the host's processor is not known: " + err.Error()}
		}
		out.WriteString(host)
	}
	return out.String(), nil
}

// nixStore is the directory whose files never change.
const nixStore = "/nix/store/"

// optionPart separates the parts of an option of QEMU's, one of which may be a path.
var optionPart = lazyre.Compile(`[,=]|file:|:`)

// identity returns what the kernel tells of a file that another or a changed one would not have; empty if there is none.
func identity(path string) string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return ""
	}
	st, err := os.Stat(real)
	if err != nil || !st.Mode().IsRegular() {
		return ""
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d %d %d %d %d", sys.Dev, sys.Ino, sys.Size, st.ModTime().UnixNano(), changed(sys))
}
