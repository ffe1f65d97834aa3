package command

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/run"
	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/report"
)

// Page is a page in the browser that shows a run; package web implements it.
type Page interface {
	report.Sink
	// SetLog is called with the log of which the page is a sink.
	SetLog(*report.Log)
	// SetDriver is called with the driver whose machines the page shows.
	SetDriver(*driver.Driver)
}

// OpenPage opens the page of --web, whose value is at, and prints its URL to out.
type OpenPage func(ctx context.Context, at string, out io.Writer) (Page, error)

// AddWeb adds the flag --web. open is nil where gotest-driver-tools has to open the page.
func (f *RunFlags) AddWeb(fs *pflag.FlagSet, open OpenPage) {
	f.openPage = open
	fs.StringVar(&f.web, "web", "", "show the run in the browser, at a URL that is printed: --web=`ADDR:PORT` or a socket's path (default: a free port of this machine alone); --web=view[,ADDR:PORT]: only to look")
	fs.Lookup("web").NoOptDefVal = "127.0.0.1:0"
}

// noWeb refuses --web where several scripts or runs would share one page.
func (f *RunFlags) noWeb() error {
	if f.web != "" {
		return errors.New("--web shows one run: give one script, without --watch and what makes a suite of it")
	}
	return nil
}

// startPage opens the page, if one is wanted.
func (f *RunFlags) startPage(cmd *cobra.Command, o *run.Options) (err error) {
	if f.web == "" || f.openPage == nil {
		return nil
	}
	if f.page, err = f.openPage(cmd.Context(), f.web, cmd.ErrOrStderr()); err == nil {
		o.OnDriver = f.page.SetDriver
	}
	return err
}
