package machine

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"

	"al.essio.dev/pkg/shellescape"
)

// Port is a TCP or UDP port, seen from the guest.
type Port struct {
	Number  int
	Addr    string // an address or a name; empty means localhost
	UDP     bool
	Connect bool // connect to it instead of looking for a listener
}

// WaitForOpenPort waits until something listens at a port. For the guest's own addresses it looks in /proc/net, so that
// a server that accepts only one connection can still accept it; to other addresses it connects.
func (m *Machine) WaitForOpenPort(ctx context.Context, p Port, w Wait) error {
	return m.waitForPort(ctx, p, "", "nothing listened there", w)
}

// WaitForClosedPort waits until nothing listens at a port, by the same rules as WaitForOpenPort.
func (m *Machine) WaitForClosedPort(ctx context.Context, p Port, w Wait) error {
	return m.waitForPort(ctx, p, " to be closed", "something listened there", w)
}

func (m *Machine) waitForPort(ctx context.Context, p Port, closed, not string, w Wait) error {
	if p.Addr == "" {
		p.Addr = "localhost"
	}
	protocol := "TCP"
	if p.UDP {
		protocol = "UDP"
	}
	condition, refused := p.open()
	if refused != "" {
		return &ArgumentError{Machine: m.o.Name, Message: fmt.Sprintf("whether UDP port %d is open can only be looked up: %s", p.Number, refused)}
	}
	if closed != "" {
		condition = "! " + condition
	}
	return m.poll(ctx, fmt.Sprintf("waiting for %s port %d on %s%s", protocol, p.Number, p.Addr, closed), w, condition, not)
}

// has is a bash function that reports whether files of the kernel match an extended regular expression. Reading them
// needs no process.
const has = `has() {
  local re=$1 all= lines
  shift
  while (($#)); do
    mapfile -t lines <"$1" && all+=" ${lines[*]}"
    shift
  done
  [[ $all =~ $re ]]
}
`

// open returns a condition for bash that holds when the port is open. Connections that the kernel forwards (address
// translation, virtual servers) have no listener, so on a guest that may forward, the condition connects when there is
// none. refused says why there is no such condition.
func (p Port) open() (condition, refused string) {
	if p.UDP && p.Connect {
		return "", "UDP has no connections"
	}
	addrs := []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()}
	if p.Addr != "localhost" {
		a, err := netip.ParseAddr(strings.Trim(p.Addr, "[]"))
		if err != nil && p.UDP {
			return "", fmt.Sprintf("addr must be localhost or an address of the guest's, not %q", p.Addr)
		}
		if err != nil {
			return p.connect(), ""
		}
		addrs = []netip.Addr{a.WithZone("").Unmap()}
	}
	if p.Connect {
		return p.connect(), ""
	}
	look := p.listener(addrs)
	if !p.UDP {
		look += " || { [[ -d /sys/module/nf_nat || -d /sys/module/ip_vs ]] && " + p.connect() + "; }"
	}
	if own := ownAddr(addrs[0]); own != "" {
		other := "false"
		if !p.UDP {
			other = p.connect()
		}
		look = fmt.Sprintf("if %s; then %s; else %s; fi", own, look, other)
	}
	return "{ " + has + look + "\n} 2>/dev/null", ""
}

// connect returns a condition for bash that holds when something accepts TCP connections. bash's own /dev/tcp starts no
// process; guests whose bash was built without it use nc.
func (p Port) connect() string {
	a := shellescape.Quote(strings.Trim(p.Addr, "[]"))
	return fmt.Sprintf("{ (exec 9<>/dev/tcp/%s/%d) || nc -z %s %d; } 2>/dev/null", a, p.Number, a, p.Number)
}

// listener returns a condition for bash that holds when something listens at the port, on one of the addresses or on
// all.
func (p Port) listener(addrs []netip.Addr) string {
	files, state := "/proc/net/tcp /proc/net/tcp6", "0A" // TCP_LISTEN
	if p.UDP {
		files, state = "/proc/net/udp /proc/net/udp6", "07" // TCP_CLOSE: bound, and not connected
	}
	at := []string{"0{32}"} // an IPv6 socket may also receive IPv4
	for _, a := range addrs {
		if a.Is4() {
			at = append(at, "0{8}")
		}
		at = append(at, kernelAddrs(a)...)
	}
	return fmt.Sprintf("has ': (%s):%04X [0-9A-F]+:[0-9A-F]{4} %s ' %s", strings.Join(at, "|"), p.Number, state, files)
}

// kernelAddrs returns the forms that an address has in /proc/net/tcp and tcp6: words of 32 bits in the byte order of
// the guest, which may be either. The other address that one of the forms could mean is never in use.
func kernelAddrs(a netip.Addr) []string {
	form := func(b []byte, order binary.ByteOrder) string {
		var s strings.Builder
		for ; len(b) > 0; b = b[4:] {
			fmt.Fprintf(&s, "%08X", order.Uint32(b))
		}
		return s.String()
	}
	var forms []string
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		forms = append(forms, form(a.AsSlice(), order))
		if a.Is4() {
			mapped := a.As16()
			forms = append(forms, form(mapped[:], order))
		}
	}
	return forms
}

// ownAddr returns a condition for bash that holds when the guest has the address; empty for those that each guest has.
func ownAddr(a netip.Addr) string {
	switch {
	case a.IsLoopback(), a.IsUnspecified():
		return ""
	case a.Is4():
		return fmt.Sprintf(`has '\|-- %s +/32 host LOCAL' /proc/net/fib_trie`, strings.ReplaceAll(a.String(), ".", `\.`))
	}
	b := a.As16()
	return "has '" + hex.EncodeToString(b[:]) + " ' /proc/net/if_inet6"
}

// UnixSocket is a Unix socket of the guest.
type UnixSocket struct {
	Path     string
	Datagram bool
	Connect  bool // connect to it instead of looking for a listener
}

// WaitForOpenUnixSocket waits until something listens at a Unix socket in the guest, which it looks up in
// /proc/net/unix. It connects to a socket that is not found there because its server knows it by another path (in a
// mount namespace).
func (m *Machine) WaitForOpenUnixSocket(ctx context.Context, s UnixSocket, w Wait) error {
	return m.poll(ctx, fmt.Sprintf("waiting for Unix socket '%s'", s.Path), w, s.open(), "nothing listened there")
}

// open returns a condition for bash that holds when something listens at the socket.
func (s UnixSocket) open() string {
	flags, listens := "-UN", "00010000 000[15]" // SOCK_STREAM or SOCK_SEQPACKET, and it listens
	if s.Datagram {
		flags, listens = "-uUN", "00000000 0002" // SOCK_DGRAM
	}
	path := shellescape.Quote(s.Path)
	condition := "nc -z " + flags + " " + path + " </dev/null"
	if !s.Connect {
		condition = fmt.Sprintf(`[[ -S %s ]] && { listens() {
  local lines l
  mapfile -t lines </proc/net/unix
  for l in "${lines[@]}"; do
    [[ $l == *' '%s' '*' /'* && /${l#* /} -ef %s ]] && return
  done
  return 1
}
listens || %s; }`, path, strings.Replace(listens, " ", "' '", 1), path, condition)
	}
	return "{ " + condition + "; } 2>/dev/null"
}
