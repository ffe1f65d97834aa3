// Package lsp is the language server: it gives what package check knows to editors.
package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/gotest-driver/gotest-driver/check"
)

// Options are what the command line says.
type Options struct {
	Config   string   // path of a driver configuration; may be empty
	Machines []string // names of the machines
	Version  string
}

// Serve speaks the language server protocol until the client says exit or closes the stream. The error is nil
// after an orderly end.
func Serve(ctx context.Context, rw io.ReadWriteCloser, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn := jsonrpc2.NewConn(jsonrpc2.NewStream(rw), jsonrpc2.WithCodec(codec{}))
	s := &server{o: o, client: protocol.ClientDispatcher(conn), docs: map[uri.URI]*document{}, exit: cancel}
	// Requests are answered in their order: an answer is about the text that the client had sent before it.
	conn.Go(ctx, protocol.ServerHandler(s, jsonrpc2.MethodNotFoundHandler))
	select {
	case <-conn.Done():
		if err := conn.Err(); err != nil && !errors.Is(err, io.EOF) && !s.stopped() {
			return err
		}
	case <-ctx.Done():
		_ = rw.Close()
	}
	return nil
}

// codec marshals the protocol's unions.
type codec struct{}

func (codec) Marshal(v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return []byte("null"), nil
	case json.RawMessage:
		return v, nil
	}
	return protocol.Marshal(v)
}

func (codec) Unmarshal(data []byte, v any) error {
	if raw, ok := v.(*json.RawMessage); ok {
		*raw = append((*raw)[:0], data...)
		return nil
	}
	return protocol.Unmarshal(data, v)
}

type server struct {
	protocol.UnimplementedServer
	o      Options
	client protocol.Client
	exit   context.CancelFunc

	mu       sync.Mutex
	docs     map[uri.URI]*document
	shutdown bool
}

// document is an open file. Its analysis is made once for each text.
type document struct {
	uri     uri.URI
	path    string
	version int32
	text    []byte
	result  *check.Result
}

func (s *server) stopped() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shutdown
}

// analysis is what is known of the document as it is now.
func (s *server) analysis(ctx context.Context, u uri.URI) (*document, *check.Result) {
	s.mu.Lock()
	d := s.docs[u]
	s.mu.Unlock()
	if d == nil {
		return nil, nil
	}
	if d.result == nil {
		d.result = check.Analyse(ctx, s.config(d.path), d.path, d.text)
	}
	return d, d.result
}

// config is the configuration for a file; what can't be read is left out, for the editor goes on.
func (s *server) config(path string) check.Config {
	cfg, err := check.NewConfig(path, s.o.Config, s.o.Machines, "")
	if err != nil {
		cfg = check.Config{Load: check.Loader(filepath.Dir(path))}
	}
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

func (s *server) DidOpen(ctx context.Context, p *protocol.DidOpenTextDocumentParams) error {
	d := &document{uri: p.TextDocument.URI, path: pathOf(p.TextDocument.URI), version: p.TextDocument.Version, text: []byte(p.TextDocument.Text)}
	s.mu.Lock()
	s.docs[d.uri] = d
	s.mu.Unlock()
	return s.changed(ctx, d)
}

func (s *server) DidChange(ctx context.Context, p *protocol.DidChangeTextDocumentParams) error {
	s.mu.Lock()
	d := s.docs[p.TextDocument.URI]
	s.mu.Unlock()
	if d == nil {
		return nil
	}
	text := d.text
	for _, c := range p.ContentChanges {
		switch c := c.(type) {
		case *protocol.TextDocumentContentChangeWholeDocument:
			text = []byte(c.Text)
		case *protocol.TextDocumentContentChangePartial:
			m := newMapper(text)
			r := m.toRange(c.Range)
			text = append(append(append([]byte{}, text[:r.Start]...), c.Text...), text[r.End:]...)
		}
	}
	d.text, d.version = text, p.TextDocument.Version
	return s.changed(ctx, d)
}

// changed forgets what was known of all documents, which may load this one, and publishes what is found in this one.
func (s *server) changed(ctx context.Context, d *document) error {
	s.mu.Lock()
	for _, o := range s.docs {
		o.result = nil
	}
	s.mu.Unlock()
	return s.publish(ctx, d)
}

func (s *server) DidSave(ctx context.Context, _ *protocol.DidSaveTextDocumentParams) error {
	return s.publishAll(ctx)
}

func (s *server) DidChangeWatchedFiles(ctx context.Context, _ *protocol.DidChangeWatchedFilesParams) error {
	return s.publishAll(ctx)
}

func (s *server) publishAll(ctx context.Context) error {
	s.mu.Lock()
	var all []*document
	for _, d := range s.docs {
		d.result = nil
		all = append(all, d)
	}
	s.mu.Unlock()
	for _, d := range all {
		if err := s.publish(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) DidClose(ctx context.Context, p *protocol.DidCloseTextDocumentParams) error {
	s.mu.Lock()
	delete(s.docs, p.TextDocument.URI)
	s.mu.Unlock()
	return s.client.PublishDiagnostics(ctx, &protocol.PublishDiagnosticsParams{URI: p.TextDocument.URI, Diagnostics: []protocol.Diagnostic{}})
}

func (s *server) publish(ctx context.Context, d *document) error {
	_, r := s.analysis(ctx, d.uri)
	m := newMapper(d.text)
	list := []protocol.Diagnostic{}
	for _, f := range r.Findings {
		if f.File == d.path {
			list = append(list, diagnostic(m, f))
		}
	}
	return s.client.PublishDiagnostics(ctx, &protocol.PublishDiagnosticsParams{URI: d.uri, Version: protocol.NewOptional(d.version), Diagnostics: list})
}

func diagnostic(m *mapper, f check.Finding) protocol.Diagnostic {
	severity := protocol.DiagnosticSeverityError
	if f.Severity == check.Warning {
		severity = protocol.DiagnosticSeverityWarning
	}
	d := protocol.Diagnostic{Range: m.fromRange(f.Range), Severity: severity, Code: protocol.String(f.Code),
		Source: protocol.NewOptional("gotest-driver"), Message: protocol.String(f.Short())}
	switch f.Code {
	case check.UnusedVariable, check.UnusedParameter, check.UnusedLoad, check.UnreachableCode:
		d.Tags = protocol.NewDiagnosticTags(protocol.DiagnosticTagUnnecessary)
	}
	return d
}

func (s *server) Shutdown(context.Context) error {
	s.mu.Lock()
	s.shutdown = true
	s.mu.Unlock()
	return nil
}

func (s *server) Exit(context.Context) error {
	s.exit()
	return nil
}

func (s *server) Initialized(context.Context, *protocol.InitializedParams) error { return nil }

func (s *server) SetTrace(context.Context, *protocol.SetTraceParams) error { return nil }

func (s *server) DidChangeConfiguration(ctx context.Context, _ *protocol.DidChangeConfigurationParams) error {
	return s.publishAll(ctx)
}

// at is the document, its analysis and the offset of a position.
func (s *server) at(ctx context.Context, u uri.URI, p protocol.Position) (*document, *check.Result, *mapper, int) {
	d, r := s.analysis(ctx, u)
	if r == nil {
		return nil, nil, nil, 0
	}
	m := newMapper(d.text)
	return d, r, m, m.toOffset(p)
}

// locations turns places into the protocol's; the files that were loaded are read by the analysis.
func (s *server) locations(d *document, r *check.Result, list []check.Location) []protocol.Location {
	out := []protocol.Location{}
	for _, l := range list {
		if l.File == d.path {
			out = append(out, protocol.Location{URI: d.uri, Range: newMapper(d.text).fromRange(l.Range)})
			continue
		}
		src := r.Source(l.File)
		if src == nil {
			continue
		}
		abs, err := filepath.Abs(l.File)
		if err != nil {
			continue
		}
		out = append(out, protocol.Location{URI: uri.File(abs), Range: newMapper(src).fromRange(l.Range)})
	}
	return out
}
