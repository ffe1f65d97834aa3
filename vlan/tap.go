package vlan

// Tap is a program that connects a tap device to a switch.
type Tap struct{ *process }

// StartTap connects the tap device to the switch of network nr with that control directory. The device must exist; it
// has a carrier while it is connected. run is put in front of the command, to enter the namespace of the device.
func StartTap(g Guard, nr int, run []string, socket, device string) (*Tap, error) {
	program, args := "vde_plug2tap", []string{"-s", socket, device}
	if len(run) > 0 {
		program, args = run[0], append(append(run[1:len(run):len(run)], program), args...)
	}
	p, err := start(g, nr, discard, program, args...)
	if err != nil {
		return nil, err
	}
	return &Tap{p}, nil
}
