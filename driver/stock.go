package driver

import (
	"cmp"
	"context"
	"io"
	"slices"

	"github.com/gotest-driver/gotest-driver/driver/guest/stock"
	"github.com/gotest-driver/gotest-driver/machine/qemu"
)

// stockMemory is the memory, in MiB, of a machine with a distribution's image that asks for none.
const stockMemory = 1024

// userCard is the address of eth0, the first card that QEMU makes.
const userCard = "52:54:00:12:34:56"

// stockEntry returns a function that describes, when the machine starts, the ways to a root shell in the image of the machine;
// nil when the guest has a backdoor of its own.
func stockEntry(ctx context.Context, e *Environment, s *qemu.Spec) (func() *qemu.Entry, error) {
	mc := e.Config
	if !mc.HasImage() {
		return nil, nil
	}
	var err error
	if s.Image, err = e.image(ctx); err != nil {
		return nil, err
	}
	s.DiskSize = int64(mc.DiskSize) << 20
	way := cmp.Or(stock.Way(mc.Access), stock.Backdoor)
	if err := way.Check(mc.UserData != ""); err != nil {
		return nil, err
	}
	s.NoShell = way == stock.None
	ways := way.Offers()
	if len(ways) == 0 {
		return nil, nil
	}
	firmware := map[string]string{}
	if slices.Contains(ways, stock.Ignition) {
		if firmware[stock.IgnitionFile], err = stock.IgnitionConfig(); err != nil {
			return nil, err
		}
	}
	s.Memory = cmp.Or(mc.Memory, stockMemory)
	e.Announce()
	return func() *qemu.Entry {
		cards := stockCards(e)
		entry := &qemu.Entry{Port: stock.ConsolePort, Firmware: firmware, OEMStrings: stock.CredentialsOf(ways, cards).OEMStrings(),
			Report: func(p qemu.Progress) []string { return stock.Report(ways, stock.Progress(p)) },
			Setup: func() string {
				return stock.Setup{Hostname: mc.Name, Hosts: e.Hosts(), Cards: cards, Quiesce: mc.Quiesce}.Script()
			}}
		if slices.Contains(ways, stock.Tmpfiles) {
			entry.Bell = stock.BellPort
		}
		if slices.Contains(ways, stock.CloudInit) {
			entry.Serial = stock.SeedSerial
			entry.Seed = func(w io.Writer) error {
				return stock.Seed{Instance: "gotest-" + mc.Name, Hostname: mc.Name, UserData: mc.UserData, Cards: cards}.Write(w)
			}
		}
		return entry
	}, nil
}

// stockCards returns the cards of a machine with their addresses.
func stockCards(e *Environment) []stock.Card {
	cards := []stock.Card{{MAC: userCard}}
	for _, c := range e.Cards() {
		cards = append(cards, stock.Card{MAC: c.MAC, Address: c.Address.String()})
	}
	return cards
}
