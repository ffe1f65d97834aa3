package stock

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/kdomanski/iso9660"
)

// SeedSerial is the serial number (SMBIOS type 1) that tells cloud-init to look for a NoCloud seed before all other sources.
const SeedSerial = "ds=nocloud"

// Seed is what cloud-init's source NoCloud reads from a disk with the label cidata.
type Seed struct {
	Instance string // cloud-init does again what it does once for each
	Hostname string
	UserData string // as it is, in any of cloud-init's formats; empty: none
	Cards    []Card
}

// Write writes the seed's disk, an ISO 9660 image.
//
// The driver's own part is in the vendor's data, which leaves the user's as it is: cloud-init runs a boothook at every boot.
// Without data of the user's it is there, too, for programs that know the seed but no vendor's data.
func (s Seed) Write(w io.Writer) (err error) {
	iso, err := iso9660.NewWriter()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, iso.Cleanup()) }()
	network, err := s.network()
	if err != nil {
		return err
	}
	user := s.UserData
	switch {
	case user == "":
		command, err := json.Marshal([][]string{{"sh", "-c", hook()}})
		if err != nil {
			return err
		}
		user = "#cloud-config\nbootcmd: " + string(command) + "\n"
	case !strings.HasPrefix(user, "#") && !strings.Contains(user[:strings.IndexByte(user+"\n", '\n')], "MIME") && !strings.HasPrefix(user, "Content-Type:"):
		user = "#cloud-config\n" + user
	}
	for name, text := range map[string]string{
		"meta-data":      fmt.Sprintf("instance-id: %s\nlocal-hostname: %s\n", s.Instance, s.Hostname),
		"user-data":      user,
		"vendor-data":    "#cloud-boothook\n#!/bin/sh\n" + hook(),
		"network-config": network,
	} {
		if err := iso.AddFile(strings.NewReader(text), name); err != nil {
			return err
		}
	}
	return iso.WriteTo(w, "cidata")
}

// network returns the network-config, version 2. JSON is YAML.
func (s Seed) network() (string, error) {
	type ethernet struct {
		Match     map[string]string `json:"match"`
		DHCP4     bool              `json:"dhcp4"`
		Addresses []string          `json:"addresses,omitempty"`
	}
	cards := map[string]ethernet{}
	for n, c := range s.Cards {
		e := ethernet{Match: map[string]string{"macaddress": c.MAC}, DHCP4: c.Address == ""}
		if c.Address != "" {
			e.Addresses = []string{c.Address}
		}
		cards[fmt.Sprintf("eth%d", n)] = e
	}
	b, err := json.Marshal(map[string]any{"version": 2, "ethernets": cards})
	return string(b) + "\n", err
}
