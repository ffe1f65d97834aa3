package qmp

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDialGivesUpWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	path := filepath.Join(t.TempDir(), "none")
	_, err := Dial(ctx, path)
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Fatalf("got %v", err)
	}
}

func TestDialRefusesALongPath(t *testing.T) {
	_, err := Dial(context.Background(), "/"+strings.Repeat("x", 107))
	if err == nil || !strings.Contains(err.Error(), "108 bytes") {
		t.Fatalf("got %v", err)
	}
}

func TestDialBoundsTheGreeting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mute")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	var late *TimeoutError
	if _, err := Dial(ctx, path); !errors.As(err, &late) || late.Command != "greeting" {
		t.Fatalf("got %v", err)
	}
}
