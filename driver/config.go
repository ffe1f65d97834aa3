package driver

import "github.com/gotest-driver/gotest-driver/driver/config"

// Config is a driver configuration. Package config reads it.
type Config = config.Config

// MachineConfig describes a machine of a configuration, or what create_machine was given.
type MachineConfig = config.Machine
