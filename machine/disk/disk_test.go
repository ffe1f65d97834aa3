package disk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// client speaks the client's side of the protocol.
type client struct {
	t      *testing.T
	conn   net.Conn
	cookie uint64
	served chan error
}

func newDisk(t *testing.T, o Options) *Disk {
	t.Helper()
	o.Path = filepath.Join(t.TempDir(), "disk")
	if o.Logf == nil {
		o.Logf = t.Logf
	}
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(o.Path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("its file is still there: %v", err)
		}
	})
	return d
}

// connect begins to use a disk as QEMU does.
func connect(t *testing.T, d *Disk) *client {
	t.Helper()
	mine, theirs := net.Pipe()
	c := &client{t: t, conn: mine, served: make(chan error, 1)}
	go func() { c.served <- d.Serve(theirs) }()
	t.Cleanup(c.close)
	hello := c.read(18)
	if string(hello[:16]) != "NBDMAGICIHAVEOPT" || hello[17]&1 == 0 {
		t.Fatalf("the server says %q", hello)
	}
	c.write(uint32(3))
	c.write(uint64(magicOption), uint32(8), uint32(0)) // structured replies, which the server has not
	if got := binary.BigEndian.Uint32(c.read(20)[12:]); got != answerUnsupported {
		t.Fatalf("an option that it has not is answered with %#x", got)
	}
	c.write(uint64(magicOption), uint32(optionGo), uint32(6), uint32(0), uint16(0))
	for {
		head := c.read(20)
		data := c.read(int(binary.BigEndian.Uint32(head[16:])))
		switch kind := binary.BigEndian.Uint32(head[12:]); {
		case kind == answerDone:
			return c
		case kind != answerInfo:
			t.Fatalf("the export is answered with %#x", kind)
		case data[1] == infoExport:
			if size := binary.BigEndian.Uint64(data[2:]); int64(size) != d.Size() {
				t.Fatalf("the export has %d bytes", size)
			}
			if flags := binary.BigEndian.Uint16(data[10:]); flags&4 == 0 {
				t.Fatalf("the export can't flush: %#x", flags)
			}
		}
	}
}

func (c *client) close() {
	c.conn.Close()
	if err, open := <-c.served; open && err != nil {
		c.t.Error(err)
	} else if open {
		close(c.served)
	}
}

func (c *client) read(n int) []byte {
	c.t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(c.conn, b); err != nil {
		c.t.Fatal(err)
	}
	return b
}

func (c *client) write(values ...any) {
	c.t.Helper()
	var b bytes.Buffer
	for _, v := range values {
		if err := binary.Write(&b, binary.BigEndian, v); err != nil {
			c.t.Fatal(err)
		}
	}
	if _, err := c.conn.Write(b.Bytes()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) send(kind uint16, off, length int64) {
	c.cookie++
	c.write(uint32(magicRequest), uint16(0), kind, c.cookie, off, uint32(length))
}

// reply returns the error of the next reply.
func (c *client) reply() syscall.Errno {
	c.t.Helper()
	head := c.read(16)
	if cookie := binary.BigEndian.Uint64(head[8:]); cookie != c.cookie {
		c.t.Fatalf("the reply is for %d, and %d was asked last", cookie, c.cookie)
	}
	return syscall.Errno(binary.BigEndian.Uint32(head[4:]))
}

func (c *client) readAt(off, length int64) ([]byte, syscall.Errno) {
	c.t.Helper()
	c.send(requestRead, off, length)
	if errno := c.reply(); errno != 0 {
		return nil, errno
	}
	return c.read(int(length)), 0
}

func (c *client) writeAt(off int64, data []byte) syscall.Errno {
	c.t.Helper()
	c.send(requestWrite, off, int64(len(data)))
	c.write(data)
	return c.reply()
}

func (c *client) flush() syscall.Errno {
	c.t.Helper()
	c.send(requestFlush, 0, 0)
	return c.reply()
}

func sector(b byte) []byte { return bytes.Repeat([]byte{b}, Sector) }

// TestLikeADisk compares reads, writes, flushes and power failures of any kind with those of a plain model.
func TestLikeADisk(t *testing.T) {
	base := make([]byte, 7*blockSize+3*Sector)
	for i := range base {
		base[i] = byte(i / Sector)
	}
	rapid.Check(t, func(rt *rapid.T) {
		size := int64(11*blockSize + Sector)
		d, err := New(Options{Path: filepath.Join(t.TempDir(), "disk"), Base: bytes.NewReader(base), Size: size, Logf: t.Logf, Limit: 4 * blockSize})
		if err != nil {
			rt.Fatal(err)
		}
		defer d.Close()
		now := make([]byte, size)
		copy(now, base)
		flushed := bytes.Clone(now)
		held := map[int64]bool{}
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			first := rapid.Int64Range(0, size/Sector-1).Draw(rt, "sector")
			off, length := first*Sector, rapid.Int64Range(1, min(30, size/Sector-first)).Draw(rt, "sectors")*Sector
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0, 1:
				data := bytes.Repeat([]byte{rapid.Byte().Draw(rt, "byte")}, int(length))
				if errno, gone := d.do(d.power, request{requestWrite, off, length}, data); errno != 0 || gone {
					rt.Fatal(errno)
				}
				copy(now[off:], data)
				for n := off / blockSize; n*blockSize < off+length; n++ {
					held[n] = true
				}
				if len(held) > 4 { // more than it keeps in memory
					copy(flushed, now)
					clear(held)
				}
			case 2:
				got := make([]byte, length)
				if errno, _ := d.do(d.power, request{requestRead, off, length}, got); errno != 0 || !bytes.Equal(got, now[off:off+length]) {
					rt.Fatalf("reads other bytes at %d", off)
				}
			case 3:
				if errno, _ := d.do(d.power, request{kind: requestFlush}, nil); errno != 0 {
					rt.Fatal(errno)
				}
				copy(flushed, now)
				clear(held)
			case 4:
				torn := rapid.Bool().Draw(rt, "torn")
				if _, _, err := d.PowerFailure(torn); err != nil {
					rt.Fatal(err)
				}
				after := make([]byte, size)
				if _, err := d.ReadAt(after, 0); err != nil {
					rt.Fatal(err)
				}
				for at := int64(0); at < size; at += Sector {
					got := after[at : at+Sector]
					if !bytes.Equal(got, flushed[at:at+Sector]) && (!torn || !bytes.Equal(got, now[at:at+Sector])) {
						rt.Fatalf("torn %v: sector %d is neither what was flushed nor what was written", torn, at/Sector)
					}
				}
				copy(now, after)
				copy(flushed, after)
				clear(held)
			case 5:
				data := []byte{1, 2, 3}
				at := off + rapid.Int64Range(0, Sector-3).Draw(rt, "byte in it")
				if err := d.Corrupt(at, data); err != nil {
					rt.Fatal(err)
				}
				copy(now[at:], data)
				copy(flushed[at:], data)
			}
		}
	})
}

// TestSameSeedSameSectors: which sectors survive depends on the seed and on nothing else.
func TestSameSeedSameSectors(t *testing.T) {
	survivors := func(seed uint64, order []int64) string {
		d := newDisk(t, Options{Size: 1 << 20, Seed: seed})
		c := connect(t, d)
		for _, n := range order {
			if errno := c.writeAt(n*Sector, sector(1)); errno != 0 {
				t.Fatal(errno)
			}
		}
		lost, kept, err := d.PowerFailure(true)
		if err != nil || lost+kept != len(order) {
			t.Fatal(lost, kept, err)
		}
		all := make([]byte, d.Size())
		if _, err := d.ReadAt(all, 0); err != nil {
			t.Fatal(err)
		}
		var s strings.Builder
		for n := range len(all) / Sector {
			s.WriteByte('0' + all[n*Sector])
		}
		if strings.Count(s.String(), "1") != kept {
			t.Errorf("%d sectors survive, and it says %d", strings.Count(s.String(), "1"), kept)
		}
		return s.String()
	}
	var up, down []int64
	for n := range int64(200) {
		up = append(up, n)
		down = append(down, 199-n)
	}
	results := map[string]bool{}
	for seed := range uint64(10) {
		first := survivors(seed, up)
		if survivors(seed, down) != first {
			t.Errorf("seed %d: other sectors at the second time", seed)
		}
		results[first] = true
	}
	if len(results) != 10 {
		t.Errorf("10 seeds give %d results", len(results))
	}
}

// TestNothingAfterThePowerFailure: what QEMU asked for and was not answered has no effect, and later requests have none.
func TestNothingAfterThePowerFailure(t *testing.T) {
	d := newDisk(t, Options{Size: 1 << 20})
	c := connect(t, d)
	if errno := c.writeAt(0, sector(1)); errno != 0 {
		t.Fatal(errno)
	}
	if errno := c.flush(); errno != 0 {
		t.Fatal(errno)
	}
	end, err := d.Slow(Speed{Latency: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	c.send(requestWrite, 0, Sector)
	c.write(sector(2)) // it waits for an hour
	if _, _, err := d.PowerFailure(false); err != nil {
		t.Fatal(err)
	}
	end()
	c.send(requestWrite, 0, Sector)
	c.write(sector(3))
	c.close()
	next := connect(t, d)
	if got, errno := next.readAt(0, Sector); errno != 0 || !bytes.Equal(got, sector(1)) {
		t.Errorf("%v %v", errno, got[:1])
	}
}

// TestLimitOfMemory: what is not flushed is bounded, and it says when it is not kept back any more.
func TestLimitOfMemory(t *testing.T) {
	var said []string
	d := newDisk(t, Options{Size: 1 << 20, Limit: 16 * blockSize, Logf: func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }})
	c := connect(t, d)
	for n := range int64(40) {
		if errno := c.writeAt(n*blockSize, sector(7)); errno != 0 {
			t.Fatal(errno)
		}
		if len(d.unflushed) > 16 {
			t.Fatalf("it holds %d blocks", len(d.unflushed))
		}
	}
	if len(said) != 2 || !strings.Contains(said[0], "count as flushed") {
		t.Errorf("it says %q", said)
	}
	if lost, _, err := d.PowerFailure(false); err != nil || lost != 40-2*17 {
		t.Errorf("%d sectors are lost: %v", lost, err)
	}
}

// TestFailures: each kind of request fails when it is to, and works again afterwards.
func TestFailures(t *testing.T) {
	d := newDisk(t, Options{Size: 1 << 20, Seed: 3})
	c := connect(t, d)
	fail := func(f Failure) func() {
		t.Helper()
		end, err := d.Fail(f)
		if err != nil {
			t.Fatal(err)
		}
		return end
	}
	get := func(off int64) syscall.Errno { _, errno := c.readAt(off, Sector); return errno }
	put := func(off int64) syscall.Errno { return c.writeAt(off, sector(1)) }
	expect := func(what string, got, want syscall.Errno) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %v", what, got)
		}
	}
	end := fail(Failure{Read: true})
	expect("read", get(0), syscall.EIO)
	expect("write beside it", put(0), 0)
	expect("flush beside it", c.flush(), 0)
	end()
	expect("read after the end", get(0), 0)
	end = fail(Failure{Write: true, First: 8, End: 10, After: 1})
	expect("the sector before", put(7*Sector), 0)
	expect("the sector behind", put(10*Sector), 0)
	expect("the first one", put(9*Sector), 0)
	expect("the next one", put(8*Sector), syscall.EIO)
	expect("one that reaches into them", c.writeAt(6*Sector, make([]byte, 4*Sector)), syscall.EIO)
	end()
	end = fail(Failure{Flush: true})
	expect("flush", c.flush(), syscall.EIO)
	end()
	expect("flush after the end", c.flush(), 0)
	end = fail(Failure{Read: true, Rate: 0.25})
	failed := 0
	for range 400 {
		if get(0) != 0 {
			failed++
		}
	}
	end()
	if failed < 60 || failed > 140 {
		t.Errorf("%d of 400 fail at a rate of 0.25", failed)
	}
	for _, wrong := range []Failure{{}, {Read: true, Rate: 2}, {Read: true, After: -1}, {Read: true, First: 5, End: 3}, {Read: true, End: 1 << 40}} {
		if _, err := d.Fail(wrong); err == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
}

// TestFull: a full disk takes what goes to places that are in use.
func TestFull(t *testing.T) {
	d := newDisk(t, Options{Size: 1 << 20})
	c := connect(t, d)
	write := func(block int64) syscall.Errno { return c.writeAt(block*blockSize, sector(1)) }
	if errno := write(0); errno != 0 {
		t.Fatal(errno)
	}
	end, err := d.Fill(2 * blockSize)
	if err != nil {
		t.Fatal(err)
	}
	for block, want := range []syscall.Errno{0, 0, 0, syscall.ENOSPC} {
		if got := write(int64(block)); got != want {
			t.Errorf("block %d: %v", block, got)
		}
	}
	if errno := write(2); errno != 0 {
		t.Errorf("a block in use: %v", errno)
	}
	end()
	if errno := write(3); errno != 0 {
		t.Errorf("after the end: %v", errno)
	}
}

// TestSpeed: the waits are those that the bounds ask for.
func TestSpeed(t *testing.T) {
	d := newDisk(t, Options{Size: 1 << 20})
	now := time.Now()
	end, err := d.Slow(Speed{Latency: 3 * time.Millisecond, IOPS: 100, Bandwidth: 51200})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []time.Duration{13, 23, 43, 53} {
		r := request{kind: requestRead, length: Sector}
		switch i {
		case 2:
			r.length = 2 * Sector // 20 ms at 51200 bytes in a second
		case 3:
			r = request{kind: requestFlush}
		}
		if got := d.delay(r, now); got != want*time.Millisecond {
			t.Errorf("request %d waits for %v, not %v ms", i, got, want)
		}
	}
	if got := d.delay(request{kind: requestFlush}, now.Add(time.Minute)); got != 13*time.Millisecond {
		t.Errorf("after a minute: %v", got)
	}
	end()
	if got := d.delay(request{kind: requestFlush}, now.Add(time.Hour)); got != 0 {
		t.Errorf("after the end: %v", got)
	}
	if _, err := d.Slow(Speed{}); err == nil {
		t.Error("no bound at all is taken")
	}
}

// TestBadClients: what no client of the protocol sends ends the connection, or is refused.
func TestBadClients(t *testing.T) {
	d := newDisk(t, Options{Size: 1 << 20})
	c := connect(t, d)
	for _, r := range [][2]int64{{1, Sector}, {0, 100}, {1 << 20, Sector}, {-Sector, Sector}, {1<<62 + Sector, Sector}} {
		if _, errno := c.readAt(r[0], r[1]); errno != syscall.EINVAL {
			t.Errorf("a read of %d bytes at %d: %v", r[1], r[0], errno)
		}
	}
	c.send(4, 0, Sector) // trim
	if errno := c.reply(); errno != syscall.EINVAL {
		t.Errorf("a request of an unknown kind: %v", errno)
	}
	c.write(uint32(1), uint16(0), uint16(0), uint64(1), uint64(0), uint32(0))
	if err := <-c.served; err == nil {
		t.Error("a request without the magic number is taken")
	}
	close(c.served)
}
