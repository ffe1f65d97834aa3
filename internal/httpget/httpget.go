// Package httpget fetches files over HTTP from servers that may fall silent.
package httpget

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// stall is how long a server may send nothing.
const stall = time.Minute

// Get sends a GET request. It and the reading of the answer's body end with ctx, and when nothing comes for a minute; their
// errors say which, and do not name the address. The caller closes the body.
func Get(ctx context.Context, client *http.Client, address string, header http.Header) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	b := &body{ctx: ctx, cancel: cancel}
	b.watch = time.AfterFunc(stall, func() { cancel(fmt.Errorf("nothing came for %v", stall)) })
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		b.end()
		return nil, err
	}
	for name, values := range header {
		request.Header[name] = values
	}
	answer, err := client.Do(request)
	if err != nil {
		err = b.cause(err)
		b.end()
		return nil, err
	}
	b.ReadCloser, answer.Body = answer.Body, b
	return answer, nil
}

// body is the body of an answer.
type body struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	watch  *time.Timer
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.watch.Reset(stall)
	if err != nil && err != io.EOF {
		err = b.cause(err)
	}
	return n, err
}

func (b *body) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

func (b *body) end() {
	b.watch.Stop()
	b.cancel(nil)
}

// cause is why a request ended that has the error err.
func (b *body) cause(err error) error {
	if cause := context.Cause(b.ctx); cause != nil {
		return cause
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
