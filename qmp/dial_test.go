package qmp

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDialGivesUpWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	path := filepath.Join(t.TempDir(), "none")
	_, err := Dial(ctx, path)
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Fatalf("got %v", err)
	}
}

func TestDialRefusesALongPath(t *testing.T) {
	_, err := Dial(context.Background(), "/"+strings.Repeat("x", 107))
	if err == nil || !strings.Contains(err.Error(), "108 bytes") {
		t.Fatalf("got %v", err)
	}
}

func TestDialBoundsTheGreeting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mute")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	// On a slow machine the time may be over before the connection is made.
	for limit := 30 * time.Millisecond; ; limit *= 4 {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		_, err := Dial(ctx, path)
		cancel()
		var late *TimeoutError
		if errors.As(err, &late) && late.Command == "greeting" {
			break
		}
		if !errors.Is(err, context.DeadlineExceeded) || limit > time.Minute {
			t.Fatalf("got %v", err)
		}
	}
}

func TestNetDevicesOnHubs(t *testing.T) {
	got := parseNetDevices("hub 1\r\n" +
		" \\ vlan1-hub: vlan1-wire: index=0,type=vde,sock=/tmp/vde1.ctl,fd=13\r\n" +
		" \\ vlan1: virtio-net-pci.1: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:01:01:e5\r\n" +
		"virtio-net-pci.0: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:56\r\n" +
		" \\ user0: index=0,type=user,net=10.0.2.0,restrict=off\r\n")
	want := []NetDevice{
		{Name: "virtio-net-pci.1", Model: "virtio-net-pci", MAC: "52:54:00:01:01:e5", Peer: "vlan1", PeerType: "hubport"},
		{Name: "virtio-net-pci.0", Model: "virtio-net-pci", MAC: "52:54:00:12:34:56", Peer: "user0", PeerType: "user"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
