package ocr

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"os/signal"

	"github.com/gotest-driver/gotest-driver/internal/sibling"
)

// HelperName is the name of the program that recognises text for a Reader, over its standard input and
// output: package tesseract as a program.
const HelperName = "gotest-driver-ocr"

// HelperEnv is the environment variable with the path of the helper program, if it is neither beside the running
// program nor on the PATH.
const HelperEnv = "GOTEST_DRIVER_OCR"

// findHelper returns the path of the helper program.
func findHelper() (string, error) {
	if path := os.Getenv(HelperEnv); path != "" {
		found, err := exec.LookPath(path)
		if err != nil {
			return "", fmt.Errorf("%w: %s=%s: %w", ErrUnavailable, HelperEnv, path, errors.Unwrap(err))
		}
		return found, nil
	}
	found, err := sibling.Find(HelperName)
	if err != nil {
		return "", fmt.Errorf("%w: %w; install this program, which links Tesseract (make build builds it), or set %s to its path", ErrUnavailable, err, HelperEnv)
	}
	return found, nil
}

// request precedes the grey pixels of an image on a worker's standard input.
type request struct {
	Width, Height int
	Mode          PageMode
	Language      string
}

// reply is a worker's answer.
type reply struct {
	Lines       []Line
	Error       string
	Unavailable bool // every further request would have this error too
}

// Recognizer is the engine inside a helper program. An error that would occur with every image wraps ErrUnavailable.
type Recognizer interface {
	Recognize(img *image.Gray, mode PageMode, language string) ([]Line, error)
}

// Serve is the helper program's side: it answers requests until its input ends, and returns the exit status. It reads
// the input during a recognition too, so that it ends at once when the process that uses it dies.
func Serve(in io.Reader, out io.Writer, rec Recognizer) int {
	// Ctrl-C reaches the whole process group; the parent decides which processes end.
	signal.Ignore(os.Interrupt)
	type job struct {
		req request
		img *image.Gray
	}
	jobs := make(chan job)
	go func() {
		r := bufio.NewReader(in)
		for {
			var j job
			if err := readMessage(r, &j.req); err != nil {
				if errors.Is(err, io.EOF) {
					os.Exit(0)
				}
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			j.img = image.NewGray(image.Rect(0, 0, j.req.Width, j.req.Height))
			if _, err := io.ReadFull(r, j.img.Pix); err != nil {
				os.Exit(1)
			}
			jobs <- j
		}
	}()
	for j := range jobs {
		lines, err := rec.Recognize(j.img, j.req.Mode, j.req.Language)
		rep := reply{Lines: lines}
		if err != nil {
			rep.Error, rep.Unavailable = err.Error(), errors.Is(err, ErrUnavailable)
		}
		if err := writeMessage(out, rep, nil); err != nil {
			return 1
		}
	}
	return 0
}

// maxMessage limits the length of a message's JSON part, in bytes.
const maxMessage = 64 << 20

func writeMessage(w io.Writer, v any, payload []byte) error {
	head, err := json.Marshal(v)
	if err != nil {
		return err
	}
	buf := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(head)), uint32(len(head)))
	if _, err := w.Write(append(buf, head...)); err != nil {
		return err
	}
	if len(payload) > 0 {
		_, err = w.Write(payload)
	}
	return err
}

func readMessage(r io.Reader, v any) error {
	var n [4]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(n[:])
	if size > maxMessage {
		return fmt.Errorf("OCR worker: a message of %d bytes", size)
	}
	buf := make([]byte, size)
	if _, err := io.ReadFull(r, buf); err != nil {
		return err
	}
	return json.Unmarshal(buf, v)
}
