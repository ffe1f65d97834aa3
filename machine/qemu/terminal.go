package qemu

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"al.essio.dev/pkg/shellescape"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/machine/shell"
)

var _ machine.TerminalOpener = (*instance)(nil)

// terminal is the guest's second virtio console, which is a tty: /dev/hvc1.
type terminal struct {
	i    *instance
	conn net.Conn
	mark []byte // the guest writes it when the shell has ended

	mu    sync.Mutex
	held  []byte // may be the beginning of the mark
	ready []byte // for the next Read
	ended bool
}

// openTerminal starts a login shell on the terminal and returns at once, because setsid forks in the leader of a
// process group, which a command is. With a session and a controlling terminal of its own, the shell has job control.
// The process that has the tty open keeps its size. %[1]s sets $term, %[2]d its rows, %[3]d its columns, %[4]s the
// mark.
const openTerminal = `tty=/dev/hvc1
for i in {1..50}; do [[ -c $tty ]] && break; sleep 0.1; done
[[ -c $tty ]] || { echo "the guest has no $tty: its kernel must have CONFIG_VIRTIO_CONSOLE" >&2; exit 1; }
%[1]s
cd; export HOME=${HOME:-/root} TERM=${term:-xterm}; unset PAGER
d=
env --default-signal=INT,QUIT true 2>/dev/null && d='env --default-signal=INT,QUIT' # commands of the root shell may ignore them
MARK=%[4]s D=$d SIZE='rows %[2]d cols %[3]d' exec setsid -c bash -c 'stty sane $SIZE; echo $$ >/run/gotest-tty.pid
m=$MARK d=$D; unset MARK SIZE D; PS1="\\u@\\h:\\w\\$ " $d bash -l; stty sane; printf %%s "$m"' <$tty >$tty 2>&1
`

// OpenTerminal opens the terminal; there is one at a time.
func (i *instance) OpenTerminal(ctx context.Context, o machine.TerminalOptions) (machine.Terminal, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", filepath.Join(i.state, ttySocket))
	if err != nil {
		return nil, fmt.Errorf("%s: the terminal can't be reached, is another session using it? %w", i.name, err)
	}
	t := &terminal{i: i, conn: conn, mark: []byte("\x1e" + rand.Text() + "\x1e")}
	script := fmt.Sprintf(openTerminal, machine.KnownTerm(o.Term), o.Rows, o.Columns, shellescape.Quote(string(t.mark)))
	if err := t.run(ctx, script); err != nil {
		conn.Close()
		return nil, err
	}
	return t, nil
}

func (t *terminal) run(ctx context.Context, script string) error {
	r, err := t.i.Run(ctx, shell.Command{Script: script})
	if err == nil && r.Status != 0 {
		err = fmt.Errorf("%s: the guest's terminal can't be used (status %d, the serial console tells more)", t.i.name, r.Status)
	}
	return err
}

// Read returns the guest's output. The end of the shell is io.EOF.
func (t *terminal) Read(p []byte) (int, error) {
	for {
		t.mu.Lock()
		if len(t.ready) > 0 {
			n := copy(p, t.ready)
			t.ready = t.ready[n:]
			t.mu.Unlock()
			return n, nil
		}
		ended := t.ended
		t.mu.Unlock()
		if ended {
			return 0, io.EOF
		}
		buf := make([]byte, 32<<10)
		n, err := t.conn.Read(buf)
		t.take(buf[:n])
		if err != nil && n == 0 {
			return 0, err
		}
	}
}

// take looks for the mark in new output.
func (t *terminal) take(b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	data := append(t.held, b...)
	t.held = nil
	if before, _, found := bytes.Cut(data, t.mark); found {
		t.ready, t.ended = before, true
		return
	}
	for n := min(len(t.mark)-1, len(data)); n > 0; n-- {
		if bytes.HasSuffix(data, t.mark[:n]) {
			t.held = bytes.Clone(data[len(data)-n:])
			data = data[:len(data)-n]
			break
		}
	}
	t.ready = data
}

// Write types.
func (t *terminal) Write(p []byte) (int, error) { return t.conn.Write(p) }

// Resize sets the size of the guest's tty, which the guest signals to its programs.
func (t *terminal) Resize(ctx context.Context, columns, rows int) error {
	return t.run(ctx, fmt.Sprintf("stty -F /dev/hvc1 rows %d cols %d", rows, columns))
}

// StopReading ends the current Read.
func (t *terminal) StopReading() { _ = t.conn.SetReadDeadline(time.Unix(1, 0)) }

// hangUpTimeout bounds the end of a shell after its user has left.
const hangUpTimeout = 5 * time.Second

// Close hangs up: the shell and its foreground programs end.
func (t *terminal) Close() error {
	t.mu.Lock()
	ended := t.ended
	t.ended = true
	t.mu.Unlock()
	var err error
	select {
	case <-t.i.done:
		ended = true
	default:
	}
	if !ended {
		ctx, cancel := context.WithTimeout(context.Background(), hangUpTimeout)
		err = t.run(ctx, "p=$(cat /run/gotest-tty.pid) && kill -HUP $p $(cat /proc/$p/task/$p/children) 2>/dev/null || :")
		cancel()
	}
	if cerr := t.conn.Close(); cerr != nil && !strings.Contains(cerr.Error(), "closed") {
		err = errors.Join(err, cerr)
	}
	return err
}

// TTYCommand prints the size of a virtual terminal and the numbers of its characters in Unicode (/dev/vcsuN, since Linux
// 4.19). Without these it prints the positions in the font (/dev/vcsN), which only ASCII shares with Unicode.
func (b *Backend) TTYCommand(tty string) string {
	t := shellescape.Quote(tty)
	return fmt.Sprintf("stty -F /dev/tty%s size && { od -An -v -tu4 /dev/vcsu%s 2>/dev/null || tr '\\200-\\377' '?' </dev/vcs%s | od -An -v -tu1; }", t, t, t)
}

// TTYText reads what TTYCommand printed.
func (b *Backend) TTYText(printed string) (string, error) {
	words := strings.Fields(printed)
	var numbers []int
	for _, w := range words {
		n, err := strconv.Atoi(w)
		if err != nil {
			return "", fmt.Errorf("the virtual terminal can't be read: %q is not a number", w)
		}
		numbers = append(numbers, n)
	}
	if len(numbers) < 2 || numbers[1] <= 0 {
		return "", fmt.Errorf("the virtual terminal has no size: %.100q", printed)
	}
	columns := numbers[1]
	var text strings.Builder
	for i, n := range numbers[2:] {
		if i > 0 && i%columns == 0 {
			text.WriteByte('\n')
		}
		if n == 0 {
			n = ' '
		}
		text.WriteRune(rune(n))
	}
	return text.String(), nil
}
