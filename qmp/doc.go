// Package qmp speaks the QEMU Machine Protocol with one QEMU process.
//
// [Client] implements the Monitor interface of github.com/digitalocean/go-qemu/qmp, so that the typed
// commands of go-qemu's package raw work on it, over a transport of its own: every command carries an
// id and waits under its own context, replies are matched by that id, messages may be of any size, and
// events are kept in a bounded history that never stands in the way of a reply.
//
// A client is safe for concurrent use. QEMU itself runs one command after the other.
package qmp
