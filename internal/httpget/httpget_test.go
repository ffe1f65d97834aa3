package httpget

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestGet: the errors of an answer that breaks off, of one that its reader no longer wants, and of none.
func TestGet(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "text "+r.Header.Get("X"))
		switch r.URL.Path {
		case "/breaks":
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		case "/hangs":
			_ = http.NewResponseController(w).Flush()
			<-release
		}
	}))
	defer server.Close()
	defer close(release)
	get := func(ctx context.Context, path string) (string, error) {
		answer, err := Get(ctx, server.Client(), server.URL+path, http.Header{"X": {"x"}})
		if err != nil {
			return "", err
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		return string(b), err
	}
	if text, err := get(t.Context(), "/whole"); err != nil || text != "text x" {
		t.Errorf("%q, %v", text, err)
	}
	if text, err := get(t.Context(), "/breaks"); err == nil || text != "text x" {
		t.Errorf("%q, %v", text, err)
	}
	why := errors.New("it is over")
	ctx, cancel := context.WithCancelCause(t.Context())
	answer, err := Get(ctx, server.Client(), server.URL+"/hangs", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	cancel(why)
	if _, err := io.ReadAll(answer.Body); !errors.Is(err, why) {
		t.Errorf("%v", err)
	}
	if _, err := get(ctx, "/whole"); !errors.Is(err, why) {
		t.Errorf("%v", err)
	}
	server.CloseClientConnections()
	server.Listener.Close()
	if _, err := get(t.Context(), "/whole"); err == nil || strings.Contains(err.Error(), server.URL) {
		t.Errorf("%v", err)
	}
}
