// Package faults kills, stops, fills and floods what a run consists of, at each stage of a run, and checks what the run
// says, that it ends within a time of the case's own, and that it leaves nothing behind.
//
// `make faults` tries all cases; `go test ./test/faults` a fifth of them, another one each day. FAULTS=3 chooses the fifth,
// FAULTS=all takes all, and makes power failures and chaos for minutes; `go test -run 'TestFaults/qemu/command/driver_killed'` with FAULTS=all tries one.
package faults
