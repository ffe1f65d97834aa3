//go:build linux

// Soak boots guests for hours and treats them badly, by turns: resets at random moments while commands run, and network
// faults under full traffic, beside busy loops and while QEMU, the driver, the networks' programs and the guests' shells
// are stopped and go on. It looks for what must never be:
//
//   - a command that gets another's answer, or fails though the guest was not reset,
//   - a guest or a network that is of no use within a limit after a reset or a fault,
//   - a network that does not keep apart what it is to keep apart,
//   - messages that tell of the driver's insides,
//   - goroutines, processes and files that are left behind.
//
// Each is told with the seed, the round and the end of the round's log, and the rounds go on; the exit status is 1 then.
//
//	make soak            an hour
//	make soak SOAK=8h    a night
//	go run ./test/soak -seed 7 -from 12 -rounds 1
//
// The last repeats the decisions of round 12 of a run whose seed was 7; how they meet the guests' own course differs from
// run to run, so that a failure may need some attempts. The flags:
//
//	-time 1h        how long rounds are begun
//	-seed N         the source of all decisions; without it, the time
//	-from N         the first round
//	-rounds N       how many rounds at most
//	-kinds a,b      the kinds of rounds, by turns: resets, networks
//	-calm           without busy loops, and stop nothing
//	-out DIR        where the logs of failed rounds go
//
// Each round is a process of its own, so that it can be stopped like any other. Ctrl-C ends it and all that it started.
package main
