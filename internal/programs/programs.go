// Package programs knows which packages of the distributions have the programs and files that the driver uses.
package programs

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// family is a family of distributions, or a system with a package manager of one name.
type family struct {
	ids     []string // of os-release(5), ID and ID_LIKE; or runtime.GOOS
	install string
}

var families = []family{
	{[]string{"debian", "ubuntu"}, "apt install"},
	{[]string{"fedora", "rhel"}, "dnf install"},
	{[]string{"arch"}, "pacman -S"},
	{[]string{"opensuse", "suse"}, "zypper install"},
	{[]string{"nixos"}, "nix-shell -p"},
	{[]string{"darwin"}, "brew install"},
}

// packages are the packages of a program or file, in the order of families. They are from the distributions' lists of packages;
// Debian's were installed. An empty one is not known to be there.
var packages = map[string][6]string{
	"qemu-system-x86_64":  {"qemu-system-x86", "qemu-system-x86-core", "qemu-base", "qemu-x86", "qemu", "qemu"},
	"qemu-system-aarch64": {"qemu-system-arm", "qemu-system-aarch64-core", "qemu-system-aarch64", "qemu-arm", "qemu", "qemu"},
	"qemu-system-riscv64": {"qemu-system-misc", "qemu-system-riscv-core", "qemu-system-riscv", "qemu-extra", "qemu", "qemu"},
	"OVMF_CODE.fd":        {"ovmf", "edk2-ovmf", "edk2-ovmf", "qemu-ovmf-x86_64", "qemu", "qemu"},
	"vde_switch":          {"vde-switch", "vde2", "vde2", "vde2", "vde2", "vde"},
	"vde_plug":            {"vdeplug", "vde2", "vde2", "vde2", "vde2", "vde"},
	"vde_plug2tap":        {"vde2", "vde2", "vde2", "vde2", "vde2", ""},
	"wirefilter":          {"vde-wirefilter", "vde2", "vde2", "vde2", "vde2", "vde"},
	"systemd-nspawn":      {"systemd-container", "systemd-container", "systemd", "systemd-container", "systemd", ""},
	"nsenter":             {"util-linux", "util-linux", "util-linux", "util-linux", "util-linux", ""},
	"unshare":             {"util-linux", "util-linux", "util-linux", "util-linux", "util-linux", ""},
	"setpriv":             {"util-linux", "util-linux", "util-linux", "util-linux", "util-linux", ""},
	"ip":                  {"iproute2", "iproute", "iproute2", "iproute2", "iproute2", ""},
	"mmdebstrap":          {"mmdebstrap", "", "", "", "mmdebstrap", ""},
	"mke2fs":              {"e2fsprogs", "e2fsprogs", "e2fsprogs", "e2fsprogs", "e2fsprogs", "e2fsprogs"},
	"systemctl":           {"systemd", "systemd", "systemd", "systemd", "systemd", ""},
	"newuidmap":           {"uidmap", "shadow-utils", "shadow", "shadow", "shadow", ""},
	"bash":                {"bash", "bash", "bash", "bash", "bash", "bash"},
	"tar":                 {"tar", "tar", "tar", "tar", "gnutar", "gnu-tar"},
	"python3":             {"python3", "python3", "python", "python3", "python3", "python"},
	"mypy":                {"mypy", "python3-mypy", "mypy", "python3-mypy", "mypy", "mypy"},
	"socat":               {"socat", "socat", "socat", "socat", "socat", "socat"},
	"eng.traineddata":     {"tesseract-ocr-eng", "tesseract-langpack-eng", "tesseract-data-eng", "tesseract-ocr-traineddata-english", "tesseract", "tesseract"},
}

// Here returns what os-release(5) says that this system is called, or the name that Go has for it.
func Here() string {
	name, _ := release()
	return name
}

// release returns the system's name for people, and its names for programs, the nearest first.
func release() (name string, ids []string) {
	for _, file := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		if b, err := os.ReadFile(file); err == nil {
			return parse(string(b))
		}
	}
	return runtime.GOOS, []string{runtime.GOOS}
}

// parse reads an os-release(5).
func parse(text string) (name string, ids []string) {
	var id, like string
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		value = strings.Trim(value, `"'`)
		switch key {
		case "PRETTY_NAME":
			name = value
		case "ID":
			id = value
		case "ID_LIKE":
			like = value
		}
	}
	ids = append([]string{id}, strings.Fields(like)...)
	if name == "" {
		name = id
	}
	return name, ids
}

// Install returns the command that installs programs and files on this system, such as "apt install vde2 ovmf". Where that is not
// known, it names Debian's packages.
func Install(names ...string) string {
	_, ids := release()
	return install(ids, names)
}

func install(ids, names []string) string {
	here := -1
	for _, id := range ids {
		if here = slices.IndexFunc(families, func(f family) bool { return slices.Contains(f.ids, id) }); here >= 0 {
			break
		}
	}
	var known, other []string
	add := func(list *[]string, pkg string) {
		if !slices.Contains(*list, pkg) {
			*list = append(*list, pkg)
		}
	}
	for _, n := range names {
		p, ok := packages[n]
		switch {
		case ok && here >= 0 && p[here] != "":
			add(&known, p[here])
		case ok:
			add(&other, p[0])
		default:
			add(&other, n)
		}
	}
	var parts []string
	if known != nil {
		parts = append(parts, families[here].install+" "+strings.Join(known, " "))
	}
	if other != nil {
		parts = append(parts, "what Debian has as "+strings.Join(other, ", "))
	}
	return strings.Join(parts, ", and ")
}

// Find returns the path of a program, which may be in a directory that an ordinary user's $PATH lacks.
func Find(name string) (path string, ok bool) {
	if p, err := exec.LookPath(name); err == nil {
		return p, true
	}
	for _, dir := range []string{"/usr/local/sbin", "/usr/sbin", "/sbin"} {
		p := filepath.Join(dir, name)
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return p, true
		}
	}
	return "", false
}
