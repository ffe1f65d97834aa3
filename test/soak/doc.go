//go:build linux

// Soak boots guests for hours and disturbs them: in turns, resets at random moments while commands run, network faults
// under full traffic, and three guests that share one processor with busy loops for ten minutes. Busy loops run beside
// them, and QEMU, the driver, the networks' programs and the guests' shells are stopped and resumed. It looks for faults
// that must never happen:
//
//   - a command that gets another's answer, or fails although the guest was not reset,
//   - a guest or a network that does not work again within a limit after a reset or a fault,
//   - a network that does not separate what it must separate,
//   - a guest that is only slow and is said not to answer, and a stopped or killed worker of which nothing is said,
//   - messages about the driver's internals,
//   - goroutines, processes and files that are left behind.
//
// Soak reports each fault with the seed, the round and the end of the round's log, and continues; the exit status is then 1.
// At the end it prints what all rounds did: resets, commands, network faults of each kind, stops.
//
//	make soak            an hour
//	make soak SOAK=8h    a night
//	go run ./test/soak -seed 7 -from 12 -rounds 1
//
// The last command repeats the decisions of round 12 of a run with the seed 7. The timing differs from run to run, so a
// failure may need several attempts. The flags:
//
//	-time 1h        start new rounds for this time
//	-seed N         the seed of all decisions; default: the time
//	-from N         the first round
//	-rounds N       the largest number of rounds
//	-kinds a,b      the kinds of rounds, in turns: crowd, networks, resets
//	-calm           no busy loops, and stop nothing
//	-busy N         the largest number of busy loops beside a round (4)
//	-patience N     multiplies all limits: for a host that is slow or has other work (1)
//	-out DIR        directory for the logs of failed rounds
//
// Each round is a separate process, so that it can be stopped like any other. Ctrl-C ends it and all its processes.
package main
