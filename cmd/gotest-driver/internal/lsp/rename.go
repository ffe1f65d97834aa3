package lsp

import (
	"context"
	"fmt"
	"path/filepath"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/gotest-driver/gotest-driver/script/check"
)

func (s *server) References(ctx context.Context, p *protocol.ReferenceParams) ([]protocol.Location, error) {
	_, r, _, o := s.at(p.TextDocument.URI, p.Position)
	if r == nil {
		return nil, nil
	}
	out := []protocol.Location{}
	n, _, ok := r.NameAt(o)
	if !ok {
		return out, nil
	}
	files, err := s.filesWith(ctx, n, r)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		for _, l := range f.result.Uses(n, p.Context.IncludeDeclaration, true) {
			out = append(out, protocol.Location{URI: f.uri, Range: f.mapper.fromRange(l.Range)})
		}
	}
	return out, nil
}

func (s *server) PrepareRename(ctx context.Context, p *protocol.PrepareRenameParams) (protocol.PrepareRenameResult, error) {
	_, r, m, o := s.at(p.TextDocument.URI, p.Position)
	if r == nil {
		return nil, nil
	}
	n, at, ok := r.NameAt(o)
	if !ok {
		return nil, errNoName
	}
	if err := n.Renameable(""); err != nil {
		return nil, err
	}
	return &protocol.PrepareRenamePlaceholder{Range: m.fromRange(at), Placeholder: n.Name}, nil
}

var errNoName = fmt.Errorf("there is no name here that a script defines")

// Rename changes a name in the file that defines it and in all files of the workspace that load it.
func (s *server) Rename(ctx context.Context, p *protocol.RenameParams) (*protocol.WorkspaceEdit, error) {
	_, r, _, o := s.at(p.TextDocument.URI, p.Position)
	if r == nil {
		return nil, nil
	}
	n, _, ok := r.NameAt(o)
	if !ok {
		return nil, errNoName
	}
	if err := n.Renameable(p.NewName); err != nil {
		return nil, err
	}
	edit := &protocol.WorkspaceEdit{Changes: map[uri.URI][]protocol.TextEdit{}}
	if p.NewName == n.Name {
		return edit, nil
	}
	files, err := s.filesWith(ctx, n, r)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		uses := f.result.Uses(n, true, false)
		if len(uses) == 0 {
			continue
		}
		if f.path != n.File && n.Global && p.NewName[0] == '_' {
			return nil, fmt.Errorf("%s loads `%s`: names that begin with _ can't be loaded", filepath.Base(f.path), n.Name)
		}
		if l, found := f.result.Conflict(n, p.NewName); found {
			return nil, fmt.Errorf("`%s` already means something else: %s:%d", p.NewName, filepath.Base(f.path), l.Start.Line)
		}
		for _, l := range uses {
			edit.Changes[f.uri] = append(edit.Changes[f.uri], protocol.TextEdit{Range: f.mapper.fromRange(l.Range), NewText: p.NewName})
		}
	}
	return edit, nil
}

// analysed is a file of the workspace, open or not, with its analysis.
type analysed struct {
	uri    uri.URI
	path   string
	mapper *mapper
	result *check.Result
}

// filesWith returns the files that can use a name: the one that defines it, and, for a name that can be loaded, all files
// of the workspace whose text has the name and a load statement. r is the analysis of the file in which it was found.
func (s *server) filesWith(ctx context.Context, n check.Name, r *check.Result) ([]*analysed, error) {
	if !n.Shared() {
		f, err := s.analysed(ctx, r.File.Name)
		return []*analysed{f}, err
	}
	paths, err := s.loaders(ctx, n)
	if err != nil {
		return nil, err
	}
	var out []*analysed
	for _, path := range paths {
		f, err := s.analysed(ctx, path)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}
