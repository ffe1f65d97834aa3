package lsp

import (
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/gotest-driver/gotest-driver/script/check"
)

// publishing publishes the diagnostics of what is due until the session ends. It is on its own so that a request
// need not wait for it, and so that several quick changes cost one analysis.
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

// watching asks the client to tell when files change on the disk on which what is known of open ones depends.
func (s *server) watching() {
	select {
	case <-s.ctx.Done():
		return
	case <-s.watch:
	}
	const files = `{"watchers":[{"globPattern":"**/*.star"},{"globPattern":"**/gotest.json"}]}`
	// With a client that refuses, such changes are noticed at the next save.
	_ = s.client.RegisterCapability(s.ctx, &protocol.RegistrationParams{Registrations: []protocol.Registration{
		{ID: "files", Method: string(protocol.MethodWorkspaceDidChangeWatchedFiles), RegisterOptions: protocol.LSPAny(files)}}})
}

// nextDue takes a file whose diagnostics are to be published; its document is nil when the file has been closed.
// The one whose text changed last comes first.
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
			return // a newer text is due
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
	if f.Severity == check.Warning {
		severity = protocol.DiagnosticSeverityWarning
	}
	d := protocol.Diagnostic{Range: m.fromRange(f.Range), Severity: severity, Code: protocol.String(f.Code),
		Source: protocol.NewOptional("gotest-driver"), Message: protocol.String(f.Short())}
	if lint, _ := check.Explain(string(f.Code)); lint.Superfluous {
		d.Tags = protocol.NewDiagnosticTags(protocol.DiagnosticTagUnnecessary)
	}
	return d
}
