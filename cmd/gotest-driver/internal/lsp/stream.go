package lsp

import (
	"context"
	"errors"
	"fmt"
	"io"

	"go.lsp.dev/jsonrpc2"
)

// maxJunk is the number of consecutive lines that are not a message and are skipped: the greeting of a wrapper on the stream
// does no harm, but a client whose messages are not recognised any more must not wait for answers for ever.
const maxJunk = 20

// forgivingStream answers malformed messages with an error, as JSON-RPC requires, and reads on; otherwise they would end the
// connection.
type forgivingStream struct{ jsonrpc2.Stream }

func newStream(rw io.ReadWriteCloser) jsonrpc2.Stream {
	return forgivingStream{jsonrpc2.NewHeaderStream(rw)}
}

// Read returns the next message.
func (s forgivingStream) Read(ctx context.Context) (jsonrpc2.Message, int64, error) {
	for junk := 0; ; {
		m, n, err := s.Stream.Read(ctx)
		switch {
		case errors.Is(err, jsonrpc2.ErrParse), errors.Is(err, jsonrpc2.ErrInvalidRequest):
			if _, err := s.Write(ctx, jsonrpc2.NewResponse(jsonrpc2.ID{}, nil, err)); err != nil {
				return nil, 0, err
			}
		case errors.Is(err, jsonrpc2.ErrInvalidHeader):
			if junk++; junk >= maxJunk {
				return nil, 0, fmt.Errorf("the input is not the Language Server Protocol, which an editor speaks: %w", err)
			}
		case errors.Is(err, io.ErrUnexpectedEOF):
			return nil, 0, errors.New("the input ends within a message of the Language Server Protocol, which an editor speaks")
		default:
			return m, n, err
		}
	}
}
