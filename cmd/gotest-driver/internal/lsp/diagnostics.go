package lsp

import (
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/gotest-driver/gotest-driver/script/check"
)

// publishing publishes the diagnostics of files that need it until the session ends. It has its own goroutine, so that a
// request need not wait for it and several quick changes cost one analysis.
func (s *server) publishing() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.wake:
		}
		for {
			u, d, ok := s.nextDue()
			if !ok {
				break
			}
			s.publish(u, d)
		}
	}
}

// watching asks the client to report changes of files on the disk, on which the analysis of open files depends.
func (s *server) watching() {
	select {
	case <-s.ctx.Done():
		return
	case <-s.watch:
	}
	const files = `{"watchers":[{"globPattern":"**/*.star"},{"globPattern":"**/gotest.json"}]}`
	// If the client refuses, such changes are noticed at the next save.
	_ = s.client.RegisterCapability(s.ctx, &protocol.RegistrationParams{Registrations: []protocol.Registration{
		{ID: "files", Method: string(protocol.MethodWorkspaceDidChangeWatchedFiles), RegisterOptions: protocol.LSPAny(files)}}})
}

// nextDue returns a file whose diagnostics must be published, first the one whose text changed last. Its document is nil
// when the file is closed.
func (s *server) nextDue() (u uri.URI, d *document, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for due := range s.due {
		if !ok || due == s.latest {
			u, d, ok = due, s.docs[due], true
		}
	}
	delete(s.due, u)
	return u, d, ok
}

func (s *server) publish(u uri.URI, d *document) {
	p := &protocol.PublishDiagnosticsParams{URI: u, Diagnostics: []protocol.Diagnostic{}}
	if d != nil {
		r := s.analyse(d)
		if d.ctx.Err() != nil {
			return // there is a newer text
		}
		p.Version = protocol.NewOptional(d.version)
		for _, f := range r.Findings {
			if f.File == d.path {
				p.Diagnostics = append(p.Diagnostics, diagnostic(d.mapper(), f))
			}
		}
	}
	_ = s.client.PublishDiagnostics(s.ctx, p) // an error means that the connection is gone, which ends the session
}

func diagnostic(m *mapper, f check.Finding) protocol.Diagnostic {
	severity := protocol.DiagnosticSeverityError
	switch f.Severity {
	case check.Warning:
		severity = protocol.DiagnosticSeverityWarning
	case check.Note:
		severity = protocol.DiagnosticSeverityHint
	}
	d := protocol.Diagnostic{Range: m.fromRange(f.Range), Severity: severity, Code: protocol.String(f.Code),
		Source: protocol.NewOptional("gotest-driver"), Message: protocol.String(f.Short())}
	if lint, _ := check.Explain(string(f.Code)); lint.Superfluous {
		d.Tags = protocol.NewDiagnosticTags(protocol.DiagnosticTagUnnecessary)
	}
	return d
}
