// Package shell runs commands in a guest through the root shell that the guest offers on its virtio
// console (the backdoor of NixOS tests).
//
// A [Session] sends a small worker, a bash script, to the guest. The worker keeps a fresh bash and a
// pump for its output ready, so that a command costs one round trip and need not wait for the start of a
// process. Requests and answers go over a virtio serial port beside the console, which has flow control
// and loses nothing. For a guest without this port they go over the console, where every block of
// output waits for an acknowledgement. Every answer contains the length that the guest counted, so lost
// bytes are always noticed.
//
// A guest may be reset, and its root shell may end and start again. A worker accepts no requests for an earlier worker,
// and requests and answers have the number of their command, so no command gets the answer of another one. The current
// command fails with a [*LostError], and the next command runs in the next shell.
//
// Whatever a command does, the worker answers at once: the session asks it for a sign of life four times a
// second while a command runs. The session logs a missing answer, but ends nothing.
//
// The guest needs bash 4.4 or newer and dd (coreutils or busybox).
package shell
