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
// QEMU can't change a card's backend while it runs, but filters on it can (qemu(1), filter-redirector): they give the
// driver what the card sends, drop what comes from the backend, and feed the card with what the driver has.
type redirect struct {
	id      string // of QEMU's objects
	port    *vlan.Port
	conns   map[string]net.Conn
	filters []string // their ids
	work    sync.WaitGroup
}

// The streams between QEMU and the driver: what the card sends, what it is to get, and what comes from its backend.
const (
	fromCard    = "out"
	toCard      = "in"
	fromBackend = "drop"
)

// maxPacket is the longest packet, in bytes: that of vde.
const maxPacket = 1 << 16

// vdeCard finds the card that hangs on the switch with that control directory.
func (i *instance) vdeCard(ctx context.Context, socket string) (qmp.NetDevice, bool, error) {
	devs, err := i.qmp.NetDevices(ctx)
	for _, d := range devs {
		if d.PeerType == "vde" && d.PeerSocket == socket {
			return d, true, err
		}
	}
	return qmp.NetDevice{}, false, err
}

// OnVLAN tells whether a card of the machine's hangs on a network.
func (i *instance) OnVLAN(ctx context.Context, nr int) (bool, error) {
	if i.homes == nil { // the driver has put them there
		return true, nil
	}
	_, found, err := i.vdeCard(ctx, i.homes[nr])
	return found, err
}

// moveCard plugs the card of a start command that hangs on network nr into another switch.
func (i *instance) moveCard(ctx context.Context, nr int, socket string) error {
	card, found, err := i.vdeCard(ctx, i.homes[nr])
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("%s: has no card on network %d", i.name, nr)
	}
	i.redirectMu.Lock()
	defer i.redirectMu.Unlock()
	if r := i.redirects[nr]; r != nil {
		delete(i.redirects, nr)
		if err := i.removeRedirect(ctx, r); err != nil {
			return err
		}
	}
	if socket == i.homes[nr] {
		return nil
	}
	r, err := i.addRedirect(ctx, nr, card.Peer, socket)
	if err == nil {
		i.redirects[nr] = r
	}
	return err
}

// addRedirect makes the streams, the port and the filters.
func (i *instance) addRedirect(ctx context.Context, nr int, netdev, socket string) (_ *redirect, err error) {
	r := &redirect{id: fmt.Sprintf("gotest-vlan%d", nr), conns: map[string]net.Conn{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, i.removeRedirect(context.WithoutCancel(ctx), r))
		}
	}()
	for _, stream := range []string{fromCard, toCard, fromBackend} {
		c, err := i.stream(ctx, r.id, stream)
		if err != nil {
			return nil, err
		}
		r.conns[stream] = c
	}
	in := r.conns[toCard]
	if r.port, err = vlan.OpenPort(i.guard, nr, socket, func(packet []byte) {
		// A card that has gone needs no packets.
		_, _ = in.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(packet))), packet...))
	}); err != nil {
		return nil, err
	}
	r.work.Go(func() { forward(r.conns[fromCard], r.port) })
	r.work.Go(func() { _, _ = io.Copy(io.Discard, r.conns[fromBackend]) })
	for _, filter := range []map[string]any{
		{"queue": "rx", "outdev": r.id + "-" + fromCard},
		{"queue": "tx", "outdev": r.id + "-" + fromBackend, "indev": r.id + "-" + toCard},
	} {
		id := fmt.Sprintf("%s-%v", r.id, filter["queue"])
		filter["qom-type"], filter["id"], filter["netdev"] = "filter-redirector", id, netdev
		if _, err := i.qmp.Execute(ctx, "object-add", filter); err != nil {
			return nil, fmt.Errorf("%s: the card on network %d can't be moved to another switch: %w", i.name, nr, err)
		}
		r.filters = append(r.filters, id)
	}
	return r, nil
}

// stream makes a stream between QEMU and the driver.
func (i *instance) stream(ctx context.Context, id, name string) (net.Conn, error) {
	path := filepath.Join(i.state, id+"-"+name)
	l, err := listen(path)
	if err != nil {
		return nil, err
	}
	defer l.Close() // this removes the socket, too
	backend := map[string]any{"type": "socket", "data": map[string]any{"server": false,
		"addr": map[string]any{"type": "unix", "data": map[string]any{"path": path}}}}
	if _, err := i.qmp.Execute(ctx, "chardev-add", map[string]any{"id": id + "-" + name, "backend": backend}); err != nil {
		return nil, err
	}
	return l.Accept() // QEMU has connected
}

// forward gives the packets of a stream to a switch. Each has four bytes with its length in front, the high one first.
func forward(r io.Reader, port *vlan.Port) {
	br := bufio.NewReaderSize(r, maxPacket)
	buf := make([]byte, maxPacket)
	for {
		if _, err := io.ReadFull(br, buf[:4]); err != nil {
			return
		}
		size := binary.BigEndian.Uint32(buf)
		if size > maxPacket {
			return
		}
		if _, err := io.ReadFull(br, buf[:size]); err != nil {
			return
		}
		// A switch that has gone is told of elsewhere; what QEMU says must be read all the same.
		_ = port.Send(buf[:size])
	}
}

// removeRedirect takes away what addRedirect has made, and as much of it as there is.
func (i *instance) removeRedirect(ctx context.Context, r *redirect) error {
	var errs []error
	remove := func(command, id string) {
		if _, err := i.qmp.Execute(ctx, command, map[string]any{"id": id}); err != nil {
			errs = append(errs, err)
		}
	}
	for _, id := range r.filters {
		remove("object-del", id)
	}
	for stream := range r.conns {
		remove("chardev-remove", r.id+"-"+stream)
	}
	r.close()
	return errors.Join(errs...)
}

// close ends the driver's side.
func (r *redirect) close() {
	for _, c := range r.conns {
		c.Close()
	}
	if r.port != nil {
		_ = r.port.Close() // it may have ended with its switch
	}
	r.work.Wait()
}
