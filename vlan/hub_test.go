package vlan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// peer is the QEMU of a machine on a hub.
type peer struct {
	t *testing.T
	net.Conn
}

func connect(t *testing.T, n *Network, name string) peer {
	t.Helper()
	path := n.Socket(name)
	connection := func() *hubConn {
		n.hub.mu.RLock()
		defer n.hub.mu.RUnlock()
		return n.hub.ports[name].conn
	}
	old := connection()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	for connection() == old {
		time.Sleep(time.Millisecond)
	}
	return peer{t, c}
}

func (p peer) send(packet []byte) {
	p.t.Helper()
	if _, err := p.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(packet))), packet...)); err != nil {
		p.t.Fatal(err)
	}
}

func (p peer) receive() []byte {
	p.t.Helper()
	_ = p.SetReadDeadline(time.Now().Add(time.Minute))
	head := make([]byte, lengthSize)
	if _, err := io.ReadFull(p, head); err != nil {
		p.t.Fatal(err)
	}
	packet := make([]byte, binary.BigEndian.Uint32(head))
	if _, err := io.ReadFull(p, packet); err != nil {
		p.t.Fatal(err)
	}
	return packet
}

func (p peer) expect(want string) {
	p.t.Helper()
	if got := string(p.receive()); got != want {
		p.t.Fatalf("got the packet %.60q, want %.60q", got, want)
	}
}

// hubNetwork starts a hub with connected machines.
func hubNetwork(t *testing.T, names ...string) (*Network, map[string]peer) {
	t.Helper()
	n, err := Start(t.Context(), 1, Options{Dir: t.TempDir(), Hub: true, OnDeath: func(err error) { t.Errorf("death: %v", err) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	peers := map[string]peer{}
	for _, name := range names {
		n.Add(&fakeMember{name: name})
		peers[name] = connect(t, n, name)
	}
	return n, peers
}

func TestHubCarriesPackets(t *testing.T) {
	_, p := hubNetwork(t, "a", "b", "c")
	for _, packet := range []string{"to all", "", strings.Repeat("x", 1<<16)} {
		p["a"].send([]byte(packet))
		p["b"].expect(packet)
		p["c"].expect(packet)
	}
	p["b"].send([]byte("back"))
	p["a"].expect("back") // and not what it has sent itself
}

func TestHubPartition(t *testing.T) {
	n, p := hubNetwork(t, "a", "b", "c", "d")
	if err := n.Partition(t.Context(), [][]string{{"a", "d"}}); err != nil {
		t.Fatal(err)
	}
	p["a"].send([]byte("secret"))
	p["d"].expect("secret") // the hub has handled it
	p["c"].send([]byte("others"))
	p["b"].expect("others")
	if err := n.Heal(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	p["a"].send([]byte("again"))
	for _, name := range []string{"b", "c", "d"} {
		p[name].expect("again")
	}
	if err := n.Partition(t.Context(), [][]string{{"a"}, {"nobody"}}); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("error %v, want one that names the machine", err)
	}
}

func TestHubImpairment(t *testing.T) {
	n, p := hubNetwork(t, "a", "b")
	const delay = 40 * time.Millisecond
	if err := n.Impair(t.Context(), "a", Impairment{Delay: 40, Duplicate: 100}); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	p["a"].send([]byte("one"))
	p["b"].expect("one")
	p["b"].expect("one")
	p["b"].send([]byte("two"))
	p["a"].expect("two")
	p["a"].expect("two")
	if took := time.Since(start); took < 2*delay {
		t.Errorf("there and back took %s, want at least twice %s", took, delay)
	}
	if err := n.Impair(t.Context(), "", Impairment{Delay: 40}); err != nil {
		t.Fatal(err)
	}
	start = time.Now()
	p["a"].send([]byte("three"))
	p["b"].expect("three")
	if took := time.Since(start); took < delay {
		t.Errorf("it took %s, want at least %s", took, delay)
	}
	if err := n.Heal(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	p["a"].send([]byte("four"))
	p["b"].expect("four")
}

func TestShaper(t *testing.T) {
	packet := make([]byte, lengthSize+1000)
	delivered := func(i Impairment, count int) int {
		s := newShaper(i, nil)
		for range count {
			s.push(packet)
		}
		return len(s.queue)
	}
	if n := delivered(Impairment{Loss: 30}, 2000); n < 1270 || n > 1530 { // 6 standard deviations
		t.Errorf("%d of 2000 packets arrive with a loss of 30 %%", n)
	}
	if n := delivered(Impairment{Loss: 100}, 100); n != 0 {
		t.Errorf("%d packets arrive with a loss of 100 %%", n)
	}
	if n := delivered(Impairment{Duplicate: 100}, 10); n != 20 {
		t.Errorf("%d packets arrive, want each of 10 twice", n)
	}
	// 64 KB may wait, and more than a second's worth may not.
	if n := delivered(Impairment{Rate: 1000}, 200); n < 60 || n > 80 {
		t.Errorf("%d packets of 1000 bytes wait", n)
	}
	s := newShaper(Impairment{Delay: 100, Jitter: 100}, nil)
	for range 100 {
		s.push(packet)
	}
	if !slices.IsSortedFunc(s.queue, func(a, b timed) int { return a.at.Compare(b.at) }) {
		t.Error("packets overtake each other")
	}
	s = newShaper(Impairment{Rate: 100_000}, nil)
	before := time.Now()
	for range 100 {
		s.push(packet)
	}
	if last := s.queue[99].at.Sub(before); last < time.Second {
		t.Errorf("100 kB arrive within %s at 100 kB/s", last)
	}
}

func TestHubMachineThatDoesNotRead(t *testing.T) {
	_, p := hubNetwork(t, "a", "b", "c")
	packet := bytes.Repeat([]byte("x"), 1<<14)
	for i := range 1000 { // four times what waits for b at most
		copy(packet, fmt.Sprintf("%04d", i))
		p["a"].send(packet)
		if got := p["c"].receive(); !bytes.Equal(got, packet) {
			t.Fatalf("packet %d arrived as %.8q", i, got)
		}
	}
	for i := range 50 { // whole packets from the first on
		if got := p["b"].receive(); !strings.HasPrefix(string(got), fmt.Sprintf("%04d", i)) || len(got) != len(packet) {
			t.Fatalf("packet %d arrived as %.8q", i, got)
		}
	}
}

func TestHubMachineStartsAgain(t *testing.T) {
	n, p := hubNetwork(t, "a", "b")
	p["b"].Close()
	b := connect(t, n, "b")
	b.send([]byte("new"))
	p["a"].expect("new")
}

func TestHubGarbage(t *testing.T) {
	died := make(chan error, 1)
	n, err := Start(t.Context(), 3, Options{Dir: t.TempDir(), Hub: true, OnDeath: func(err error) { died <- err }})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	n.Add(&fakeMember{name: "evil"})
	c := connect(t, n, "evil")
	if _, err := c.Write([]byte{0xff, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	var dead *DeadError
	if err := <-died; !errors.As(err, &dead) || !strings.Contains(err.Error(), "vlan3") || !strings.Contains(err.Error(), "evil") {
		t.Errorf("error %v, want one that names the network and the machine", err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}

func TestHubCapture(t *testing.T) {
	n, p := hubNetwork(t, "a", "b")
	path := filepath.Join(t.TempDir(), "net.pcap")
	stop, err := n.Capture(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	p["a"].send([]byte("packet"))
	p["b"].expect("packet")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	p["a"].send([]byte("later"))
	p["b"].expect("later")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The file's header, the packet's, the packet.
	if len(b) != 24+16+6 || string(b[40:]) != "packet" || binary.LittleEndian.Uint32(b[32:]) != 6 {
		t.Errorf("the file is %q", b)
	}
}

// TestCaptureFollowsNoLink makes the attack: a guest's copy has put links into the output directory, where the capture goes.
func TestCaptureFollowsNoLink(t *testing.T) {
	top := t.TempDir()
	out, victim := filepath.Join(top, "out"), filepath.Join(top, "victim")
	for _, err := range []error{
		os.Mkdir(out, 0o700), os.Mkdir(victim, 0o700), os.WriteFile(filepath.Join(victim, "net.pcap"), []byte("old"), 0o600),
		os.Symlink("../victim/net.pcap", filepath.Join(out, "net.pcap")), os.Symlink("../victim", filepath.Join(out, "away")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	n, err := Start(t.Context(), 1, Options{Dir: t.TempDir(), Hub: true, OutDir: out})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for path, want := range map[string]bool{"net.pcap": true, "new/net.pcap": true, "away/net.pcap": false, "away/new.pcap": false} {
		path = filepath.Join(out, path)
		stop, err := n.Capture(t.Context(), path)
		if (err == nil) != want || err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
		if err == nil {
			if err := stop(); err != nil {
				t.Error(err)
			}
			if st, err := os.Lstat(path); err != nil || !st.Mode().IsRegular() || st.Size() == 0 {
				t.Errorf("%s: %+v, %v", path, st, err)
			}
		}
	}
	left, err := os.ReadDir(victim)
	b, rerr := os.ReadFile(filepath.Join(victim, "net.pcap"))
	if err != nil || rerr != nil || len(left) != 1 || string(b) != "old" {
		t.Errorf("outside there are %v, and the file has %q (%v, %v)", left, b, err, rerr)
	}
}

func TestHubLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	n, err := Start(t.Context(), 1, Options{Dir: dir, Hub: true})
	if err != nil {
		t.Fatal(err)
	}
	n.Add(&fakeMember{name: "a"})
	if err := n.Impair(t.Context(), "", Impairment{Delay: 1000}); err != nil {
		t.Fatal(err)
	}
	c := connect(t, n, "a")
	c.send([]byte("packet"))
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v %v", left, err)
	}
}
