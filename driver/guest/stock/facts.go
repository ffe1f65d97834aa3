package stock

import (
	_ "embed"
	"strings"
)

// Facts are what a root shell finds out about an image.
type Facts struct {
	System    string // the distribution, as os-release(5) has it
	Kernel    string // its version
	Systemd   string // its version
	CloudInit string // its version; empty: the image has none
	Agent     bool   // QEMU's guest agent runs
	State     string // of the system at the end of the boot (systemctl(1), is-system-running)
	Failed    []string
	Ways      []Way // those that have brought the unit
}

//go:embed facts.sh
var factsScript string

// FactsScript returns the commands that print what ParseFacts reads. They wait for the end of the boot.
func FactsScript() string { return factsScript }

// ParseFacts reads what the commands have printed.
func ParseFacts(printed string) (f Facts) {
	for line := range strings.Lines(printed) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch key {
		case "system":
			f.System = value
		case "kernel":
			f.Kernel = value
		case "systemd":
			f.Systemd = value
		case "cloud-init":
			f.CloudInit = value
		case "agent":
			f.Agent = value == "active"
		case "state":
			f.State = value
		case "failed":
			f.Failed = append(f.Failed, value)
		case "way":
			f.Ways = append(f.Ways, Way(value))
		}
	}
	return f
}
