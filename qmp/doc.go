// Package qmp is a client for the QEMU Machine Protocol.
//
// QEMU offers its monitor with -qmp unix:PATH,server=on,wait=off; [Dial] connects to it. [Client] has methods for the
// commands that tests of machines need, and [Client.Execute] and [Query] run any other. A machine of package driver
// has a client already: machine.Machine has methods for its monitor.
//
// Every command has an id and its own context, replies are matched by the id, messages may have any size, and events are
// kept in a bounded history that never blocks a reply.
//
// A client is safe for concurrent use. QEMU itself runs one command after the other.
package qmp
