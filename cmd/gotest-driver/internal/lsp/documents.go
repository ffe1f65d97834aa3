package lsp

import (
	"context"
	"sync"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/gotest-driver/gotest-driver/script/check"
)

// document is an open file between two changes. Each change makes a new document, and cancels work for the old
// one.
type document struct {
	uri     uri.URI
	path    string
	version int32
	text    []byte
	mapper  func() *mapper
	ctx     context.Context // done when there is a newer one
	replace context.CancelFunc

	mu     sync.Mutex
	result *check.Result
}

// set makes the text the newest one of its file. The caller holds s.mu.
func (s *server) set(u uri.URI, version int32, text []byte) {
	if old := s.docs[u]; old != nil {
		old.replace()
	}
	d := &document{uri: u, path: pathOf(u), version: version, text: text}
	d.mapper = sync.OnceValue(func() *mapper { return newMapper(text) })
	d.ctx, d.replace = context.WithCancel(s.ctx)
	s.docs[u] = d
	s.due[u] = true
	s.wakeUp()
}

func (s *server) wakeUp() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// analysis returns the newest text of a file and its analysis, nil when the file is not open.
func (s *server) analysis(u uri.URI) (*document, *check.Result) {
	s.mu.Lock()
	d := s.docs[u]
	s.mu.Unlock()
	if d == nil {
		return nil, nil
	}
	return d, s.analyse(d)
}

// analyse analyses each document once. The result must not be used when the document's context is done.
func (s *server) analyse(d *document) *check.Result {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.result == nil {
		d.result = check.Analyse(d.ctx, s.config(d.path), d.path, d.text)
	}
	return d.result
}

// config returns the configuration for a file. It leaves out unreadable parts, so that the editor can continue.
func (s *server) config(path string) check.Config {
	cfg, _ := check.NewConfig(path, s.o.Config, s.o.Machines, "")
	read := cfg.Load
	cfg.Load = func(module, from string) (string, []byte, error) {
		name, src, err := read(module, from)
		if err != nil {
			return name, src, err
		}
		if d := s.open(name); d != nil { // the editor's text is newer than the file
			return name, d.text, nil
		}
		return name, src, nil
	}
	return cfg
}

func (s *server) open(path string) *document {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.docs {
		if d.path == path {
			return d
		}
	}
	return nil
}

func pathOf(u uri.URI) string {
	if u.IsFile() {
		return u.FsPath()
	}
	return string(u)
}

func (s *server) DidOpen(_ context.Context, p *protocol.DidOpenTextDocumentParams) error {
	s.changed(p.TextDocument.URI, p.TextDocument.Version, []byte(p.TextDocument.Text))
	return nil
}

func (s *server) DidChange(_ context.Context, p *protocol.DidChangeTextDocumentParams) error {
	s.mu.Lock()
	d := s.docs[p.TextDocument.URI]
	s.mu.Unlock()
	if d == nil {
		return nil
	}
	text, m := d.text, d.mapper()
	for _, c := range p.ContentChanges {
		switch c := c.(type) {
		case *protocol.TextDocumentContentChangeWholeDocument:
			text = []byte(c.Text)
		case *protocol.TextDocumentContentChangePartial:
			r := m.toRange(c.Range)
			text = append(append(append([]byte{}, text[:r.Start]...), c.Text...), text[r.End:]...)
		}
		m = newMapper(text)
	}
	s.changed(d.uri, p.TextDocument.Version, text)
	return nil
}

// changed sets a new text of a file; the open files that load it are analysed again too.
func (s *server) changed(u uri.URI, version int32, text []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest = u
	s.set(u, version, text)
	s.renewLoaders(pathOf(u))
}

// renewLoaders drops the analyses of the open files that load a file. The caller holds s.mu.
func (s *server) renewLoaders(path string) {
	for _, d := range s.docs {
		if d.path == path {
			continue
		}
		if !d.mu.TryLock() { // its analysis is running, perhaps with the old text
			s.set(d.uri, d.version, d.text)
			continue
		}
		loads := d.result != nil && d.result.Loads(path)
		d.mu.Unlock()
		if loads {
			s.set(d.uri, d.version, d.text)
		}
	}
}

func (s *server) DidSave(_ context.Context, _ *protocol.DidSaveTextDocumentParams) error {
	s.publishAll()
	return nil
}

func (s *server) DidChangeWatchedFiles(_ context.Context, _ *protocol.DidChangeWatchedFilesParams) error {
	s.publishAll()
	return nil
}

// publishAll analyses all open files again, because their dependencies may have changed.
func (s *server) publishAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.docs {
		s.set(d.uri, d.version, d.text)
	}
}

func (s *server) DidClose(_ context.Context, p *protocol.DidCloseTextDocumentParams) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.docs[p.TextDocument.URI]; d != nil {
		d.replace()
		delete(s.docs, d.uri)
		s.due[d.uri] = true
		s.wakeUp()
		s.renewLoaders(d.path)
	}
	return nil
}
