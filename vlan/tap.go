package vlan

// Tap is a program that joins a network card of Linux's (a tap device) to a switch.
type Tap struct{ *process }

// StartTap joins the tap device to the switch of network nr with that control directory. The device must be there; it
// has a carrier while it is joined. run are words in front of the command, by which it gets where the device is.
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
