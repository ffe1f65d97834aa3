package libvirt

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"

	golibvirt "github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket"
	"golang.org/x/sys/unix"
)

// poolName is the name of the pool that keeps uploaded files, and poolPath its directory.
const (
	poolName = "gotest-driver"
	poolPath = "/var/lib/libvirt/images/gotest-driver"
)

// Upload brings a file to the host, unless the host has one with that content, and returns its path there. It calls begin, with
// the file's size, when it has to.
func (h *Host) Upload(ctx context.Context, file string, begin func(bytes int64)) (string, error) {
	sum, err := hash(ctx, file)
	if err != nil {
		return "", err
	}
	h.mu.Lock()
	defer h.mu.Unlock() // one upload after the other: the way is the limit
	pool, err := h.openPool(ctx)
	if err != nil {
		return "", fmt.Errorf("%s: the pool %q can't be used: %w", h.name, poolName, err)
	}
	vols, err := h.volumes(ctx, pool)
	if err != nil {
		return "", fmt.Errorf("%s: the pool %q can't be listed: %w", h.name, poolName, err)
	}
	prefix := "gotest-" + sum[:32]
	if path, err := h.uploaded(vols, prefix); path != "" || err != nil {
		return path, err
	}
	path, err := h.upload(ctx, pool, prefix, file, begin)
	if err != nil {
		return "", fmt.Errorf("%s: uploading %s to the pool %q: %w", h.name, file, poolName, err)
	}
	return path, nil
}

func hash(ctx context.Context, file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	buf := make([]byte, 1<<20)
	for ctx.Err() == nil {
		n, err := f.Read(buf)
		h.Write(buf[:n])
		if err == io.EOF {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", context.Cause(ctx)
}

// openPool returns the pool, which it makes if there is none.
func (h *Host) openPool(ctx context.Context) (golibvirt.StoragePool, error) {
	if h.pool != nil {
		return *h.pool, nil
	}
	pool, err := await(ctx, func() (golibvirt.StoragePool, error) {
		if pool, err := h.calls.StoragePoolLookupByName(poolName); err == nil {
			return pool, h.calls.StoragePoolRefresh(pool, 0)
		}
		text := fmt.Sprintf("<pool type='dir'><name>%s</name><target><path>%s</path></target></pool>", poolName, poolPath)
		pool, err := h.calls.StoragePoolCreateXML(text, golibvirt.StoragePoolCreateWithBuild)
		if err != nil { // another run has just made it
			if pool, again := h.calls.StoragePoolLookupByName(poolName); again == nil {
				return pool, nil
			}
		}
		return pool, err
	}, nil)
	if err == nil {
		h.pool = &pool
	}
	return pool, err
}

func (h *Host) volumes(ctx context.Context, pool golibvirt.StoragePool) ([]golibvirt.StorageVol, error) {
	return await(ctx, func() ([]golibvirt.StorageVol, error) {
		if err := h.calls.StoragePoolRefresh(pool, 0); err != nil { // what other connections have made since
			return nil, err
		}
		vols, _, err := h.calls.StoragePoolListAllVolumes(pool, 1, 0)
		return vols, err
	}, nil)
}

// ready is between a content's name and the mark of an upload whose data is whole: libvirt can't rename volumes.
const ready = ".ready-"

// uploaded returns the path of a content, empty if there is no whole one.
func (h *Host) uploaded(vols []golibvirt.StorageVol, prefix string) (string, error) {
	byName := map[string]golibvirt.StorageVol{}
	for _, v := range vols {
		byName[v.Name] = v
	}
	for name := range byName {
		if mark, ok := strings.CutPrefix(name, prefix+ready); ok {
			if v, ok := byName[prefix+"-"+mark]; ok {
				return h.calls.StorageVolGetPath(v)
			}
		}
	}
	return "", nil
}

func (h *Host) upload(ctx context.Context, pool golibvirt.StoragePool, prefix, file string, begin func(int64)) (_ string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	begin(info.Size())
	mark := strings.ToLower(rand.Text())
	make := func(name string, size int64) (golibvirt.StorageVol, error) {
		text := fmt.Sprintf("<volume><name>%s</name><capacity>%d</capacity><allocation>0</allocation><target><format type='raw'/>"+
			"<permissions><mode>0644</mode></permissions></target></volume>", name, size)
		return await(ctx, func() (golibvirt.StorageVol, error) { return h.calls.StorageVolCreateXML(pool, text, 0) },
			func(v golibvirt.StorageVol) { _ = h.calls.StorageVolDelete(v, 0) })
	}
	vol, err := make(prefix+"-"+mark, info.Size())
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.calls.StorageVolDelete(vol, 0))
		}
	}()
	if err := h.send(ctx, vol, f, info.Size()); err != nil {
		return "", err
	}
	if _, err := make(prefix+ready+mark, 0); err != nil {
		return "", err
	}
	return h.calls.StorageVolGetPath(vol)
}

// send sends a file's data, and its holes as holes.
func (h *Host) send(ctx context.Context, vol golibvirt.StorageVol, f *os.File, size int64) error {
	w, err := openWire(ctx, h.target)
	if err != nil {
		return err
	}
	defer w.close()
	ended := make(chan error, 1)
	var once sync.Once
	w.stream = func(r reply) {
		if r.status != socket.StatusContinue {
			once.Do(func() { ended <- r.err() })
		}
	}
	const sparse = 1
	args := xdr{}.text(vol.Pool).text(vol.Name).text(vol.Key).uint64(0).uint64(uint64(size)).uint32(sparse)
	if _, err := w.call(ctx, procVolUpload, args); err != nil {
		return err
	}
	sent := w.sendData(ctx, f, size)
	if sent == nil {
		sent = w.send(procVolUpload, socket.Stream, socket.StatusOK, nil)
	}
	if sent != nil {
		select {
		case err := <-ended: // libvirt's reason is the better one
			return errors.Join(err, sent)
		default:
			return sent
		}
	}
	select {
	case err := <-ended:
		return err
	case <-w.sock.Disconnected():
		return errDisconnected
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (w *wire) sendData(ctx context.Context, f *os.File, size int64) error {
	buf := make([]byte, maxPacket)
	for pos := int64(0); pos < size; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		data, err := unix.Seek(int(f.Fd()), pos, unix.SEEK_DATA)
		if errors.Is(err, syscall.ENXIO) {
			data, err = size, nil
		}
		if err != nil {
			return err
		}
		if data > pos {
			if err := w.send(procVolUpload, streamHole, socket.StatusContinue, xdr{}.uint64(uint64(data-pos)).uint32(0)); err != nil {
				return err
			}
			pos = data
			continue
		}
		end, err := unix.Seek(int(f.Fd()), pos, unix.SEEK_HOLE)
		if err != nil {
			return err
		}
		for pos < end && ctx.Err() == nil {
			n, err := f.ReadAt(buf[:min(int64(len(buf)), end-pos)], pos)
			if n == 0 && err != nil {
				return err
			}
			if err := w.send(procVolUpload, socket.Stream, socket.StatusContinue, buf[:n]); err != nil {
				return err
			}
			pos += int64(n)
		}
	}
	return nil
}
