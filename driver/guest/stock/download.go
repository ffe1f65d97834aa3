package stock

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/filelock"
	"github.com/gotest-driver/gotest-driver/internal/httpget"
)

// ChecksumError says that a file is not the one that was asked for.
type ChecksumError struct {
	File      string // or URL
	Want, Has string // SHA-256, in hexadecimal digits
}

func (e *ChecksumError) Error() string {
	return fmt.Sprintf("%s has the SHA-256 %s, not %s: it is another file, or sha256 is wrong", e.File, e.Has, e.Want)
}

// Verify returns a *ChecksumError unless a file has that SHA-256, in hexadecimal digits.
func Verify(ctx context.Context, file, sum string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, reader{ctx, f}); err != nil {
		return err
	}
	if has := hex.EncodeToString(h.Sum(nil)); !strings.EqualFold(has, sum) {
		return &ChecksumError{file, strings.ToLower(sum), has}
	}
	return nil
}

// reader ends with its context.
type reader struct {
	ctx context.Context
	io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(p)
}

// Download returns the path of the file of a URL and of that SHA-256 in the cache, and first downloads it if it is not there.
// A download that was interrupted goes on where it ended. dir is the cache of images. begin is called when a download begins,
// with the number of bytes, -1 if it is not known.
func Download(ctx context.Context, url, sum, dir string, begin func(bytes int64)) (string, error) {
	sum = strings.ToLower(sum)
	name := path.Base(strings.SplitN(url, "?", 2)[0])
	file := filepath.Join(dir, sum, name)
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", err
	}
	unlock, err := filelock.Lock(ctx, file+".lock", func() {})
	if err != nil {
		return "", fmt.Errorf("waiting for another process that downloads %s: %w", url, err)
	}
	defer unlock()
	part, err := os.OpenFile(file+".part", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", err
	}
	defer part.Close()
	if _, err := os.Stat(file); err == nil { // that process has
		return file, nil
	}
	if err := get(ctx, url, part, begin); err != nil {
		return "", fmt.Errorf("the image can't be downloaded: %w", err)
	}
	err = Verify(ctx, part.Name(), sum)
	var other *ChecksumError
	if errors.As(err, &other) {
		other.File = url
		return "", errors.Join(err, os.Remove(part.Name()))
	}
	if err == nil {
		err = part.Sync()
	}
	if err == nil {
		err = os.Rename(part.Name(), file)
	}
	return file, err
}

// get writes what a URL has behind what the file already has.
func get(ctx context.Context, url string, to *os.File, begin func(int64)) error {
	have, err := to.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	header := http.Header{}
	if have > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	answer, err := httpget.Get(ctx, http.DefaultClient, url, header)
	if err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusPartialContent && strings.HasPrefix(answer.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", have)):
	case answer.StatusCode == http.StatusRequestedRangeNotSatisfiable && have > 0: // it is complete, or another file
		return nil
	case answer.StatusCode == http.StatusOK:
		if err := to.Truncate(0); err != nil {
			return err
		}
		if _, err := to.Seek(0, io.SeekStart); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%s: %s", url, answer.Status)
	}
	begin(answer.ContentLength)
	if _, err := io.Copy(to, answer.Body); err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	return nil
}
