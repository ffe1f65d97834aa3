// Package web shows a run in the browser while it goes on. One page, which loads nothing from elsewhere, gets what it shows
// over a WebSocket; whoever has no token gets nothing but that empty page.
package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/internal/listen"
	"github.com/gotest-driver/gotest-driver/report"
)

// Options are the options of a server.
type Options struct {
	// At is the value of the flag: an address (host:port), the path of a socket, "view", or "view," and one of these.
	At      string
	Version string    // of the program, for the page
	Out     io.Writer // gets the URL
}

// Server serves the page. It is a sink of the run's log.
type Server struct {
	o        Options
	view     bool // nobody can do anything but look
	host     string
	token    string
	listener net.Listener
	http     *http.Server
	start    time.Time
	rows     *report.LiveRows
	feed     feed
	watch    watch

	ctx     context.Context // ends with the server
	end     context.CancelFunc
	tasks   sync.WaitGroup
	log     atomic.Pointer[report.Log]
	driver  atomic.Pointer[driver.Driver]
	refused atomic.Int64

	mu      sync.Mutex
	clients map[*client]bool
	shots   []string // the paths of screenshots, by their number
	over    bool
}

// Open listens, and tells the URL. The caller sets the log and the driver when there are some.
func Open(ctx context.Context, o Options) (*Server, error) {
	at, view := strings.CutPrefix(o.At, "view")
	if view && at != "" && at[0] != ',' {
		at, view = o.At, false // the name of a host or of a file
	}
	at = strings.TrimPrefix(at, ",")
	if at == "" {
		at = "127.0.0.1:0"
	}
	l, err := listen.Open(ctx, at, true)
	if err != nil {
		return nil, fmt.Errorf("--web %s: %w", o.At, err)
	}
	s := &Server{o: o, view: view, token: rand.Text(), listener: l, start: time.Now(), clients: map[*client]bool{}}
	s.ctx, s.end = context.WithCancel(context.WithoutCancel(ctx))
	s.rows = report.NewLiveRows(s.start, s.feed.add, s.shot)
	s.watch.init(s)
	if host, _, err := net.SplitHostPort(at); err == nil {
		s.host = host
	}
	mux, err := s.routes()
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: nil}
	s.http.ErrorLog = silent()
	s.tasks.Go(func() { _ = s.http.Serve(l) }) // it ends when the server is closed
	s.tell()
	return s, nil
}

// tell prints the URL. The token stands behind the "#", which browsers send to nobody.
func (s *Server) tell() {
	what := "watch and take part"
	if s.view {
		what = "watch"
	}
	switch a := s.listener.Addr().(type) {
	case *net.UnixAddr:
		fmt.Fprintf(s.o.Out, "%s: make a tunnel with `ssh -L 8080:%s HOST`, then open http://localhost:8080/#%s\n", what, a.Name, s.token)
	case *net.TCPAddr:
		if !a.IP.IsLoopback() {
			fmt.Fprintf(s.o.Out, "warning: other hosts can reach %s, and nothing on the way there is encrypted\n", a)
		}
		host := a.IP.String()
		if a.IP.IsUnspecified() {
			host = "127.0.0.1"
		}
		fmt.Fprintf(s.o.Out, "%s: http://%s/#%s\n", what, net.JoinHostPort(host, fmt.Sprint(a.Port)), s.token)
	}
}

// SetLog sets the log of the run, in which the token is masked.
func (s *Server) SetLog(l *report.Log) {
	_ = l.Hide(s.token) // it is long enough
	s.log.Store(l)
}

// SetDriver sets the driver whose machines are shown.
func (s *Server) SetDriver(d *driver.Driver) {
	s.driver.Store(d)
	s.watch.wake()
}

// Handle takes an event of the log.
func (s *Server) Handle(e report.Event) {
	s.rows.Handle(e)
	s.watch.handle(e)
	s.wake()
}

// wake tells the clients that there is something new.
func (s *Server) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		c.poke()
	}
}

// closing is how long the end of the log may take on its way to browsers. The run waits for it.
const closing = 500 * time.Millisecond

// Close tells the browsers that the run is over. It does not wait for those that don't read.
func (s *Server) Close() error {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	s.wake()
	s.watch.stop()
	for end := time.Now().Add(closing); time.Now().Before(end) && s.count() > 0; {
		time.Sleep(10 * time.Millisecond)
	}
	s.end()
	err := s.http.Close()
	s.tasks.Wait()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("closing the page of --web: %w", err)
	}
	return nil
}

func (s *Server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.clients)
}

// shot gives a screenshot a number, by which the page asks for it.
func (s *Server) shot(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shots = append(s.shots, path)
	return len(s.shots) - 1
}
