package disk

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

// The numbers of the protocol (doc/proto.md of NetworkBlockDevice/nbd): the newstyle handshake, and simple replies.
const (
	magicServer  = 0x4e42444d41474943 // "NBDMAGIC"
	magicOption  = 0x49484156454f5054 // "IHAVEOPT"
	magicAnswer  = 0x0003e889045565a9
	magicRequest = 0x25609513
	magicReply   = 0x67446698

	fixedNewstyle = 1 // handshake flags
	noZeroes      = 2

	optionExportName = 1
	optionAbort      = 2
	optionInfo       = 6
	optionGo         = 7

	answerDone        = 1
	answerInfo        = 3
	answerUnsupported = 1<<31 | 1

	infoExport    = 0
	infoBlockSize = 3

	exportFlags = 1 | 1<<2 // there are flags; it can flush

	requestRead       = 0
	requestWrite      = 1
	requestDisconnect = 2
	requestFlush      = 3

	maxRequest = 32 << 20 // bytes that are read or written at once
	maxOption  = 4096     // bytes of an option's data
	inFlight   = 64       // requests that are worked on at once
)

// Serve serves the disk to a client until the connection ends, which is no error. It closes the connection.
func (d *Disk) Serve(conn net.Conn) error {
	defer conn.Close()
	d.mu.Lock()
	s := &server{d: d, conn: conn, in: bufio.NewReaderSize(conn, 64<<10), power: d.power, ended: make(chan struct{})}
	d.mu.Unlock()
	err := s.handshake()
	if err == nil {
		err = s.transmit()
	}
	close(s.ended)
	s.work.Wait()
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

// server is a connection.
type server struct {
	d     *Disk
	conn  net.Conn
	in    *bufio.Reader
	power int // the disk's at the start
	ended chan struct{}
	work  sync.WaitGroup
	out   sync.Mutex // held while a reply is written
}

// handshake agrees with the client on the only export that there is, whatever name the client has for it.
func (s *server) handshake() error {
	hello := binary.BigEndian.AppendUint64(nil, magicServer)
	hello = binary.BigEndian.AppendUint64(hello, magicOption)
	if _, err := s.conn.Write(binary.BigEndian.AppendUint16(hello, fixedNewstyle|noZeroes)); err != nil {
		return err
	}
	var flags uint32
	if err := binary.Read(s.in, binary.BigEndian, &flags); err != nil {
		return err
	}
	export := binary.BigEndian.AppendUint64(nil, uint64(s.d.o.Size))
	export = binary.BigEndian.AppendUint16(export, exportFlags)
	for {
		var option struct {
			Magic        uint64
			Kind, Length uint32
		}
		if err := binary.Read(s.in, binary.BigEndian, &option); err != nil {
			return err
		}
		if option.Magic != magicOption || option.Length > maxOption {
			return fmt.Errorf("an NBD client sent the option %+v", option)
		}
		if _, err := s.in.Discard(int(option.Length)); err != nil {
			return err
		}
		answer := func(kind uint32, data []byte) error {
			b := binary.BigEndian.AppendUint64(nil, magicAnswer)
			for _, n := range []uint32{option.Kind, kind, uint32(len(data))} {
				b = binary.BigEndian.AppendUint32(b, n)
			}
			_, err := s.conn.Write(append(b, data...))
			return err
		}
		var err error
		switch option.Kind {
		case optionExportName: // which old clients use
			if flags&noZeroes == 0 {
				export = append(export, make([]byte, 124)...)
			}
			_, err = s.conn.Write(export)
			return err
		case optionAbort:
			return errors.Join(io.EOF, answer(answerDone, nil))
		case optionInfo, optionGo:
			sizes := binary.BigEndian.AppendUint16(nil, infoBlockSize)
			for _, n := range []uint32{Sector, blockSize, maxRequest} {
				sizes = binary.BigEndian.AppendUint32(sizes, n)
			}
			err = errors.Join(answer(answerInfo, append([]byte{infoExport >> 8, infoExport}, export...)), answer(answerInfo, sizes), answer(answerDone, nil))
			if option.Kind == optionGo {
				return err
			}
		default:
			err = answer(answerUnsupported, nil)
		}
		if err != nil {
			return err
		}
	}
}

// transmit answers requests.
func (s *server) transmit() error {
	slots := make(chan struct{}, inFlight)
	for {
		var r struct {
			Magic       uint32
			Flags, Kind uint16
			Cookie      uint64
			Offset      uint64
			Length      uint32
		}
		var head [28]byte
		if _, err := io.ReadFull(s.in, head[:]); err != nil {
			return err
		}
		if _, err := binary.Decode(head[:], binary.BigEndian, &r); err != nil {
			return err
		}
		if r.Magic != magicRequest || r.Length > maxRequest && r.Kind <= requestWrite {
			return fmt.Errorf("an NBD client sent the request %+v", r)
		}
		if r.Kind == requestDisconnect {
			return nil
		}
		var data []byte
		if r.Kind <= requestWrite {
			data = make([]byte, r.Length)
		}
		if r.Kind == requestWrite {
			if _, err := io.ReadFull(s.in, data); err != nil {
				return err
			}
		}
		if r.Kind > requestFlush {
			if err := s.reply(r.Cookie, syscall.EINVAL, nil); err != nil {
				return err
			}
			continue
		}
		slots <- struct{}{}
		s.work.Go(func() {
			defer func() { <-slots }()
			s.answer(r.Cookie, request{kind: r.Kind, off: int64(r.Offset), length: int64(len(data))}, data)
		})
	}
}

// answer does what one request asks for.
func (s *server) answer(cookie uint64, r request, data []byte) {
	s.d.mu.Lock()
	wait := s.d.delay(r, time.Now())
	s.d.mu.Unlock()
	if wait > 0 {
		select {
		case <-time.After(wait):
		case <-s.ended:
			return
		}
	}
	errno, gone := s.d.do(s.power, r, data)
	if gone { // there is no power for an answer
		return
	}
	if errno != 0 || r.kind != requestRead {
		data = nil
	}
	_ = s.reply(cookie, errno, data) // the reader notices the end of the connection
}

func (s *server) reply(cookie uint64, errno syscall.Errno, data []byte) error {
	b := make([]byte, 0, 16)
	b = binary.BigEndian.AppendUint32(b, magicReply)
	b = binary.BigEndian.AppendUint32(b, uint32(errno)) // the protocol's numbers are Linux'
	b = binary.BigEndian.AppendUint64(b, cookie)
	s.out.Lock()
	defer s.out.Unlock()
	buffers := net.Buffers{b}
	if len(data) > 0 {
		buffers = append(buffers, data)
	}
	_, err := buffers.WriteTo(s.conn)
	return err
}
