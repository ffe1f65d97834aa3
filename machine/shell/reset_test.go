package shell

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// boot is a scripted guest from one reset to the next. It reads and writes a byte at a time, and is cut off after a
// number of bytes. Input that it has not read waits for the next boot, as in a socket of the host.
type boot struct {
	console, data *bufio.ReadWriter // data: nil without a port
	left          int               // bytes until it is cut
	repeats       bool              // it sends each message about a command twice
}

type cutOff struct{}

func (b *boot) count() {
	if b.left--; b.left == 0 {
		panic(cutOff{})
	}
}

func (b *boot) read(l *bufio.ReadWriter) byte {
	b.count()
	c, err := l.ReadByte()
	if err != nil {
		panic(cutOff{})
	}
	return c
}

func (b *boot) line(l *bufio.ReadWriter) string {
	var line []byte
	for {
		c := b.read(l)
		if c == '\n' {
			return string(line)
		}
		line = append(line, c)
	}
}

func (b *boot) write(l *bufio.ReadWriter, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if b.left > 0 && len(text) >= b.left { // only the part before the cut
		text = text[:b.left-1]
		b.left = 1
	} else if b.left > 0 {
		b.left -= len(text)
	}
	if _, err := l.WriteString(text); err != nil || l.Flush() != nil {
		panic(cutOff{})
	}
	if b.left == 1 {
		b.count()
	}
}

// run greets and acts as the root shell and its workers, until it is cut off.
func (b *boot) run() {
	defer func() {
		if e := recover(); e != nil && e != any(cutOff{}) {
			panic(e)
		}
	}()
	b.write(b.console, "it boots\n%s\n", Greeting)
	for {
		line := b.line(b.console)
		if m := launchLine.FindStringSubmatch(line); m != nil {
			l := b.console
			if b.data != nil {
				l = b.data
			}
			number, _ := strconv.Atoi(m[2])
			b.worker(l, m[1], number)
			b.write(b.console, "\n%sZ;\n", m[1])
		}
	}
}

// text reads a script, or the worker's second part. ok is false when a later worker is to start.
func (b *boot) text(l *bufio.ReadWriter, mark string, size, number int) (text string, ok bool) {
	if l == b.console {
		var out []byte
		for len(out) < size {
			line := b.line(l)
			newer := 0
			if n, _ := fmt.Sscanf(line, "#E none 0 %d", &newer); n == 1 && newer > number {
				return "", false
			}
			text, isPart := strings.CutPrefix(line, "#")
			if !isPart || !strings.HasPrefix(text, `\`) {
				continue
			}
			for ; len(text) >= 4; text = text[4:] {
				c, _ := strconv.ParseUint(text[1:4], 8, 8)
				out = append(out, byte(c))
			}
			b.write(l, "%sM;", mark)
		}
		return string(out), true
	}
	var out []byte
	for range size {
		out = append(out, b.read(l))
	}
	return string(out), true
}

// worker does what start.sh and worker.sh do.
func (b *boot) worker(l *bufio.ReadWriter, mark string, number int) {
	b.write(l, "\n%sSany;\n", mark)
	for {
		words := strings.Fields(strings.TrimPrefix(b.line(l), "#"))
		if len(words) < 4 || words[0] != "E" {
			continue
		}
		if newer, _ := strconv.Atoi(words[3]); newer > number {
			return
		}
		if size, _ := strconv.Atoi(words[2]); words[1] == mark && size > 0 {
			if _, ok := b.text(l, mark, size, number); !ok {
				return
			}
			break
		}
	}
	say := func(kind, rest string) {
		for range map[bool]int{false: 1, true: 2}[b.repeats] {
			b.write(l, "%s%s%s;", mark, kind, rest)
		}
	}
	b.write(l, "%sH5.2 ;", mark)
	id := uint64(0)
	say("R", "1 100")
	for {
		words := strings.Fields(strings.TrimPrefix(b.line(l), "#"))
		if len(words) < 2 {
			continue
		}
		n := 0
		if len(words) > 2 {
			n, _ = strconv.Atoi(words[2])
		}
		switch words[0] {
		case "x":
			script, ok := b.text(l, mark, n, number)
			if !ok {
				return
			}
			if words[1] != strconv.FormatUint(id+1, 10) {
				say("X", words[1])
				continue
			}
			id++
			answer := "out of " + script
			b.write(l, "%s%sT%d %d %d;", answer, mark, id, len(script)%100, len(answer))
			if b.repeats {
				b.write(l, "%sT%d 9 9;", mark, id)
			}
			say("R", fmt.Sprintf("%d 100", id+1))
		case "e":
			say("P", words[1]+" 1")
		case "E":
			if newer, _ := strconv.Atoi(words[len(words)-1]); newer > number {
				return
			}
			if _, ok := b.text(l, mark, n, number); !ok {
				return
			}
		}
	}
}

var launchLine = regexp.MustCompile("M='?(\x1e[A-Z2-7]{26}:)'? G=([0-9]+) .* \\$b -c ")

// ends returns the two ends of a stream socket.
func ends(t testing.TB) (net.Conn, net.Conn) {
	t.Helper()
	mine, file := pair(t)
	defer file.Close()
	theirs, err := net.FileConn(file)
	if err != nil {
		t.Fatal(err)
	}
	return mine, theirs
}

func buffered(c net.Conn) *bufio.ReadWriter {
	return bufio.NewReadWriter(bufio.NewReader(c), bufio.NewWriter(c))
}

// TestScriptedResets repeatedly cuts a guest off at any byte that it reads or writes: either it is reset, which is reported
// sooner or later, or the service of its root shell restarts, which nobody reports. In all cases a command has an error or
// its own answer, and commands work when the guest stays.
func TestScriptedResets(t *testing.T) {
	for _, data := range []bool{true, false} {
		t.Run(fmt.Sprintf("data=%v", data), func(test *testing.T) {
			rapid.Check(test, func(t *rapid.T) {
				cuts := rapid.SliceOfN(rapid.IntRange(1, 3000+map[bool]int{true: 8000, false: 40000}[data]), 0, 4).Draw(t, "cuts")
				tellings := rapid.SliceOfN(rapid.SampledFrom([]string{"at once", "late", "never"}), len(cuts), len(cuts)).Draw(t, "told")
				repeats := rapid.Bool().Draw(t, "repeats")
				big := rapid.SampledFrom([]int{0, 0, 2000, 200000}).Draw(t, "big")

				mine, theirs := ends(test)
				var dataMine, dataTheirs net.Conn
				if data {
					dataMine, dataTheirs = ends(test)
				}
				var log told
				s := New(mine, dataMine, Options{Grace: 50 * time.Millisecond, Patience: 50 * time.Millisecond, Logf: log.logf})
				b := boot{console: buffered(theirs), repeats: repeats}
				if data {
					b.data = buffered(dataTheirs)
				}
				var guest sync.WaitGroup
				guest.Go(func() {
					for i, left := range append(cuts, 0) {
						b.left = left
						b.run()
						if i == len(cuts) {
							return
						}
						at := time.Now()
						switch tellings[i] {
						case "at once":
							s.Reset(at, ReasonReset)
						case "late":
							guest.Go(func() {
								time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
								s.Reset(at, ReasonReset)
							})
						}
					}
				})
				stop := func() {
					s.Close()
					theirs.Close()
					if data {
						dataTheirs.Close()
					}
					guest.Wait()
				}
				defer stop()
				answered := 0
				for n, end := 0, time.Now().Add(time.Minute); answered < 5; n++ {
					if time.Now().After(end) {
						t.Fatalf("no %dth answer comes; log: %s", answered+1, &log)
					}
					script := fmt.Sprintf("command %d %s", n, strings.Repeat("x", n*big%300007))
					// Longer each time, for a slow host.
					ctx, cancel := context.WithTimeout(context.Background(), time.Duration(500+100*n)*time.Millisecond)
					out, res, err := s.Output(ctx, Command{Script: script})
					var none *NoShellError
					var lost *LostError
					var cut *CutError
					switch {
					case errors.As(err, &none):
						if err := s.Handshake(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
							t.Fatalf("handshake: %v", err)
						}
					case errors.As(err, &lost), errors.As(err, &cut), errors.Is(err, context.DeadlineExceeded):
						answered = 0
					case err != nil:
						t.Fatalf("command %d: %v", n, err)
					case string(out) != "out of "+script || res.Status != len(script)%100:
						t.Fatalf("command %d has the answer %.60q, %d; log: %s", n, out, res.Status, &log)
					default:
						answered++
					}
					cancel()
				}
			})
		})
	}
}
