package driver

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"

	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/driver/guest/stock"
	"github.com/gotest-driver/gotest-driver/machine/qemu"
	"github.com/gotest-driver/gotest-driver/report"
)

// image returns the path of the image of the machine, which it has downloaded and checked.
func (e *Environment) image(ctx context.Context) (string, error) {
	mc := e.Config
	path := e.Path(mc.Image)
	var err error
	switch {
	case mc.ImageURL != "":
		path, err = e.download(ctx)
	case mc.SHA256 != "":
		err = stock.Verify(ctx, path, mc.SHA256)
	}
	if err == nil && mc.Kernel == "" {
		err = stock.CheckImage(path, cmp.Or(mc.Arch, qemu.HostArch()), mc.EFI)
	}
	return path, err
}

// download returns the path of the image in the cache. It downloads it if necessary, and logs that.
func (e *Environment) download(ctx context.Context) (_ string, err error) {
	cache, err := guest.DefaultCacheDir()
	if err != nil {
		return "", err
	}
	log := e.d.o.Log
	var span *report.Span
	defer func() {
		if span != nil {
			span.End(err)
		}
	}()
	return stock.Download(ctx, e.Config.ImageURL, e.Config.SHA256, filepath.Join(cache, "images"), func(bytes int64) {
		text := "downloading " + e.Config.ImageURL
		if bytes >= 0 {
			text += fmt.Sprintf(" (%d MB)", (bytes+999_999)/1_000_000)
		}
		_, span = log.Begin(ctx, report.Entry{Action: report.ActionSetup, Text: text})
	})
}
