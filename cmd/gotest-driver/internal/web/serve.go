package web

import (
	"context"
	"crypto/subtle"
	"embed"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/gotest-driver/gotest-driver/report"
)

//go:embed page
var page embed.FS

// policy lets the page load its own parts alone, and nothing that stands in the page itself run.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// routes returns the handler of all requests.
func (s *Server) routes() (http.Handler, error) {
	v, err := report.NewViewer()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	static := func(path, kind, text string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind+"; charset=utf-8")
			_, _ = io.WriteString(w, text)
		})
	}
	const script, style = "text/javascript", "text/css"
	static("/log.js", script, v.Script)
	static("/log.css", style, v.Style)
	files, err := page.ReadDir("page")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		b, err := page.ReadFile("page/" + f.Name())
		if err != nil {
			return nil, err
		}
		switch name := f.Name(); filepath.Ext(name) {
		case ".js":
			static("/"+name, script, string(b))
		case ".css":
			static("/"+name, style, string(b))
		default:
			static("/{$}", "text/html", strings.Replace(string(b), "{{.Log}}", v.Markup, 1))
		}
	}
	mux.HandleFunc("GET /ws", s.socket)
	mux.HandleFunc("GET /shot/{n}", s.screenshot)
	return s.guard(mux), nil
}

// guard refuses what comes from another page, and what a browser asks for under a name that somebody else may give this
// machine (DNS rebinding).
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		switch origin := r.Header.Get("Origin"); {
		case !s.ownHost(r.Host):
			s.refuse(w, "a request for the host "+strconv.Quote(r.Host)+", which is not this one")
		case origin != "" && !sameOrigin(origin, r.Host):
			s.refuse(w, "a request from the page "+strconv.Quote(origin))
		case r.Header.Get("Sec-Fetch-Site") == "cross-site":
			s.refuse(w, "a request from another site's page")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// ownHost reports whether a Host header names this server: by a number, which nobody else can give another meaning, as
// localhost, or as the user did.
func (s *Server) ownHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	_, err := netip.ParseAddr(name)
	return err == nil || strings.EqualFold(name, "localhost") || s.host != "" && strings.EqualFold(name, s.host)
}

func sameOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, host)
}

// refuse answers that a request is not allowed, and logs why.
func (s *Server) refuse(w http.ResponseWriter, what string) {
	s.complain("refused " + what)
	http.Error(w, "forbidden", http.StatusForbidden)
}

// mostComplaints limits the warnings that strangers can put into the log.
const mostComplaints = 100

// complain logs a warning.
func (s *Server) complain(what string) {
	n := s.refused.Add(1)
	switch {
	case n == mostComplaints:
		what += " (the last warning of this kind)"
	case n > mostComplaints:
		return
	}
	if len(what) > 300 {
		what = what[:300] + "…"
	}
	s.log.Load().Emit(s.ctx, report.Event{Kind: report.Message, Level: report.Warning, Text: "web page: " + strings.ToValidUTF8(what, "")})
}

func (s *Server) isToken(t string) bool {
	return subtle.ConstantTimeCompare([]byte(t), []byte(s.token)) == 1
}

// hello is the first message of a page.
const helloWait = 10 * time.Second

// mostClients limits the pages that are open at one time.
const mostClients = 64

// socket talks to one page.
func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") == "" {
		s.refuse(w, "a connection that names no origin")
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(64 << 10)
	ctx, cancel := context.WithTimeout(s.ctx, helloWait)
	_, first, err := conn.Read(ctx)
	cancel()
	switch {
	case err != nil:
	case !s.isToken(string(first)):
		s.complain("refused a connection with a wrong token")
		_ = conn.Close(websocket.StatusPolicyViolation, "wrong token")
	default:
		s.serve(conn)
	}
}

// mostShot is the size of the largest screenshot that is sent.
const mostShot = 32 << 20

// screenshot sends a picture of the log.
func (s *Server) screenshot(w http.ResponseWriter, r *http.Request) {
	if token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); !s.isToken(token) {
		s.refuse(w, "a request for a screenshot with a wrong token")
		return
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	s.mu.Lock()
	path := ""
	if err == nil && n >= 0 && n < len(s.shots) {
		path = s.shots[n]
	}
	s.mu.Unlock()
	if d := s.driver.Load(); d != nil && path != "" && !filepath.IsAbs(path) {
		path = filepath.Join(d.OutDir(), path)
	}
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() || st.Size() > mostShot {
		http.NotFound(w, r)
		return
	}
	b, err := os.ReadFile(path)
	kind := http.DetectContentType(b)
	if err != nil || !strings.HasPrefix(kind, "image/") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(b)
}

// silent takes what the server has to say about connections that broke: nobody can act on it.
func silent() *log.Logger { return log.New(io.Discard, "", 0) }
