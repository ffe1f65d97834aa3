package check

import "time"

// Machine kinds as the driver configuration has them.
const (
	KindMachine = "Machine"
	KindQEMU    = "QemuMachine"
	KindNspawn  = "NspawnMachine"
)

// Config says what the checker can't learn from the file.
type Config struct {
	// Machines are the global names of the run's machines and their kinds. Nil means that nobody knows them:
	// then the file must declare those that it uses.
	Machines map[string]string
	// VLANs are the numbers of the networks; nil means unknown.
	VLANs []int
	// GlobalTimeout is the time limit of a run; 0 means unknown.
	GlobalTimeout time.Duration
	// Load reads the file that a load statement names, relative to the file from. It returns the file's own name.
	Load func(module, from string) (name string, src []byte, err error)
	// Disabled are codes that are not reported. Lints can be disabled, errors too.
	Disabled map[Code]bool
	// Guests are the names of the built-in guests; nil means unknown.
	Guests []string
	// Source of the machine names, for messages, such as the configuration's file name.
	MachineSource string
}
