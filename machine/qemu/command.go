package qemu

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"al.essio.dev/pkg/shellescape"
	"github.com/gotest-driver/gotest-driver/internal/arch"
	"github.com/gotest-driver/gotest-driver/internal/kvm"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/internal/programs"
	"github.com/gotest-driver/gotest-driver/internal/qcow2"
)

// Spec describes a machine that the driver makes the QEMU command line for.
type Spec struct {
	Arch      string   // x86_64, aarch64 or riscv64; empty: the one that machines without a guest have here, [HostArch]
	Image     string   // disk image; the guest's writes are discarded
	Disk      string   // where these go, an overlay that Backend makes; empty: to a file without a name (snapshot=on)
	ServeDisk bool     // the driver serves the disk of the Image, so that it can have faults (Backend.Disks)
	Kernel    string   // kernel image
	Initrd    string   // initial RAM file system
	Cmdline   string   // kernel command line
	Memory    int      // MiB; 0 means 512
	Cores     int      // 0 means 1
	EFI       bool     // boot with OVMF and the machine's variable store
	VLANs     []NIC    // become eth1, eth2, … (eth0 is QEMU's user network)
	SharedDir string   // offered over 9p with the mount tag "shared"
	Options   []string // further QEMU options; one of them may be another -sandbox
	// SharedMemory lets a process of the host serve a device of the machine (vhost-user).
	SharedMemory bool
	// RunAs are the options by which QEMU, started by root, becomes another user when it has opened all that its command
	// line names; see [RunAs]. They are left out where Options ask for a user or forbid the change of it.
	RunAs    []string
	Internet bool   // eth0 leads to the networks that the host is on, and to the host itself
	Binary   string // QEMU; empty means $GOTEST_QEMU, else qemu-system-<arch> in PATH
	// DiskSize is the size of the guest's disk in bytes, more than the image's; 0: that of the image.
	DiskSize int64
	// Entry gets the root shell in a guest without a backdoor of its own; nil: the guest has one.
	Entry *Entry
	// NoShell says that the guest has no root shell, and that nobody needs to wait for one.
	NoShell bool
}

// NIC is a card on a VLAN.
type NIC struct {
	VLAN   int
	MAC    string
	Socket string // control directory of the vde_switch, or the Unix socket of a hub
	Hub    bool   // the network is a hub (vlan.Options)
}

// Command returns the start command of the described machine.
func (s Spec) Command() (string, error) {
	args, err := s.words()
	if err != nil {
		return "", err
	}
	line := shellescape.QuoteCommand(args)
	if s.EFI {
		code, err := FindOVMF()
		if err != nil {
			return "", err
		}
		line += " -drive if=pflash,format=raw,unit=0,readonly=on,file=" + shellescape.Quote(escapeComma(code)) +
			` -drive if=pflash,format=raw,unit=1,file="$NIX_EFI_VARS"`
	}
	return line, nil
}

// words returns the words of the start command, without those for EFI.
func (s Spec) words() ([]string, error) {
	a, err := arch.Named(cmp.Or(s.Arch, HostArch()))
	if err != nil {
		return nil, err
	}
	bin, err := s.program()
	if err != nil {
		return nil, err
	}
	for what, file := range map[string]string{"image": s.Image, "kernel": s.Kernel, "initrd": s.Initrd} {
		if file == "" {
			continue
		}
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("the %s can't be read: %w", what, err)
		}
	}
	if s.Image == "" && s.Kernel == "" {
		return nil, fmt.Errorf("a machine needs an image or a kernel to boot")
	}
	args := []string{bin, "-nodefaults", "-m", strconv.Itoa(cmp.Or(s.Memory, 512)), "-smp", s.processors(a)}
	args = append(args, a.Hardware()...)
	if s.SharedMemory {
		args = append(args, "-object", fmt.Sprintf("memory-backend-memfd,id=ram,size=%dM,share=on", cmp.Or(s.Memory, 512)), "-machine", "memory-backend=ram")
	}
	if a.Go == runtime.GOARCH && kvm.Usable() {
		args = append(args, "-accel", "kvm", "-cpu", "host")
	} else {
		args = append(args, "-accel", "tcg,thread=multi", "-cpu", a.CPU())
	}
	if isX86(bin) {
		// A guest that goes on from a snapshot sees another number here: Linux makes its random numbers anew.
		args = append(args, "-device", "vmgenid,guid=auto")
	}
	if s.Kernel != "" {
		args = append(args, "-kernel", s.Kernel, "-append", s.Cmdline)
	}
	if s.Initrd != "" {
		args = append(args, "-initrd", s.Initrd)
	}
	if s.Disk != "" {
		// QEMU must not open or lock the file again, when it has become another user.
		args = append(args, "-drive", "file="+escapeComma(s.Disk)+",if=virtio,format=qcow2,cache=unsafe,auto-read-only=off,file.locking=off")
	} else if s.Image != "" && !s.ServeDisk {
		args = append(args, "-drive", "file="+escapeComma(s.Image)+",if=virtio,snapshot=on,format="+imageFormat(s.Image))
	}
	args = append(args, "-netdev", userNet(s.Internet), "-device", "virtio-net-pci,netdev=user0,romfile=")
	for _, n := range s.VLANs {
		if n.Hub {
			id := vlanID(n.VLAN)
			args = append(args, "-netdev", "stream,id="+id+",server=off,addr.type=unix,addr.path="+escapeComma(n.Socket),
				"-device", "virtio-net-pci,netdev="+id+",mac="+n.MAC+",romfile=")
			continue
		}
		// The card is attached to a hub of QEMU's, so that the wire to the switch can be changed while the machine
		// runs.
		id := vlanID(n.VLAN)
		hub := fmt.Sprintf("hubid=%d", n.VLAN)
		args = append(args, "-netdev", "hubport,id="+id+","+hub,
			"-device", "virtio-net-pci,netdev="+id+",mac="+n.MAC+",romfile=",
			"-netdev", "vde,id="+id+wireSuffix+",sock="+escapeComma(n.Socket),
			"-netdev", "hubport,id="+id+wireSuffix+hubSuffix+","+hub+",netdev="+id+wireSuffix)
	}
	if s.Entry != nil {
		args = append(args, s.Entry.args()...)
	}
	if s.SharedDir != "" {
		args = append(args, "-virtfs", "local,path="+escapeComma(s.SharedDir)+",security_model=none,mount_tag=shared")
	}
	filter := sandbox
	if s.changesUser() {
		args = append(args, s.RunAs...)
	} else {
		filter += ",elevateprivileges=deny"
	}
	if runtime.GOOS == "linux" && !slices.Contains(s.Options, "-sandbox") {
		args = append(args, "-sandbox", filter)
	}
	return append(args, s.Options...), nil
}

// makeDisk makes the overlay anew.
func (s Spec) makeDisk() error {
	if err := os.Remove(s.Disk); err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := qcow2.Create(s.Disk, s.Image, s.DiskSize); err != nil {
		return fmt.Errorf("the image can't be used: %w", err)
	}
	return nil
}

// sandbox are the system calls (qemu(1), -sandbox) that a machine never needs, and a guest that takes over QEMU does:
// starting programs, changing its user, the old ones. The change of its user is denied where it does not change it itself; a user
// without rights gains nothing by it.
const sandbox = "on,obsolete=deny,spawn=deny,resourcecontrol=deny"

// changesUser reports whether QEMU becomes another user by RunAs.
func (s Spec) changesUser() bool {
	for i, word := range s.Options {
		value := strings.Join(s.Options[i+1:min(i+2, len(s.Options))], "")
		if word == "-runas" || word == "-run-with" && strings.Contains(value, "user=") || word == "-sandbox" && strings.Contains(value, "elevateprivileges=") {
			return false
		}
	}
	return len(s.RunAs) > 0
}

// RunAs returns the options by which the QEMU program becomes another user once it has started (qemu(1)): -run-with, before
// 9.1 -runas.
func RunAs(ctx context.Context, program string, uid, gid int) ([]string, error) {
	out, err := exec.CommandContext(ctx, program, "-help").Output()
	if err != nil {
		return nil, fmt.Errorf("%s can't list its options: %w", program, err)
	}
	user := fmt.Sprintf("%d:%d", uid, gid)
	switch help := "\n" + string(out); {
	case runWithUser().MatchString(help):
		return []string{"-run-with", "user=" + user}, nil
	case strings.Contains(help, "\n-runas "):
		return []string{"-runas", user}, nil
	}
	return nil, fmt.Errorf("%s has no option for the user that it runs as", program)
}

var runWithUser = lazyre.Compile(`\n-run-with .*user=`)

// userNet returns QEMU's user network. It leads to the host's own loopback interface, too (as 10.0.2.2), so it is open
// only for a machine that asks for it. Ports that are forwarded to the guest work in any case.
func userNet(open bool) string {
	if open {
		return "user,id=user0"
	}
	return "user,id=user0,restrict=on"
}

// isX86 reports whether a QEMU program's machines are PCs.
func isX86(bin string) bool {
	base := filepath.Base(bin)
	return strings.HasSuffix(base, "-x86_64") || strings.HasSuffix(base, "-i386")
}

// imageFormat returns "qcow2" or "raw", by the first bytes of an image.
func imageFormat(file string) string {
	f, err := os.Open(file)
	if err != nil {
		return "raw"
	}
	defer f.Close()
	var magic [4]byte
	if _, err := f.Read(magic[:]); err == nil && string(magic[:]) == "QFI\xfb" {
		return "qcow2"
	}
	return "raw"
}

// HostArch is the architecture of machines for which no other is said: this host's, where machines can have it.
func HostArch() string {
	if runtime.GOARCH == "arm64" {
		return "aarch64"
	}
	return "x86_64"
}

// Program returns the name of the QEMU program: the given one, else $GOTEST_QEMU, else that of [HostArch].
func Program(name string) string {
	return cmp.Or(name, os.Getenv("GOTEST_QEMU"), "qemu-system-"+HostArch())
}

// Find returns the path of the program that [Program] names.
func Find(name string) (string, error) { return find(Program(name)) }

// FindArch returns the path of the QEMU program for an architecture. $GOTEST_QEMU names the one of [HostArch], or that of
// the architecture at the end of its name.
func FindArch(name string) (string, error) {
	program := os.Getenv("GOTEST_QEMU")
	if strings.HasSuffix(program, "-"+name) || name == HostArch() && !slices.Contains(arch.Names(), program[strings.LastIndex(program, "-")+1:]) {
		return find(cmp.Or(program, "qemu-system-"+name))
	}
	return find("qemu-system-" + name)
}

// program returns the path of the machine's QEMU program.
func (s Spec) program() (string, error) {
	if s.Binary == "" && s.Arch != "" {
		return FindArch(s.Arch)
	}
	return Find(s.Binary)
}

func find(program string) (string, error) {
	p, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Errorf("QEMU (%s) was not found: %s; or name it in $GOTEST_QEMU", program, programs.Install(filepath.Base(program)))
	}
	return p, nil
}

// Backends returns the kinds of network backends that the QEMU program has (qemu(1), -netdev).
func Backends(ctx context.Context, program string) ([]string, error) {
	out, err := exec.CommandContext(ctx, program, "-netdev", "help").Output()
	if err != nil {
		return nil, fmt.Errorf("%s can't list its network backends: %w", program, err)
	}
	_, list, _ := strings.Cut(string(out), ":")
	return strings.Fields(list), nil
}

// ovmfCode are the paths of OVMF's code in the distributions.
var ovmfCode = []string{
	"/usr/share/OVMF/OVMF_CODE_4M.fd",
	"/usr/share/OVMF/OVMF_CODE.fd",
	"/usr/share/edk2/x64/OVMF_CODE.4m.fd",
	"/usr/share/edk2/ovmf/OVMF_CODE.fd",
	"/usr/share/qemu/ovmf-x86_64-code.bin",
}

// FindOVMF returns the path of the firmware's code: $GOTEST_OVMF_CODE or that of the distribution.
func FindOVMF() (string, error) {
	if p := os.Getenv("GOTEST_OVMF_CODE"); p != "" {
		return p, nil
	}
	for _, p := range ovmfCode {
		if _, err := os.Stat(p); err == nil {
			return p, nil
		}
	}
	return "", fmt.Errorf("OVMF was not found: %s; or name OVMF_CODE.fd in $GOTEST_OVMF_CODE", programs.Install("OVMF_CODE.fd"))
}

// spareCPUs is how many processors can be plugged into a running machine.
const spareCPUs = 7

// processors returns the value of -smp. QEMU adds up all that it gets, so where Options have another one, this bounds nothing. Only
// boards of x86 have room for more processors.
func (s Spec) processors(a arch.Arch) string {
	cores := cmp.Or(s.Cores, 1)
	if slices.Contains(s.Options, "-smp") || a.Name != "x86_64" {
		return strconv.Itoa(cores)
	}
	return fmt.Sprintf("%d,maxcpus=%d", cores, cores+spareCPUs)
}
