// Package libvirt is the backend of virtual machines on libvirt hosts: QEMU, which libvirt starts here or elsewhere. The host
// needs libvirt and QEMU, nothing else; disks are uploaded to a pool, and the root shell, the console and the monitor are
// reached through libvirt's own connection.
package libvirt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"

	golibvirt "github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"
)

// target is where a host's libvirt is reached.
type target struct {
	name   string // of the host, in errors
	driver string // "qemu:///system"
	dialer interface{ Dial() (net.Conn, error) }
}

// parseURI reads libvirt's URI of a host.
func parseURI(uri string) (target, error) {
	bad := func(format string, args ...any) (target, error) {
		return target{}, fmt.Errorf("%q is no libvirt host: %s", uri, fmt.Sprintf(format, args...))
	}
	u, err := url.Parse(uri)
	if err != nil {
		return bad("%v", errors.Unwrap(err))
	}
	driver, transport, _ := strings.Cut(u.Scheme, "+")
	if driver != "qemu" {
		return bad("its scheme must be qemu, qemu+unix, qemu+tcp or qemu+tls")
	}
	if u.Path != "/system" && u.Path != "/session" {
		return bad(`its path must be "/system" or "/session"`)
	}
	t := target{name: cmp.Or(u.Hostname(), "localhost"), driver: "qemu://" + u.Path}
	q := u.Query()
	switch transport {
	case "", "unix":
		if u.Host != "" {
			return bad("a Unix socket is on this host: leave out %q, or use qemu+tls", u.Host)
		}
		socket := cmp.Or(q.Get("socket"), "/run/libvirt/libvirt-sock")
		t.dialer = dialers.NewLocal(dialers.WithSocket(socket))
	case "tcp":
		ip := net.ParseIP(u.Hostname())
		if u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) && q.Get("insecure") != "1" {
			return bad("TCP is not encrypted, and anybody on the way could become root: use qemu+tls, or add ?insecure=1")
		}
		t.dialer = dialers.NewRemote(u.Hostname(), dialers.UsePort(cmp.Or(u.Port(), "16509")))
	case "tls":
		if u.Hostname() == "" {
			return bad("TLS needs the name of a host")
		}
		options := []dialers.TLSOption{dialers.UseTLSPort(cmp.Or(u.Port(), "16514"))}
		if path := q.Get("pkipath"); path != "" {
			options = append(options, dialers.UsePKIPath(path))
		}
		t.dialer = dialers.NewTLS(u.Hostname(), options...)
	default:
		return bad("there is no transport %q: use qemu+unix, qemu+tcp or qemu+tls", transport)
	}
	return t, nil
}

// dial connects; the context bounds the wait.
func (t target) dial(ctx context.Context) (net.Conn, error) {
	return await(ctx, t.dialer.Dial, func(c net.Conn) { c.Close() })
}

// await returns what f returns, or the context's error if that ends first; drop then takes the late value.
func await[T any](ctx context.Context, f func() (T, error), drop func(T)) (T, error) {
	type result struct {
		v   T
		err error
	}
	done := make(chan result, 1)
	go func() {
		v, err := f()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.v, r.err
	case <-ctx.Done():
		go func() {
			if r := <-done; r.err == nil && drop != nil {
				drop(r.v)
			}
		}()
		var zero T
		return zero, context.Cause(ctx)
	}
}

// Host is a libvirt host. Its methods may be called concurrently.
type Host struct {
	target
	calls *golibvirt.Libvirt
	kvm   bool

	mu   sync.Mutex             // held while a file is uploaded
	pool *golibvirt.StoragePool // nil before its first use
}

// Open connects to a host by its URI: qemu:///system, qemu+unix:///system?socket=…, qemu+tls://host/system?pkipath=…, or
// qemu+tcp://localhost/system.
func Open(ctx context.Context, uri string) (*Host, error) {
	t, err := parseURI(uri)
	if err != nil {
		return nil, err
	}
	h := &Host{target: t}
	h.calls = golibvirt.NewWithDialer(dialer(func() (net.Conn, error) { return t.dial(ctx) }))
	connect := func() (string, error) {
		if err := h.calls.ConnectToURI(golibvirt.ConnectURI(t.driver)); err != nil {
			return "", err
		}
		text, err := h.calls.Capabilities()
		return string(text), err
	}
	capabilities, err := await(ctx, connect, func(string) { _ = h.Close() })
	if err != nil {
		return nil, fmt.Errorf("%s: libvirt can't be reached by %s: %w", t.name, uri, err)
	}
	h.kvm = strings.Contains(capabilities, "<domain type='kvm'")
	return h, nil
}

// Name returns the host's name.
func (h *Host) Name() string { return h.name }

// KVM reports whether the host's machines use KVM; otherwise they are emulated.
func (h *Host) KVM() bool { return h.kvm }

// Close ends the connection. Machines that run keep theirs.
func (h *Host) Close() error { return h.calls.Disconnect() }
