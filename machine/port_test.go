package machine

import (
	"errors"
	"net"
	"net/netip"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// listens reports whether a condition of a wait holds on this host, run as in a guest. A host may lack nc.
func listens(t *testing.T, condition string) bool {
	t.Helper()
	err := exec.CommandContext(t.Context(), "bash", "-c", condition).Run()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1 && exit.ExitCode() != 127) {
		t.Errorf("%v: %s", err, condition)
	}
	return err == nil
}

func (p Port) isOpen(t *testing.T) bool {
	t.Helper()
	condition, refused := p.open()
	if refused != "" {
		t.Fatalf("%+v: %s", p, refused)
	}
	return listens(t, condition)
}

// took reports whether a listener has a connection to accept.
func took(t *testing.T, l interface {
	net.Listener
	SetDeadline(time.Time) error
}) bool {
	t.Helper()
	if err := l.SetDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	c, err := l.Accept()
	if err == nil {
		c.Close()
	}
	return err == nil
}

// TestPortsAreLookedUp: a listener is found at its addresses, and nothing connects to it.
func TestPortsAreLookedUp(t *testing.T) {
	for _, c := range []struct {
		network, at string
		open, shut  []string
	}{
		{"tcp4", "127.0.0.1", []string{"localhost", "127.0.0.1", "::ffff:127.0.0.1", ""}, []string{"127.0.0.2", "::1"}},
		{"tcp4", "0.0.0.0", []string{"localhost", "127.0.0.1", "127.1.2.3", "0.0.0.0"}, []string{"::1"}},
		{"tcp6", "::1", []string{"localhost", "::1", "[::1]"}, []string{"127.0.0.1"}},
		{"tcp", "::", []string{"localhost", "127.0.0.1", "::1"}, nil},
	} {
		l, err := net.Listen(c.network, net.JoinHostPort(c.at, "0"))
		if err != nil {
			t.Logf("%s: %v", c.at, err) // a host without IPv6
			continue
		}
		p := Port{Number: l.Addr().(*net.TCPAddr).Port}
		for _, p.Addr = range c.open {
			if p.Addr == "" {
				p.Addr = "localhost"
			}
			if !p.isOpen(t) {
				t.Errorf("%s: not found at %s", c.at, p.Addr)
			}
		}
		if took(t, l.(*net.TCPListener)) {
			t.Errorf("%s: it got a connection", c.at)
		}
		for _, p.Addr = range c.shut {
			if p.isOpen(t) {
				t.Errorf("%s: found at %s", c.at, p.Addr)
			}
		}
		p = Port{Number: p.Number, Addr: c.open[1], Connect: true}
		if !p.isOpen(t) || !took(t, l.(*net.TCPListener)) {
			t.Errorf("%s: it got no connection although it is to get one", c.at)
		}
		l.Close()
		if p.Connect = false; p.isOpen(t) {
			t.Errorf("%s: found after it was closed", c.at)
		}
	}
}

// TestOwnAddresses: the host's own addresses are known, and others are not.
func TestOwnAddresses(t *testing.T) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		addr := netip.MustParsePrefix(a.String()).Addr()
		if own := ownAddr(addr); own != "" && !listens(t, "{ "+has+own+"\n}") {
			t.Errorf("%s is not known", addr)
		}
	}
	for _, a := range []string{"192.0.2.77", "2001:db8::77"} {
		if listens(t, "{ "+has+ownAddr(netip.MustParseAddr(a))+"\n} 2>/dev/null") {
			t.Errorf("%s is known", a)
		}
	}
}

func TestUDPPorts(t *testing.T) {
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := Port{Number: c.LocalAddr().(*net.UDPAddr).Port, Addr: "localhost", UDP: true}
	if !p.isOpen(t) {
		t.Error("not found")
	}
	client, err := net.DialUDP("udp4", nil, c.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if q := (Port{Number: client.LocalAddr().(*net.UDPAddr).Port, Addr: "localhost", UDP: true}); q.isOpen(t) {
		t.Error("a client's port was found")
	}
	if p.Addr = "192.0.2.77"; p.isOpen(t) {
		t.Error("found at another host")
	}
	m, _, _ := play(t, nil)
	for _, p := range []Port{{Number: 53, UDP: true, Connect: true}, {Number: 53, UDP: true, Addr: "example.org"}} {
		var argument *ArgumentError
		if err := m.WaitForOpenPort(t.Context(), p, Wait{Timeout: defaultTimeout}); !errors.As(err, &argument) || argument.Machine != "server" {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

// TestKernelAddresses: examples from Linux on x86 and on s390x.
func TestKernelAddresses(t *testing.T) {
	for addr, want := range map[string][]string{
		"127.0.0.1":   {"0100007F", "0000000000000000FFFF00000100007F", "7F000001", "00000000000000000000FFFF7F000001"},
		"::1":         {"00000000000000000000000001000000", "00000000000000000000000000000001"},
		"2001:db8::1": {"B80D0120000000000000000001000000", "20010DB8000000000000000000000001"},
	} {
		if got := kernelAddrs(netip.MustParseAddr(addr)); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", addr, got, want)
		}
	}
}

func (s UnixSocket) isOpen(t *testing.T) bool {
	t.Helper()
	return listens(t, s.open())
}

func TestUnixSocketsAreLookedUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a socket")
	s := UnixSocket{Path: path}
	if s.isOpen(t) {
		t.Error("found before it was there")
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	link := filepath.Join(t.TempDir(), "link")
	if err := exec.Command("ln", "-s", filepath.Dir(path), link).Run(); err != nil {
		t.Fatal(err)
	}
	for _, s.Path = range []string{path, filepath.Join(link, "a socket")} {
		if !s.isOpen(t) || took(t, l) {
			t.Errorf("%s: not found, or it got a connection", s.Path)
		}
	}
	if (UnixSocket{Path: path, Datagram: true}).isOpen(t) {
		t.Error("taken for a datagram socket")
	}
	l.Close()
	if s.isOpen(t) {
		t.Error("found after it was closed")
	}

	path += ".datagrams"
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if !(UnixSocket{Path: path, Datagram: true}).isOpen(t) || (UnixSocket{Path: path}).isOpen(t) {
		t.Error("a datagram socket is one of its kind only")
	}
}
