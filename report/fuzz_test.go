package report

import (
	"bytes"
	"io"
	"path/filepath"
	"testing"
)

// FuzzReplay: a JSON log of any content gives reports or an error, and its lines have nothing that harms a terminal.
func FuzzReplay(f *testing.F) {
	var log bytes.Buffer
	hostileRun(f, NewJSONLines(&log))
	for line := range bytes.Lines(log.Bytes()) {
		f.Add(line)
	}
	f.Add([]byte("{\"seq\":1,\"kind\":\"begin\",\"entry\":1,\"parent\":1,\"action\":\"subtest\",\"text\":\"x\"}\n"))
	f.Add([]byte("{\"kind\":\"begin\",\"entry\":2,\"parent\":1}\n{\"kind\":\"end\",\"entry\":2}\n{\"kind\":\"run_end\"}\n"))
	f.Fuzz(func(t *testing.T, log []byte) {
		dir := t.TempDir()
		var sinks []Sink
		for _, format := range Formats() {
			s, err := format.Create(Output{Format: format, Path: filepath.Join(dir, format.Name)})
			if err != nil {
				t.Fatal(err)
			}
			sinks = append(sinks, s)
		}
		var plain bytes.Buffer
		sinks = append(sinks, NewPlain(&plain, PlainOptions{Serial: true, Level: Debug}))
		_ = FromJSONL(t.Context(), bytes.NewReader(log), sinks...)
		for _, s := range sinks {
			if c, ok := s.(io.Closer); ok {
				_ = c.Close()
			}
		}
		if i := bytes.IndexFunc(plain.Bytes(), func(r rune) bool { return r != '\n' && (r < 0x20 || r == 0x7f || unsafeRune(r)) }); i >= 0 {
			t.Errorf("%q can harm a terminal", plain.Bytes()[i:])
		}
	})
}
