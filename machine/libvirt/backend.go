package libvirt

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	golibvirt "github.com/digitalocean/go-libvirt"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/qmp"
)

// Backend describes a machine on a host. It implements machine.Backend.
type Backend struct {
	Host *Host
	// Spec returns the description of the machine when it starts.
	Spec func() Spec
	// OnUpload is called before a file is uploaded, with its size, and returns the function to call at the end; nil: nobody is told.
	OnUpload func(file string, bytes int64) func(error)
}

// Kind returns "libvirt".
func (b *Backend) Kind() string { return "libvirt" }

// Start uploads what the host lacks, and starts the domain.
func (b *Backend) Start(ctx context.Context, o machine.StartOptions) (machine.Instance, error) {
	i, err := b.start(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	return i, nil
}

func (b *Backend) start(ctx context.Context, o machine.StartOptions) (*instance, error) {
	s := b.Spec()
	format, err := imageFormat(s.Image)
	if err != nil {
		return nil, err
	}
	for _, file := range []*string{&s.Image, &s.Kernel, &s.Initrd} {
		if *file == "" {
			continue
		}
		if *file, err = b.upload(ctx, *file); err != nil {
			return nil, err
		}
	}
	i := &instance{host: b.Host, o: o, done: make(chan struct{})}
	name := "gotest-" + strings.ToLower(rand.Text()[:12]) + "-" + o.Name
	err = i.create(ctx, domainXML(name, s, b.Host.kvm, o.AllowReboot, format))
	if err != nil {
		return nil, fmt.Errorf("%s: the machine can't be started: %w", b.Host.name, err)
	}
	return i, nil
}

func (b *Backend) upload(ctx context.Context, file string) (string, error) {
	var end func(error)
	path, err := b.Host.Upload(ctx, file, func(bytes int64) {
		if b.OnUpload != nil {
			end = b.OnUpload(file, bytes)
		}
	})
	if end != nil {
		end(err)
	}
	return path, err
}

// imageFormat returns "qcow2" or "raw", by the first bytes of an image.
func imageFormat(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	magic := make([]byte, 4)
	if _, err := io.ReadFull(f, magic); err == nil && bytes.Equal(magic, []byte("QFI\xfb")) {
		return "qcow2", nil
	}
	return "raw", nil
}

// create starts the domain, which ends with the connection that has made it, and goes on when all streams are open: no byte of
// the boot is lost.
func (i *instance) create(ctx context.Context, text string) (err error) {
	if i.life, err = openWire(ctx, i.host.target); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			i.life.close()
		}
	}()
	flags := uint32(golibvirt.DomainStartPaused | golibvirt.DomainStartAutodestroy)
	if i.dom, err = i.life.call(ctx, procDomainCreateXML, xdr{}.text(text).uint32(flags)); err != nil {
		return err
	}
	var conns []net.Conn
	defer func() {
		if err != nil {
			for _, c := range conns {
				c.Close()
			}
		}
	}()
	for _, s := range []struct {
		proc uint32
		name string
	}{{procOpenConsole, serialAlias}, {procOpenConsole, shellAlias}, {procOpenChannel, shell.DataPortName}} {
		const force = 1
		c, err := openStream(ctx, i.host.target, s.proc, i.domain().uint32(1).text(s.name).uint32(force))
		if err != nil {
			return fmt.Errorf("its %s can't be opened: %w", s.name, err)
		}
		conns = append(conns, c)
	}
	dom, err := i.identity()
	if err != nil {
		return err
	}
	if i.monitor, err = newMonitor(ctx, i.host, dom); err != nil {
		return err
	}
	if i.qmp, err = qmp.NewOver(ctx, i.monitor); err != nil {
		return err
	}
	i.serial = conns[0]
	i.session = shell.New(conns[1], conns[2], shell.Options{Logf: i.o.Logf})
	i.watch()
	if _, err = i.life.call(ctx, procDomainResume, i.domain()); err != nil {
		_ = i.Kill()
		return err
	}
	return nil
}
