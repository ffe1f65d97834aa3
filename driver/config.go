package driver

import "github.com/gotest-driver/gotest-driver/driver/config"

// Config is a driver configuration. Package config reads it.
type Config = config.Config

// MachineConfig describes a machine of a configuration, or what create_machine was given.
type MachineConfig = config.Machine

// ways counts the ways in which a machine is described.
func ways(mc MachineConfig) int {
	n := 0
	for _, set := range []bool{mc.StartScript != "", mc.Guest != "", mc.Image != "" || mc.Kernel != "", mc.Container != "" && mc.StartScript == ""} {
		if set {
			n++
		}
	}
	return n
}
