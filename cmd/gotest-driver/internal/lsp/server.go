// Package lsp is the language server: it offers the analysis of package check to editors.
package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/gotest-driver/gotest-driver/script/check"
)

// Options are the options of [Serve].
type Options struct {
	Config   string   // path of a driver configuration; may be empty
	Machines []string // names of the machines
	Version  string
}

// ErrUntidy is the end of a session whose client has said exit without shutdown, for which the protocol asks for the exit
// status 1.
var ErrUntidy = errors.New("the client said exit without shutdown")

// Serve speaks the Language Server Protocol until the client sends exit or closes the stream. The error is nil
// after a regular end.
func Serve(ctx context.Context, rw io.ReadWriteCloser, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	conn := jsonrpc2.NewConn(newStream(rw), jsonrpc2.WithCodec(codec{}))
	s := &server{o: o, ctx: ctx, client: protocol.ClientDispatcher(conn), docs: map[uri.URI]*document{}, exit: cancel,
		due: map[uri.URI]bool{}, wake: make(chan struct{}, 1), watch: make(chan struct{})}
	var background sync.WaitGroup
	defer background.Wait()
	defer cancel()
	background.Go(s.publishing)
	background.Go(s.watching)
	// Requests are answered in order: an answer is for the text that the client sent before the request.
	conn.Go(ctx, tolerant(protocol.ServerHandler(s, jsonrpc2.MethodNotFoundHandler)))
	var err error
	select {
	case <-conn.Done():
		err = conn.Err()
	case <-ctx.Done():
		_ = rw.Close()
	}
	// Many clients close the stream as soon as they have sent exit.
	if s.untidy.Load() {
		return ErrUntidy
	}
	if err != nil && !errors.Is(err, io.EOF) && !s.stopped() {
		return err
	}
	return nil
}

// tolerant drops the errors of notifications, because they would end the connection: editors also send notifications
// that this server does not use, such as $/cancelRequest.
func tolerant(handle jsonrpc2.Handler) jsonrpc2.Handler {
	return func(ctx context.Context, req *jsonrpc2.Request) (any, error) {
		result, err := handle(ctx, req)
		if !req.IsCall() {
			return nil, nil
		}
		return result, err
	}
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
	o        Options
	ctx      context.Context // of the session
	client   protocol.Client
	exit     context.CancelFunc
	untidy   atomic.Bool
	folders  []string      // the workspace's, set when the session begins
	watch    chan struct{} // closed when the client must be asked to watch files
	canWatch bool          // the client can report changes of files on the disk

	mu       sync.Mutex
	docs     map[uri.URI]*document
	due      map[uri.URI]bool // files whose diagnostics must be published
	latest   uri.URI          // the file whose text changed last
	wake     chan struct{}    // due is not empty
	shutdown bool
}

func (s *server) stopped() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shutdown
}

func (s *server) Initialize(_ context.Context, p *protocol.InitializeParams) (*protocol.InitializeResult, error) {
	if list, ok := p.WorkspaceFolders.Get(); ok {
		for _, f := range list {
			s.folders = append(s.folders, pathOf(f.URI))
		}
	} else {
		root := p.RootURI //lint:ignore SA1019 older editors know no folders
		if root != nil {
			s.folders = []string{pathOf(*root)}
		}
	}
	if w := p.Capabilities.Workspace; w != nil && w.DidChangeWatchedFiles != nil {
		s.canWatch = w.DidChangeWatchedFiles.DynamicRegistration != nil && *w.DidChangeWatchedFiles.DynamicRegistration
	}
	return &protocol.InitializeResult{
		ServerInfo: protocol.ServerInfo{Name: "gotest-driver", Version: protocol.NewOptional(s.o.Version)},
		Capabilities: protocol.ServerCapabilities{
			Workspace: &protocol.WorkspaceOptions{WorkspaceFolders: &protocol.WorkspaceFoldersServerCapabilities{
				Supported: ptr(true), ChangeNotifications: protocol.Boolean(true)}},
			TextDocumentSync: &protocol.TextDocumentSyncOptions{OpenClose: ptr(true), Change: ptr(protocol.TextDocumentSyncKindIncremental),
				Save: protocol.Boolean(true)},
			CompletionProvider:         &protocol.CompletionOptions{TriggerCharacters: []string{".", "\"", "'", "-"}},
			HoverProvider:              protocol.Boolean(true),
			SignatureHelpProvider:      &protocol.SignatureHelpOptions{TriggerCharacters: []string{"(", ","}},
			DefinitionProvider:         protocol.Boolean(true),
			ReferencesProvider:         protocol.Boolean(true),
			DocumentHighlightProvider:  protocol.Boolean(true),
			DocumentSymbolProvider:     protocol.Boolean(true),
			CodeActionProvider:         &protocol.CodeActionOptions{CodeActionKinds: []protocol.CodeActionKind{protocol.CodeActionKindQuickFix}},
			DocumentFormattingProvider: protocol.Boolean(true),
			RenameProvider:             &protocol.RenameOptions{PrepareProvider: ptr(true)},
			InlayHintProvider:          protocol.Boolean(true),
			SemanticTokensProvider: &protocol.SemanticTokensOptions{
				Legend: protocol.SemanticTokensLegend{TokenTypes: check.TokenTypes, TokenModifiers: []string{}}, Full: protocol.Boolean(true)},
		},
	}, nil
}

func (s *server) Initialized(context.Context, *protocol.InitializedParams) error {
	if s.canWatch {
		close(s.watch)
		s.canWatch = false
	}
	return nil
}

func (s *server) DidChangeWorkspaceFolders(_ context.Context, p *protocol.DidChangeWorkspaceFoldersParams) error {
	for _, f := range p.Event.Removed {
		s.folders = slices.DeleteFunc(s.folders, func(path string) bool { return path == pathOf(f.URI) })
	}
	for _, f := range p.Event.Added {
		s.folders = append(s.folders, pathOf(f.URI))
	}
	return nil
}

func (s *server) Shutdown(context.Context) error {
	s.mu.Lock()
	s.shutdown = true
	s.mu.Unlock()
	return nil
}

func (s *server) Exit(context.Context) error {
	s.untidy.Store(!s.stopped())
	s.exit()
	return nil
}

func (s *server) SetTrace(context.Context, *protocol.SetTraceParams) error { return nil }

func (s *server) DidChangeConfiguration(_ context.Context, _ *protocol.DidChangeConfigurationParams) error {
	s.publishAll()
	return nil
}

// at returns the document, its analysis and the offset of a position.
func (s *server) at(u uri.URI, p protocol.Position) (*document, *check.Result, *mapper, int) {
	d, r := s.analysis(u)
	if r == nil {
		return nil, nil, nil, 0
	}
	m := d.mapper()
	return d, r, m, m.toOffset(p)
}

// locations converts places to the protocol's; the analysis has read the loaded files.
func (s *server) locations(d *document, r *check.Result, list []check.Location) []protocol.Location {
	out := []protocol.Location{}
	for _, l := range list {
		if l.File == d.path {
			out = append(out, protocol.Location{URI: d.uri, Range: d.mapper().fromRange(l.Range)})
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
