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
	"os/signal"
)

// workerEnv marks a process that a Reader started to recognise text. Any program that links this package
// can be one, so a Go test that imports it needs no preparation: see the init function.
const workerEnv = "GOTEST_OCR_WORKER"

func init() {
	if os.Getenv(workerEnv) == "1" {
		os.Exit(workerMain(os.Stdin, os.Stdout))
	}
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
	Unavailable bool // the error is one that every further request would meet too
}

// recognizer is the engine inside a worker.
type recognizer interface {
	recognize(img *image.Gray, req request) ([]Line, error)
}

// workerMain answers requests until its input ends. The input is read beside the recognition, so the worker
// of a process that died ends at once, too.
func workerMain(in io.Reader, out io.Writer) int {
	// Ctrl-C reaches the whole process group; the parent decides what ends.
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
	rec := newRecognizer()
	for j := range jobs {
		lines, err := rec.recognize(j.img, j.req)
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

// maxMessage bounds the length of a message's JSON part, in bytes.
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
