package api

import (
	"iter"
	"strings"
)

// machineClass is the class of all machines.
const machineClass = "Machine"

// machineLists yields the lists of machines, one for each backend (machines_qemu), with the backends' names.
func (a *API) machineLists() iter.Seq2[string, *Variable] {
	return func(yield func(string, *Variable) bool) {
		for _, v := range a.Variables {
			if backend, ok := strings.CutPrefix(v.Name, "machines_"); ok && !yield(backend, v) {
				return
			}
		}
	}
}

// elementClass returns the class of a list's elements.
func elementClass(list *Variable) string { return list.Type.Args[0].Name }

// MachineClasses yields the names of the backends, each with the class of its machines, as the lists machines_… declare
// them.
func (a *API) MachineClasses() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for backend, list := range a.machineLists() {
			if !yield(backend, elementClass(list)) {
				return
			}
		}
	}
}

// MachineClass returns the class of a backend's machines, or that of all machines if the backend has none of its own.
func (a *API) MachineClass(backend string) string {
	for b, class := range a.MachineClasses() {
		if b == backend {
			return class
		}
	}
	return machineClass
}

// IsMachine reports whether a class is that of all machines, or of one backend's machines.
func (a *API) IsMachine(class string) bool {
	for _, c := range a.MachineClasses() {
		if c == class {
			return true
		}
	}
	return class == machineClass
}
