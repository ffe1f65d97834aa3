// Package shell runs commands in a guest through the root shell that the guest offers on its virtio
// console (the backdoor of NixOS tests).
//
// A [Session] puts a small worker, a bash script, into the guest. The worker keeps a fresh bash and a
// pump for its output ready, so that a command costs one round trip and no process start before it
// begins. Requests and answers go over a virtio serial port beside the console, which has flow control
// and loses nothing; a guest that lacks it is served over the console alone, where every block of
// output waits for an acknowledgement. Every answer carries the length that the guest counted, so lost
// bytes are always noticed.
//
// A guest may be reset, and its root shell may end and begin anew. A worker takes nothing that was meant for one before it,
// and requests and answers name their command, so that no command gets another's answer. What was under way fails with a
// [*LostError], and the next command is run by the next shell.
//
// Whatever a command does, the worker answers at once: while a command runs it is asked for a sign of life
// four times a second. That there is none is told, and ends nothing.
//
// Guest side: bash 4.4 or newer and dd (coreutils or busybox).
package shell
