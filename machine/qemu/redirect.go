package qemu

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"sync"

	"github.com/gotest-driver/gotest-driver/qmp"
	"github.com/gotest-driver/gotest-driver/vlan"
)

// redirect carries the packets of a card to another switch than the one that the start command has plugged it into.
// QEMU can't change a card's backend while it runs, but filters on the card can (qemu(1), filter-redirector): they pass
// the packets that the card sends to the driver, drop those of the backend, and pass the driver's packets to the card.
type redirect struct {
	id      string // of QEMU's objects
	port    *vlan.Port
	conns   map[string]net.Conn
	packets chan []byte  // for the card
	objects []qemuObject // those that may exist, the oldest first: a request without an answer from QEMU counts
	work    sync.WaitGroup
}

// qemuObject is an object that QEMU has made for the driver, and the command that removes it.
type qemuObject struct{ removal, id string }

// The streams between QEMU and the driver: the packets from the card, those for the card, and those from its backend.
const (
	fromCard    = "out"
	toCard      = "in"
	fromBackend = "drop"
)

// queueLength is the largest number of packets that wait for a card, as many as in a network card of Linux.
const queueLength = 1000

// maxPacket is the longest packet, in bytes: that of vde.
const maxPacket = 1 << 16

// vdeCard finds the card that is connected to the switch with that control directory.
func (i *instance) vdeCard(ctx context.Context, socket string) (qmp.NetDevice, bool, error) {
	devs, err := i.qmp.NetDevices(ctx)
	for _, d := range devs {
		if d.PeerType == "vde" && d.PeerSocket == socket {
			return d, true, err
		}
	}
	return qmp.NetDevice{}, false, err
}

// OnVLAN reports whether the machine has a card on a network.
func (i *instance) OnVLAN(ctx context.Context, nr int) (bool, error) {
	if i.homes == nil { // the driver made the cards
		return true, nil
	}
	_, found, err := i.vdeCard(ctx, i.homes[nr])
	return found, err
}

// moveCard plugs the card of a start command that is on network nr into another switch.
func (i *instance) moveCard(ctx context.Context, nr int, socket string) error {
	card, found, err := i.vdeCard(ctx, i.homes[nr])
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("%s: has no card on network %d", i.name, nr)
	}
	if r := i.redirects[nr]; r != nil {
		longer, cancel := begun(ctx)
		defer cancel()
		if err := i.removeRedirect(longer, r); err != nil {
			return i.unplugged(nr, err)
		}
		delete(i.redirects, nr)
	}
	if socket == i.homes[nr] {
		return nil
	}
	r := &redirect{id: fmt.Sprintf("gotest-vlan%d", nr), conns: map[string]net.Conn{}, packets: make(chan []byte, queueLength)}
	i.redirects[nr] = r
	err = i.addRedirect(ctx, r, nr, card.Peer, socket)
	if err == nil {
		return nil
	}
	ctx, cancel := begun(ctx)
	defer cancel()
	if rerr := i.removeRedirect(ctx, r); rerr != nil {
		return errors.Join(err, i.unplugged(nr, rerr))
	}
	delete(i.redirects, nr)
	return err
}

// addRedirect makes the streams, the port and the filters. When it fails, the caller removes what it has made.
func (i *instance) addRedirect(ctx context.Context, r *redirect, nr int, netdev, socket string) (err error) {
	for _, stream := range []string{fromCard, toCard, fromBackend} {
		if r.conns[stream], err = i.stream(ctx, r, stream); err != nil {
			delete(r.conns, stream)
			return err
		}
	}
	r.work.Go(func() {
		for packet := range r.packets {
			// A card that was removed needs no packets.
			_, _ = r.conns[toCard].Write(packet)
		}
	})
	if r.port, err = vlan.OpenPort(i.guard, nr, socket, func(packet []byte) {
		select {
		case r.packets <- append(binary.BigEndian.AppendUint32(nil, uint32(len(packet))), packet...):
		default:
			// The packet is lost, as on any network that is too slow: waiting here would keep the port from taking the
			// packets that the card sends, and that would keep QEMU from reading these.
		}
	}); err != nil {
		return err
	}
	r.work.Go(func() {
		if err := forward(r.conns[fromCard], r.port.Send); err != nil {
			i.o.Logf("the card on network %d sends nothing any more: %v", nr, err)
		}
		_, _ = io.Copy(io.Discard, r.conns[fromCard]) // or QEMU would wait
	})
	r.work.Go(func() { _, _ = io.Copy(io.Discard, r.conns[fromBackend]) })
	for _, filter := range []map[string]any{
		{"queue": "rx", "outdev": r.id + "-" + fromCard},
		{"queue": "tx", "outdev": r.id + "-" + fromBackend, "indev": r.id + "-" + toCard},
	} {
		id := fmt.Sprintf("%s-%v", r.id, filter["queue"])
		filter["qom-type"], filter["id"], filter["netdev"] = "filter-redirector", id, netdev
		r.objects = append(r.objects, qemuObject{"object-del", id})
		if _, err := i.qmp.Execute(ctx, "object-add", filter); err != nil {
			return fmt.Errorf("%s: the card on network %d can't be moved to another switch: %w", i.name, nr, err)
		}
	}
	return nil
}

// stream makes a stream between QEMU and the driver.
func (i *instance) stream(ctx context.Context, r *redirect, name string) (net.Conn, error) {
	id := r.id + "-" + name
	path := filepath.Join(i.state, id)
	l, err := listen(path)
	if err != nil {
		return nil, err
	}
	defer l.Close() // this removes the socket, too
	backend := map[string]any{"type": "socket", "data": map[string]any{"server": false,
		"addr": map[string]any{"type": "unix", "data": map[string]any{"path": path}}}}
	r.objects = append(r.objects, qemuObject{"chardev-remove", id})
	if _, err := i.qmp.Execute(ctx, "chardev-add", map[string]any{"id": id, "backend": backend}); err != nil {
		return nil, err
	}
	return l.Accept() // QEMU has connected
}

// forward sends the packets of a stream to a switch. Each has its length in front, four bytes in big-endian order. It returns
// nil at the end of the stream.
func forward(r io.Reader, send func(packet []byte) error) error {
	br := bufio.NewReaderSize(r, maxPacket)
	buf := make([]byte, maxPacket)
	for {
		if _, err := io.ReadFull(br, buf[:4]); err != nil {
			return nil
		}
		size := binary.BigEndian.Uint32(buf)
		if size > maxPacket {
			return fmt.Errorf("QEMU has sent what is no packet (a length of %d bytes)", size)
		}
		if _, err := io.ReadFull(br, buf[:size]); err != nil {
			return nil
		}
		// The end of a switch is reported elsewhere; QEMU's stream must still be read.
		_ = send(buf[:size])
	}
}

// removeRedirect removes what addRedirect has made, complete or not. When it fails it can be called again.
func (i *instance) removeRedirect(ctx context.Context, r *redirect) error {
	for len(r.objects) > 0 {
		last := len(r.objects) - 1
		err := i.remove(ctx, r.objects[last].removal, r.objects[last].id)
		var gone *qmp.DisconnectedError
		if err != nil && !errors.As(err, &gone) { // what has ended needs no removal
			return err
		}
		r.objects = r.objects[:last]
	}
	r.close()
	return nil
}

// close ends the driver's side.
func (r *redirect) close() {
	for _, c := range r.conns {
		c.Close()
	}
	if r.port != nil {
		_ = r.port.Close() // it may have ended with its switch
	}
	close(r.packets)
	r.work.Wait()
}
