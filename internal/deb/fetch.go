package deb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/httpget"
)

// FetchError says that a file of an archive can't be had.
type FetchError struct {
	URL    string
	Status int   // of HTTP; 0 when no answer came
	Err    error // what went wrong
}

func (e *FetchError) Error() string { return fmt.Sprintf("%s can't be fetched: %v", e.URL, e.Err) }

func (e *FetchError) Unwrap() error { return e.Err }

// MismatchError says that a file is not the one that the signed index describes.
type MismatchError struct{ URL, Want, Got string }

func (e *MismatchError) Error() string {
	return fmt.Sprintf("%s is not what the signed index says: %s, not %s", e.URL, e.Got, e.Want)
}

// tries is how often a file is asked for.
const tries = 3

// fetch calls use with the content of a URL, and again when the connection breaks.
func (a *Archive) fetch(ctx context.Context, address string, use func(io.Reader) error) error {
	for try := 1; ; try++ {
		err := a.fetchOnce(ctx, address, use)
		var failed *FetchError
		if !errors.As(err, &failed) || failed.Status != 0 && failed.Status < 500 || try == tries || ctx.Err() != nil {
			return err
		}
		a.log(fmt.Sprintf("%v; trying again", err))
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(a.Pause * time.Duration(try)):
		}
	}
}

func (a *Archive) fetchOnce(ctx context.Context, address string, use func(io.Reader) error) error {
	answer, err := httpget.Get(ctx, a.Client, address, http.Header{"User-Agent": {"gotest-driver"}})
	if err != nil {
		return &FetchError{URL: address, Err: err}
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return &FetchError{URL: address, Status: answer.StatusCode, Err: errors.New(answer.Status)}
	}
	body := &body{Reader: answer.Body}
	if err := use(body); body.err != nil {
		return &FetchError{URL: address, Err: body.err}
	} else if err != nil {
		return err
	}
	return nil
}

// body is the body of an answer. It keeps the error of the connection apart from those of its reader.
type body struct {
	io.Reader
	err error
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// sum describes a file.
type sum struct {
	size   int64
	sha256 string
}

func (s sum) String() string { return fmt.Sprintf("%d bytes, SHA-256 %s", s.size, s.sha256) }

// copySummed copies a file of an archive to w and compares it with what the index says. It reads no more than that.
func copySummed(w io.Writer, r io.Reader, address string, want sum) error {
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, hash), io.LimitReader(r, want.size+1))
	if err != nil {
		return err
	}
	if got := (sum{n, hex.EncodeToString(hash.Sum(nil))}); got != want {
		text := got.String()
		if n > want.size {
			text = fmt.Sprintf("more than %d bytes", want.size)
		}
		return &MismatchError{URL: address, Want: want.String(), Got: text}
	}
	return nil
}

// Download writes a package to a file, which exists afterwards only if it is the one that the index describes. progress is
// called with the number of bytes so far.
func (a *Archive) Download(ctx context.Context, p Package, path string, progress func(int64)) error {
	err := a.fetch(ctx, p.URL, func(r io.Reader) error {
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		err = copySummed(f, io.TeeReader(r, &counter{report: progress}), p.URL, p.sum)
		return errors.Join(err, f.Close())
	})
	if err != nil {
		_ = os.Remove(path)
	}
	return err
}

// counter counts what is written to it.
type counter struct {
	n      int64
	report func(int64)
}

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	c.report(c.n)
	return len(p), nil
}
