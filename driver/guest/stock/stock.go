// Package stock gets the driver a root shell in a distribution's own disk image, which knows nothing of it and is not changed:
// what runs the shell is a systemd unit, and the package has the ways by which a machine offers it to its guest.
package stock

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The names of the virtserialports that the unit uses.
const (
	// ConsolePort is the port on which the unit runs the root shell.
	ConsolePort = "org.gotest-driver.console"
	// BellPort is the beginning of the names of ports that are plugged in while the guest boots: each tells udev to look at its rules.
	BellPort = "org.gotest-driver.bell"
)

// Memory is the memory, in MiB, of a machine with an image that asks for none.
const Memory = 1024

// unitName is the unit's name in the guest, by whatever way it comes: an image that knows several ways has it once.
const unitName = "gotest-backdoor.service"

// Way is a way to get a root shell in a guest, by its name in scripts.
type Way string

// The ways. Auto offers ExtraUnit, Tmpfiles and CloudInit at the same time, with a user's name also Login, and the guest takes
// what it knows.
const (
	Auto      Way = "auto"
	ExtraUnit Way = "extra-unit" // credentials of systemd 256 and newer, in the SMBIOS tables
	Tmpfiles  Way = "tmpfiles"   // a credential of systemd 252 and newer, and ports that are plugged in
	CloudInit Way = "cloud-init" // a NoCloud seed: a disk that cloud-init reads
	Ignition  Way = "ignition"   // a configuration in QEMU's fw_cfg
	Login     Way = "login"      // a login on the serial console, typed as a person would
	Backdoor  Way = "backdoor"   // the image brings its own, on the virtio console, and is left alone
	None      Way = "none"       // no root shell: an installer
)

// Ways lists all ways.
func Ways() []Way {
	return []Way{Auto, ExtraUnit, Tmpfiles, CloudInit, Ignition, Login, Backdoor, None}
}

// Check returns an error unless there is a way of that name, by which user data reach the guest if there are some, and which uses
// the user's name if there is one.
func (w Way) Check(userData, login bool) error {
	if !slices.Contains(Ways(), w) {
		var names []string
		for _, known := range Ways() {
			names = append(names, string(known))
		}
		return fmt.Errorf("access %q: there is no such way into a machine; there are %s", string(w), strings.Join(names, ", "))
	}
	if userData && !slices.Contains(w.Offers(false), CloudInit) {
		return fmt.Errorf("user_data is for cloud-init, which access %q does not use", string(w))
	}
	if login && !slices.Contains(w.Offers(true), Login) {
		return fmt.Errorf("login is a name for the serial console, where access %q does not log in", string(w))
	}
	return nil
}

// Offers returns the ways that a machine offers for w at the same time; none where the driver does nothing. login says that
// there is a user's name to log in with.
func (w Way) Offers(login bool) []Way {
	switch w {
	case Auto:
		ways := []Way{ExtraUnit, Tmpfiles, CloudInit}
		if login {
			ways = append(ways, Login)
		}
		return ways
	case ExtraUnit, Tmpfiles, CloudInit, Ignition, Login:
		return []Way{w}
	}
	return nil
}

//go:embed backdoor.service
var unit string

// Unit returns the text of the systemd unit that runs the root shell.
func Unit() string { return strings.ReplaceAll(unit, "@PORT@", ConsolePort) }

// rule is udev's rule that starts the unit when it sees one of the driver's ports.
const rule = `SUBSYSTEM=="virtio-ports", ATTR{name}=="org.gotest-driver.*", TAG+="systemd", ENV{SYSTEMD_WANTS}+="` + unitName + `"
`

// Credentials are systemd's credentials (systemd.system-credentials(7)) for a machine, by their names.
type Credentials map[string]string

// CredentialsOf returns the credentials by which the ways among ws work, and for systemd-networkd the addresses of cards.
func CredentialsOf(ws []Way, cards []Card) Credentials {
	c := Credentials{}
	if slices.Contains(ws, ExtraUnit) {
		for n, card := range cards {
			if card.Address != "" {
				c[fmt.Sprintf("network.network.05-gotest%d", n)] = card.networkd()
			}
		}
		c["systemd.extra-unit."+unitName] = Unit()
		// [Install] of an extra unit is ignored.
		c["systemd.unit-dropin.multi-user.target"] = "[Unit]\nWants=" + unitName + "\n"
	}
	if slices.Contains(ws, Tmpfiles) {
		file := func(path, text string) string {
			return fmt.Sprintf("f~ %s 644 root root - %s\n", path, base64.StdEncoding.EncodeToString([]byte(text)))
		}
		c["tmpfiles.extra"] = file("/etc/systemd/system/"+unitName, Unit()) + file("/etc/udev/rules.d/99-gotest-driver.rules", rule)
	}
	return c
}

// OEMStrings returns the credentials as strings of SMBIOS type 11, which systemd reads (systemd.system-credentials(7)). The
// form .binary keeps the ends of lines.
func (c Credentials) OEMStrings() []string {
	var list []string
	for name, text := range c {
		list = append(list, "io.systemd.credential.binary:"+name+"="+base64.StdEncoding.EncodeToString([]byte(text)))
	}
	slices.Sort(list)
	return list
}

// Card is a network card of a machine.
type Card struct {
	MAC     string
	Address string // with the length of the prefix, as 192.168.1.2/24; empty: by DHCP
}

// networkd returns the settings of systemd-networkd (systemd.network(5)) for a card with an address, the same that setup.sh
// makes. What lies on the card, such as a bridge with its MAC address, is not meant.
func (c Card) networkd() string {
	return fmt.Sprintf("[Match]\nMACAddress=%s\nType=ether\n[Network]\nAddress=%s\nConfigureWithoutCarrier=yes\nKeepConfiguration=static\n", c.MAC, c.Address)
}

// IgnitionFile is the name of Ignition's configuration in QEMU's fw_cfg.
const IgnitionFile = "opt/com.coreos/config"

// IgnitionConfig returns a configuration of Ignition's (specification 3.0.0) that has the unit.
func IgnitionConfig() (string, error) {
	type unit struct {
		Name     string `json:"name"`
		Enabled  bool   `json:"enabled"`
		Contents string `json:"contents"`
	}
	b, err := json.Marshal(map[string]any{
		"ignition": map[string]string{"version": "3.0.0"},
		"systemd":  map[string]any{"units": []unit{{unitName, true, Unit() + "\n[Install]\nWantedBy=multi-user.target\n"}}},
	})
	return string(b), err
}

// LoginCommand returns a line for the shell of a login, also that of a user who may use sudo without a password. It logs out.
func LoginCommand() string {
	return "$([ $(id -u) = 0 ] || echo sudo -n) sh -c '" + strings.ReplaceAll(strings.TrimSpace(hook()), "\n", "; ") + "'; exit"
}

// hook is a script for the guest's sh that starts the unit.
func hook() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "mkdir -p /run/systemd/system\n"+
		"echo %s | base64 -d >/run/systemd/system/%s\n"+
		"systemctl daemon-reload\nsystemctl start --no-block %[2]s\n", base64.StdEncoding.EncodeToString([]byte(Unit())), unitName)
	return b.String()
}
