// Package machine has [Machine]: all that a test does with a machine under test, written once over a small [Backend].
//
// Package driver makes machines (driver.Driver.CreateMachine): a Go program tests virtual machines with these two
// packages alone. The methods of test scripts are bound to those of Machine, which have the same names: wait_for_unit
// is [Machine.WaitForUnit].
//
// A machine starts with [Machine.Start], or when a method first needs it. Commands run as root, through a shell that
// the guest offers ([Machine.Succeed], [Machine.Execute]); the screen is read by OCR or compared with pictures
// ([Machine.WaitForText], [Machine.WaitForImage]); a virtual machine's keyboard, pointer, network cables and monitor are
// there, too. A method that waits takes a [Wait], whose zero value has no limit, and ends with the machine: its error
// is then a [*DiedError] with the last lines of the console. An expectation that did not hold is an [*AssertionError]
// or a [*TimeoutError].
//
// A backend starts machines of another kind: it implements [Backend] and [Instance], and as many of the interfaces
// beside these as its machines can do.
package machine
