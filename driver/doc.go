// Package driver is one test run: the machines and networks of a test, from their preparation to their clean-up.
//
// [New] prepares a run, [Driver.CreateMachine] adds a machine to it, and [Driver.Close] ends all machines and networks
// and removes what they left behind. A process of its own does the same when the program is killed. What a test does
// with a machine is in package machine, what it does with a network in package vlan.
//
// A [MachineConfig] describes a machine by a guest that comes with the driver (package driver/guest), by an image or a
// kernel of the user's own, or by a start script as nixpkgs makes it. A [Config] describes all machines of a test;
// nixpkgs' test framework writes it as a JSON file.
//
// On Debian, machines need the packages qemu-system-x86 and qemu-utils, networks vde-switch, vdeplug, vde2 and
// vde-wirefilter. The first use of a guest builds its image.
package driver
