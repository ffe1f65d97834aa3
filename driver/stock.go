package driver

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/driver/guest/stock"
	"github.com/gotest-driver/gotest-driver/machine/qemu"
)

// userCard is the address of eth0, the first card that QEMU makes.
const userCard = "52:54:00:12:34:56"

// stockEntry returns a function that describes, when the machine starts, the ways to a root shell in the image of the machine;
// nil when the guest has a backdoor of its own.
func stockEntry(ctx context.Context, e *Environment, s *qemu.Spec) (func() *qemu.Entry, error) {
	mc := e.Config
	if !mc.HasImage() {
		s.NoShell = mc.Access == config.AccessNone
		return nil, nil
	}
	var err error
	if s.Image, err = e.image(ctx); err != nil {
		return nil, err
	}
	s.DiskSize = int64(mc.DiskSize) << 20
	s.Memory = cmp.Or(mc.Memory, stock.Memory)
	way := cmp.Or(stock.Way(mc.Access), stock.Auto)
	if err := way.Check(mc.UserData != "", mc.Login != ""); err != nil {
		return nil, err
	}
	s.NoShell = way == stock.None
	ways := way.Offers(mc.Login != "")
	if len(ways) == 0 {
		return nil, nil
	}
	firmware := map[string]string{}
	if slices.Contains(ways, stock.Ignition) {
		if firmware[stock.IgnitionFile], err = stock.IgnitionConfig(); err != nil {
			return nil, err
		}
	}
	e.Announce()
	return func() *qemu.Entry {
		cards := stockCards(e)
		entry := &qemu.Entry{Port: stock.ConsolePort, Firmware: firmware, OEMStrings: stock.CredentialsOf(ways, cards).OEMStrings(),
			Report: func(p qemu.Progress) []string { return stock.Report(ways, progress(p)) },
			Setup: func() string {
				return stock.Setup{Hostname: mc.Name, Hosts: e.Hosts(), Cards: cards, Quiesce: mc.Quiesce}.Script()
			}}
		if slices.Contains(ways, stock.Login) {
			user, password, _ := strings.Cut(cmp.Or(mc.Login, "root"), ":")
			entry.Login = &qemu.Login{User: user, Password: password, Command: stock.LoginCommand()}
		}
		if slices.Contains(ways, stock.Tmpfiles) {
			entry.Bell = stock.BellPort
		}
		if slices.Contains(ways, stock.CloudInit) {
			seed := stock.Seed{Instance: "gotest-" + mc.Name, Hostname: mc.Name, UserData: mc.UserData, Cards: cards}
			entry.Serial, entry.Seed, entry.SeedKey = stock.SeedSerial, seed.Write, fmt.Sprintf("%q", seed)
		}
		return entry
	}, nil
}

// progress translates what a machine shows of its guest.
func progress(p qemu.Progress) stock.Progress {
	return stock.Progress{Bells: p.Bells, Opened: p.Opened, SeedRead: p.SeedRead, Login: int(p.Login), Console: p.Console}
}

// stockCards returns the cards of a machine with their addresses.
func stockCards(e *Environment) []stock.Card {
	cards := []stock.Card{{MAC: userCard}}
	for _, c := range e.Cards() {
		cards = append(cards, stock.Card{MAC: c.MAC, Address: c.Address.String()})
	}
	return cards
}
