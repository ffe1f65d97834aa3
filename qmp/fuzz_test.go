package qmp

import (
	"context"
	"net"
	"testing"
	"time"
)

// FuzzServer: whatever QEMU's side sends, the client gives an answer or an error, and closes.
func FuzzServer(f *testing.F) {
	f.Add([]byte(hello + "\r\n{\"return\": {}}\r\n{\"return\": {\"status\": \"running\"}}\r\n"))
	f.Add([]byte(hello + "\r\n{\"return\": {}, \"id\": \"1\"}\r\n{\"event\": \"STOP\", \"timestamp\": {\"seconds\": 1, \"microseconds\": 2}}\r\n{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\r\n"))
	f.Add([]byte("{\"QMP\": {}}\r\n[]\r\n"))
	f.Add([]byte("\x00\xff\r\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		conn, server := net.Pipe()
		done := make(chan struct{})
		go func() { // it reads nothing of what it answers
			defer close(done)
			_ = server.SetDeadline(time.Now().Add(time.Minute))
			go func() {
				buf := make([]byte, 1<<12)
				for {
					if _, err := server.Read(buf); err != nil {
						return
					}
				}
			}()
			_, _ = server.Write(sent)
			_ = server.Close()
		}()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c, err := New(ctx, conn)
		if err == nil {
			_, _ = c.Execute(ctx, "query-status", nil)
			_ = c.Close()
		}
		_ = conn.Close()
		<-done
		if ctx.Err() != nil {
			t.Error("it hangs")
		}
	})
}
