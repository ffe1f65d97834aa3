package stock

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// Progress is what a machine shows of a guest that has not got a root shell.
type Progress struct {
	Bells    int    // the number of ports that have been plugged in
	Opened   bool   // the guest has opened ConsolePort
	SeedRead int64  // bytes that the guest has read of the seed
	Login    int    // how far the login has come, an index of loginStages
	Console  string // what the guest has printed on the serial console
}

// The messages by which a guest tells of its systemd and its cloud-init on the console.
var (
	systemdLine   = lazyre.Compile(`systemd\[1\]: systemd (\d+)[^ ]* running in system mode`)
	cloudInitLine = lazyre.Compile(`Cloud-init v\. (\S+) running`)
	ignitionLine  = lazyre.Compile(`(?i)ignition\[\d+\]`)
)

// The first versions of systemd with what a way needs.
const (
	extraUnitSystemd = 256
	tmpfilesSystemd  = 252
)

// loginStages tell how far a login on the serial console has come, as qemu.LoginStage counts.
var loginStages = [...]string{
	`the guest has not asked for a name ("login:") on its serial console`,
	"the name is typed, and neither a password was asked for nor is there a prompt (#, $)",
	"name and password are typed, and there is no prompt (#, $)",
	`the guest has refused the name and the password: give login = "USER:PASSWORD"`,
	"is logged in, and has typed the commands; they need systemd, and root or a sudo that asks for no password",
}

// Report returns a line for each way, with how far it has come.
func Report(ways []Way, p Progress) (lines []string) {
	for _, w := range ways {
		lines = append(lines, string(w)+": "+p.of(w))
	}
	if p.Opened {
		lines = append(lines, "the guest has opened the port for the root shell, but bash has not greeted on it")
	}
	return lines
}

// of tells how far a way has come.
func (p Progress) of(w Way) string {
	switch w {
	case ExtraUnit:
		return p.systemd(extraUnitSystemd)
	case Tmpfiles:
		return p.systemd(tmpfilesSystemd) + fmt.Sprintf("; %d ports were plugged in for udev", p.Bells)
	case CloudInit:
		seen := "cloud-init was not seen on the console"
		if v := first(cloudInitLine(), p.Console); v != "" {
			seen = "cloud-init " + v + " runs"
		}
		if p.SeedRead == 0 {
			return "the seed's disk was not read; " + seen
		}
		return fmt.Sprintf("%d KB of the seed's disk were read; %s", (p.SeedRead+999)/1000, seen)
	case Login:
		return loginStages[p.Login]
	case Ignition:
		if ignitionLine().MatchString(p.Console) {
			return "Ignition was seen on the console"
		}
		return "Ignition was not seen on the console"
	}
	return ""
}

// systemd tells whether the guest's systemd is as new as needed.
func (p Progress) systemd(needed int) string {
	v := first(systemdLine(), p.Console)
	n, _ := strconv.Atoi(v) // digits
	switch {
	case v == "":
		return fmt.Sprintf("needs systemd %d, which was not seen on the console", needed)
	case n < needed:
		return fmt.Sprintf("needs systemd %d, and the guest has %d", needed, n)
	}
	return fmt.Sprintf("the guest has systemd %d, which is new enough; without the kernel's dmi-sysfs it does not see the credentials", n)
}

// first returns what the group of a pattern matches first.
func first(re *regexp.Regexp, text string) string {
	if m := re.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}
