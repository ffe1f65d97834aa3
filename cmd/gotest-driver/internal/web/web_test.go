package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/gotest-driver/gotest-driver/report"
)

// opened is a server with a log.
type opened struct {
	*Server
	log   *report.Log
	plain *bytes.Buffer // what the log says
	told  string        // what the user is told
	base  string        // the URL of the page
	addr  string
}

func open(t *testing.T, at string) *opened {
	t.Helper()
	var out, plain bytes.Buffer
	s, err := Open(t.Context(), Options{At: at, Version: "test", Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	o := &opened{Server: s, plain: &plain, told: out.String()}
	o.log = report.NewLog(nil, report.NewPlain(&plain, report.PlainOptions{Level: report.Debug}))
	s.SetLog(o.log)
	o.log.Add(s)
	t.Cleanup(func() {
		if err := o.log.Close(); err != nil {
			t.Error(err)
		}
	})
	if m := regexp.MustCompile(`http://(\S+)/#([A-Z2-7]+)`).FindStringSubmatch(o.told); m != nil {
		o.addr, o.base = m[1], "http://"+m[1]
		if m[2] != s.token {
			t.Errorf("told %q, which has not the token %s", o.told, s.token)
		}
	} else {
		t.Fatalf("no URL in %q", o.told)
	}
	return o
}

// dial opens a WebSocket as a page of an origin does, and sends the token.
func (o *opened) dial(t *testing.T, origin, token string) (*websocket.Conn, error) {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(o.base, "http")+"/ws", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	conn.SetReadLimit(64 << 20)
	return conn, conn.Write(t.Context(), websocket.MessageText, []byte(token))
}

// next returns the next message that has a key.
func next(t *testing.T, c *websocket.Conn, key string) json.RawMessage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		kind, b, err := c.Read(ctx)
		if err != nil {
			t.Fatalf("waiting for %q: %v", key, err)
		}
		var m map[string]json.RawMessage
		if kind == websocket.MessageText && json.Unmarshal(b, &m) == nil && m[key] != nil {
			return m[key]
		}
	}
}

func TestOnlyTheTokenOpens(t *testing.T) {
	o := open(t, "127.0.0.1:0")
	for _, token := range []string{"", "x", strings.ToLower(o.token), o.token[1:], o.token + "A"} {
		c, err := o.dial(t, o.base, token)
		if err != nil {
			t.Fatal(err)
		}
		_, b, err := c.Read(t.Context())
		var closed websocket.CloseError
		if !errors.As(err, &closed) || closed.Code != websocket.StatusPolicyViolation {
			t.Errorf("token %q: got %q, %v", token, b, err)
		}
	}
	for _, origin := range []string{"http://evil.example", "null", "https://" + o.addr + ".evil.example", "http://localhost:1", "file://"} {
		if _, err := o.dial(t, origin, o.token); err == nil {
			t.Errorf("a page of %s is connected", origin)
		}
	}
	if _, err := o.dial(t, "", o.token); err == nil {
		t.Error("a connection without an origin is taken")
	}
	c, err := o.dial(t, o.base, o.token)
	if err != nil {
		t.Fatal(err)
	}
	next(t, c, "hello")
	o.log.Logf(t.Context(), report.Info, "the token %s is in the log", o.token)
	if s := string(next(t, c, "rows")); strings.Contains(s, o.token) || !strings.Contains(s, "wrong token") {
		t.Errorf("rows: %s", s)
	}
	if s := o.plain.String(); strings.Contains(s, o.token) || strings.Count(s, "wrong token") != 5 || !strings.Contains(s, `refused a request from the page "http://evil.example"`) {
		t.Errorf("log:\n%s", s)
	}
}

// TestHosts: a name that somebody makes stand for this machine (DNS rebinding) opens nothing.
func TestHosts(t *testing.T) {
	o := open(t, "127.0.0.1:0")
	shot := filepath.Join(t.TempDir(), "secret.png")
	if err := os.WriteFile(shot, []byte("\x89PNG\r\n\x1a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.log.Emit(t.Context(), report.Event{Kind: report.Screenshot, Path: shot})
	for _, c := range []struct {
		path, host, origin, site, token string
		want                            int
	}{
		{"/", "", "", "", "", 200},
		{"/", "localhost:9", "", "", "", 200},
		{"/", "[::1]", "", "none", "", 200},
		{"/", "evil.example", "", "", "", 403},
		{"/", "127.0.0.1.evil.example", "", "", "", 403},
		{"/", "evil.example:" + o.addr[strings.LastIndex(o.addr, ":")+1:], "", "", "", 403},
		{"/", "", "http://evil.example", "", "", 403},
		{"/", "", "", "cross-site", "", 403},
		{"/page.js", "", "", "same-origin", "", 200},
		{"/log.js", "", "", "", "", 200},
		{"/nothing", "", "", "", "", 404},
		{"/page/../web.go", "", "", "", "", 404},
		{"/shot/0", "", "", "", "", 403},
		{"/shot/0", "", "", "", "wrong", 403},
		{"/shot/0", "", "", "", o.token, 200},
		{"/shot/1", "", "", "", o.token, 404},
		{"/shot/-1", "", "", "", o.token, 404},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", o.base+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = c.host
		for k, v := range map[string]string{"Origin": c.origin, "Sec-Fetch-Site": c.site, "Authorization": "Bearer " + c.token} {
			if v != "" {
				r.Header.Set(k, v)
			}
		}
		a, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(a.Body)
		a.Body.Close()
		if a.StatusCode != c.want && !(c.want == 404 && a.StatusCode/100 == 3) {
			t.Errorf("%+v: status %d", c, a.StatusCode)
		}
		if bytes.Contains(b, []byte(o.token)) {
			t.Errorf("%+v: the answer has the token", c)
		}
		if p := a.Header.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "unsafe") {
			t.Errorf("%+v: policy %q", c, p)
		}
	}
}

func TestUnixSocketIsTheUsersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "web.sock")
	var out bytes.Buffer
	s, err := Open(t.Context(), Options{At: "view," + path, Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st, err)
	}
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
	a, err := client.Get("http://localhost:8080/")
	if err != nil || a.StatusCode != 200 {
		t.Errorf("%v, %v", a, err)
	} else {
		a.Body.Close()
	}
	if !s.view || !strings.Contains(out.String(), path) {
		t.Errorf("told %q", out.String())
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, at := range []string{"nonsense", "127.0.0.1", "127.0.0.1:99999", "/nowhere/at/all.sock"} {
		if s, err := Open(t.Context(), Options{At: at, Out: io.Discard}); err == nil {
			t.Errorf("%s is taken", at)
			s.Close()
		} else if !strings.Contains(err.Error(), "--web "+at) {
			t.Error(err)
		}
	}
}

// TestSlowReader: a page that reads nothing does not hold up the log, and what is kept for pages is bounded.
func TestSlowReader(t *testing.T) {
	o := open(t, "view")
	c, err := o.dial(t, o.base, o.token)
	if err != nil {
		t.Fatal(err)
	}
	next(t, c, "hello")
	line := strings.Repeat("x", 3000)
	for range 30_000 { // some 90 MB
		o.log.Emit(t.Context(), report.Event{Kind: report.Serial, Machine: "m", Text: line})
	}
	o.log.Logf(t.Context(), report.Info, "the last one")
	if n := len(o.feed.rows); n > feedRows || o.feed.bytes > feedBytes {
		t.Errorf("%d rows, %d bytes are kept", n, o.feed.bytes)
	}
	// It still gets the end, and is told that something is missing.
	anew := false
	for {
		_, b, err := c.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		anew = anew || bytes.Contains(b, []byte("older lines are not shown"))
		if bytes.Contains(b, []byte("the last one")) {
			break
		}
	}
	if !anew {
		t.Error("nothing says that lines are missing")
	}
}
