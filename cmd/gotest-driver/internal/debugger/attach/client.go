package attach

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/repl"
	"github.com/gotest-driver/gotest-driver/internal/interrupt"
)

// Client attaches to a stopped run and reads the user's input until the run or the input ends. The run continues when the
// input ends.
func Client(ctx context.Context, socket string, in repl.Editor, out io.Writer) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return fmt.Errorf("no run waits at this socket: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	from := bufio.NewReader(conn)
	for {
		prompt, err := show(ctx, conn, from, out)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return nil // the run is over
		}
		text, err := in.Read(ctx, prompt, nil)
		switch {
		case errors.Is(err, repl.ErrInterrupt):
			text = ""
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		text = strings.TrimRight(text, "\n")
		if strings.Contains(text, "\n") {
			text = strings.ReplaceAll(text, "\n", lineMark) + lineMark
		}
		if _, err := io.WriteString(conn, text+"\n"); err != nil {
			return nil
		}
	}
}

// show writes the output up to the next prompt, which it returns. It sends Ctrl-C to the run.
func show(ctx context.Context, conn net.Conn, from *bufio.Reader, out io.Writer) (prompt string, err error) {
	defer interrupt.Take(ctx, func() { _, _ = conn.Write([]byte{ctrlC}) })()
	for {
		b, err := from.ReadByte()
		if err != nil {
			return "", err
		}
		if b == promptMark[0] {
			p, err := from.ReadString(promptMark[0])
			return strings.TrimRight(p, promptMark), err
		}
		text := []byte{b}
		for from.Buffered() > 0 {
			next, _ := from.Peek(1)
			if string(next) == promptMark {
				break
			}
			c, _ := from.ReadByte() // it is buffered
			text = append(text, c)
		}
		if _, err := out.Write(text); err != nil {
			return "", err
		}
	}
}
