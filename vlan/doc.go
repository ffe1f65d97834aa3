// Package vlan has the networks between machines: a vde switch each, or a hub in this process, and the faults that a test
// puts on the wire.
//
// [Start] starts a network. A driver does that for its machines and makes them members (driver.Driver.VLAN); a program
// without a driver plugs QEMU in with -netdev vde,sock=DIR, where DIR is [Network.Socket], or with
// -netdev stream,server=off,addr.type=unix,addr.path=SOCKET on a hub. A test then impairs a
// member's wire ([Network.Impair]), parts members from each other ([Network.Partition]) and records packets
// ([Network.Capture]).
//
// The programs of the former are vde_switch, vde_plug, vde_plug2tap and wirefilter of VDE 2.
package vlan
