package libvirt

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/gotest-driver/gotest-driver/machine/shell"
)

// Spec describes a machine. Files are those of the driver's machine; the host gets them when the machine starts.
type Spec struct {
	Image   string // disk image, raw or qcow2; what the guest writes is gone when the machine ends
	Kernel  string // kernel image
	Initrd  string // initial RAM file system
	Cmdline string // kernel command line
	Memory  int    // MiB; 0 means 512
	Cores   int    // 0 means 1
}

// The aliases of the domain's devices; libvirt keeps those that begin with "ua-".
const (
	serialAlias = "ua-serial"
	shellAlias  = "ua-shell"
)

// domainXML returns libvirt's description of a machine whose files are on the host.
func domainXML(name string, s Spec, kvm, allowReboot bool, format string) string {
	var b strings.Builder
	add := func(text string, args ...any) {
		for i, a := range args {
			if s, ok := a.(string); ok {
				var escaped strings.Builder
				_ = xml.EscapeText(&escaped, []byte(s)) // it writes to memory
				args[i] = escaped.String()
			}
		}
		fmt.Fprintf(&b, text+"\n", args...)
	}
	kind, cpu := "qemu", `<cpu mode="maximum"><feature name="erms" policy="disable"/><feature name="fsrm" policy="disable"/></cpu>`
	if kvm {
		kind, cpu = "kvm", `<cpu mode="host-passthrough"/>`
	}
	reboot := "destroy"
	if allowReboot {
		reboot = "restart"
	}
	add(`<domain type="%s"><name>%s</name><memory unit="MiB">%d</memory><vcpu>%d</vcpu>`, kind, name, cmp.Or(s.Memory, 512), cmp.Or(s.Cores, 1))
	add(`<os><type arch="x86_64" machine="pc">hvm</type>`)
	if s.Kernel != "" {
		add(`<kernel>%s</kernel><cmdline>%s</cmdline>`, s.Kernel, s.Cmdline)
	}
	if s.Initrd != "" {
		add(`<initrd>%s</initrd>`, s.Initrd)
	}
	add(`</os><features><acpi/></features>%s`+"\n"+`<on_poweroff>destroy</on_poweroff><on_reboot>`+reboot+`</on_reboot><on_crash>destroy</on_crash><devices>`, raw(cpu))
	if s.Image != "" {
		add(`<disk type="file" device="disk"><driver name="qemu" type="%s" cache="unsafe"/><source file="%s"/><target dev="vda" bus="virtio"/>`+
			`<transient shareBacking="yes"/></disk>`, format, s.Image)
	}
	add(`<serial type="pty"><target type="isa-serial" port="0"/><alias name="%s"/></serial>`, serialAlias)
	add(`<console type="pty"><target type="serial" port="0"/></console>`)
	add(`<console type="pty"><target type="virtio" port="1"/><alias name="%s"/></console>`, shellAlias)
	add(`<channel type="unix"><source mode="bind"/><target type="virtio" name="%s"/></channel>`, shell.DataPortName)
	add(`<rng model="virtio"><backend model="random">/dev/urandom</backend></rng><memballoon model="none"/>`)
	add(`<video><model type="vga"/></video><graphics type="vnc" port="-1" autoport="no"><listen type="none"/></graphics>`)
	add(`<interface type="user"><model type="virtio"/></interface></devices></domain>`)
	return b.String()
}

// raw is a text that is XML already.
type raw string
