package api

import (
	"iter"
	"strings"
)

// machineClass is the class of all machines.
const machineClass = "Machine"

// machineLists yields the lists of the machines of one backend each (machines_qemu), with the backends' names.
func (a *API) machineLists() iter.Seq2[string, *Variable] {
	return func(yield func(string, *Variable) bool) {
		for _, v := range a.Variables {
			if backend, ok := strings.CutPrefix(v.Name, "machines_"); ok && !yield(backend, v) {
				return
			}
		}
	}
}

// elementClass is the class of a list's elements.
func elementClass(list *Variable) string { return list.Type.Args[0].Name }

// MachineClasses yields the names of the backends, each with the class of its machines: the lists machines_… declare
// both.
func (a *API) MachineClasses() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for backend, list := range a.machineLists() {
			if !yield(backend, elementClass(list)) {
				return
			}
		}
	}
}

// MachineClass returns the class of a backend's machines: the one of all machines where the backend has none of its own.
func (a *API) MachineClass(backend string) string {
	for b, class := range a.MachineClasses() {
		if b == backend {
			return class
		}
	}
	return machineClass
}

// IsMachine reports whether a class is that of all machines, or of a backend's.
func (a *API) IsMachine(class string) bool {
	for _, c := range a.MachineClasses() {
		if c == class {
			return true
		}
	}
	return class == machineClass
}
