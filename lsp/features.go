package lsp

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/gotest-driver/gotest-driver/check"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

func ptr[T any](v T) *T { return &v }

func (s *server) Initialize(_ context.Context, _ *protocol.InitializeParams) (*protocol.InitializeResult, error) {
	return &protocol.InitializeResult{
		ServerInfo: protocol.ServerInfo{Name: "gotest-driver", Version: protocol.NewOptional(s.o.Version)},
		Capabilities: protocol.ServerCapabilities{
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

var completionKinds = map[check.CompletionKind]protocol.CompletionItemKind{
	check.CompleteVariable: protocol.CompletionItemKindVariable, check.CompleteFunction: protocol.CompletionItemKindFunction,
	check.CompleteMethod: protocol.CompletionItemKindMethod, check.CompleteAttribute: protocol.CompletionItemKindProperty,
	check.CompleteModule: protocol.CompletionItemKindModule, check.CompleteArgument: protocol.CompletionItemKindProperty,
	check.CompleteType: protocol.CompletionItemKindClass, check.CompleteKeyword: protocol.CompletionItemKindKeyword,
	check.CompleteText: protocol.CompletionItemKindValue,
}

func (s *server) Completion(ctx context.Context, p *protocol.CompletionParams) (protocol.CompletionResult, error) {
	_, r, m, o := s.at(ctx, p.TextDocument.URI, p.Position)
	if r == nil {
		return nil, nil
	}
	list, at := r.Completions(o)
	out := &protocol.CompletionList{Items: []protocol.CompletionItem{}}
	for _, c := range list {
		insert := c.Insert
		if insert == "" {
			insert = c.Label
		}
		item := protocol.CompletionItem{Label: c.Label, Kind: completionKinds[c.Kind], SortText: protocol.NewOptional(fmt.Sprintf("%d%s", c.Sort+1, c.Label)),
			TextEdit: &protocol.TextEdit{Range: m.fromRange(at), NewText: insert}}
		if c.Detail != "" {
			item.Detail = protocol.NewOptional(c.Detail)
		}
		if c.Doc != "" {
			item.Documentation = markdown(c.Doc)
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

func markdown(s string) *protocol.MarkupContent {
	return &protocol.MarkupContent{Kind: protocol.MarkupKindMarkdown, Value: s}
}

func (s *server) Hover(ctx context.Context, p *protocol.HoverParams) (*protocol.Hover, error) {
	_, r, m, o := s.at(ctx, p.TextDocument.URI, p.Position)
	if r == nil {
		return nil, nil
	}
	text, at := r.Hover(o)
	if text == "" {
		return nil, nil
	}
	return &protocol.Hover{Contents: markdown(text), Range: ptr(m.fromRange(at))}, nil
}

func (s *server) SignatureHelp(ctx context.Context, p *protocol.SignatureHelpParams) (*protocol.SignatureHelp, error) {
	_, r, _, o := s.at(ctx, p.TextDocument.URI, p.Position)
	if r == nil {
		return nil, nil
	}
	sig := r.SignatureAt(o)
	if sig == nil {
		return nil, nil
	}
	h := &protocol.SignatureHelp{ActiveSignature: ptr(uint32(0))}
	for i, label := range sig.Labels {
		info := protocol.SignatureInformation{Label: label}
		if sig.Doc != "" {
			info.Documentation = markdown(sig.Doc)
		}
		if i == 0 {
			for _, name := range sig.Params {
				info.Parameters = append(info.Parameters, protocol.ParameterInformation{Label: protocol.String(name)})
			}
		}
		h.Signatures = append(h.Signatures, info)
	}
	if sig.Active >= 0 {
		h.ActiveParameter = protocol.NewNullable(uint32(sig.Active))
	}
	return h, nil
}

func (s *server) Definition(ctx context.Context, p *protocol.DefinitionParams) (protocol.DefinitionResult, error) {
	d, r, _, o := s.at(ctx, p.TextDocument.URI, p.Position)
	if r == nil {
		return nil, nil
	}
	return protocol.LocationSlice(s.locations(d, r, r.Definition(o))), nil
}

func (s *server) References(ctx context.Context, p *protocol.ReferenceParams) ([]protocol.Location, error) {
	d, r, _, o := s.at(ctx, p.TextDocument.URI, p.Position)
	if r == nil {
		return nil, nil
	}
	return s.locations(d, r, r.References(o, p.Context.IncludeDeclaration)), nil
}

func (s *server) DocumentHighlight(ctx context.Context, p *protocol.DocumentHighlightParams) ([]protocol.DocumentHighlight, error) {
	d, r, m, o := s.at(ctx, p.TextDocument.URI, p.Position)
	if r == nil {
		return nil, nil
	}
	out := []protocol.DocumentHighlight{}
	for _, l := range r.References(o, true) {
		if l.File == d.path {
			out = append(out, protocol.DocumentHighlight{Range: m.fromRange(l.Range)})
		}
	}
	return out, nil
}

func (s *server) PrepareRename(ctx context.Context, p *protocol.PrepareRenameParams) (protocol.PrepareRenameResult, error) {
	_, r, m, o := s.at(ctx, p.TextDocument.URI, p.Position)
	if r == nil {
		return nil, nil
	}
	at, name, err := r.Renameable(o)
	if err != nil {
		return nil, err
	}
	return &protocol.PrepareRenamePlaceholder{Range: m.fromRange(at), Placeholder: name}, nil
}

func (s *server) Rename(ctx context.Context, p *protocol.RenameParams) (*protocol.WorkspaceEdit, error) {
	d, r, m, o := s.at(ctx, p.TextDocument.URI, p.Position)
	if r == nil {
		return nil, nil
	}
	_, old, err := r.Renameable(o)
	if err != nil {
		return nil, err
	}
	if !check.ValidName(p.NewName) {
		return nil, fmt.Errorf("%q is not a name", p.NewName)
	}
	edits := map[uri.URI][]protocol.TextEdit{d.uri: {}}
	for _, l := range r.References(o, true) {
		if l.File == d.path {
			edits[d.uri] = append(edits[d.uri], protocol.TextEdit{Range: m.fromRange(l.Range), NewText: p.NewName})
		}
	}
	s.renameLoads(ctx, d, r.GlobalAt(o), old, p.NewName, edits)
	return &protocol.WorkspaceEdit{Changes: edits}, nil
}

// renameLoads changes the name in the open files that load it.
func (s *server) renameLoads(ctx context.Context, d *document, global bool, old, name string, edits map[uri.URI][]protocol.TextEdit) {
	if !global {
		return
	}
	s.mu.Lock()
	var others []*document
	for _, o := range s.docs {
		if o != d {
			others = append(others, o)
		}
	}
	s.mu.Unlock()
	for _, o := range others {
		_, r := s.analysis(ctx, o.uri)
		m := newMapper(o.text)
		for _, rng := range r.LoadedFrom(d.path, old) {
			edits[o.uri] = append(edits[o.uri], protocol.TextEdit{Range: m.fromRange(rng), NewText: name})
		}
	}
}

var symbolKinds = map[check.SymbolKind]protocol.SymbolKind{check.OutlineFunction: protocol.SymbolKindFunction,
	check.OutlineSubtest: protocol.SymbolKindEvent, check.OutlineMachine: protocol.SymbolKindObject, check.OutlineVariable: protocol.SymbolKindVariable}

func (s *server) DocumentSymbol(ctx context.Context, p *protocol.DocumentSymbolParams) (protocol.DocumentSymbolResult, error) {
	d, r := s.analysis(ctx, p.TextDocument.URI)
	if r == nil {
		return nil, nil
	}
	return protocol.DocumentSymbolSlice(symbols(newMapper(d.text), r.Outline())), nil
}

func symbols(m *mapper, list []check.Symbol) []protocol.DocumentSymbol {
	out := []protocol.DocumentSymbol{}
	for _, x := range list {
		ds := protocol.DocumentSymbol{Name: x.Name, Kind: symbolKinds[x.Kind], Range: m.fromRange(x.Range), SelectionRange: m.fromRange(x.NameRange)}
		if len(x.Children) > 0 {
			ds.Children = symbols(m, x.Children)
		}
		out = append(out, ds)
	}
	return out
}

func (s *server) Formatting(ctx context.Context, p *protocol.DocumentFormattingParams) ([]protocol.TextEdit, error) {
	d, r := s.analysis(ctx, p.TextDocument.URI)
	if r == nil {
		return nil, nil
	}
	out, err := check.Format(d.path, d.text)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(out, d.text) {
		return []protocol.TextEdit{}, nil
	}
	m := newMapper(d.text)
	return []protocol.TextEdit{{Range: m.fromRange(dialect.Range{End: len(d.text)}), NewText: string(out)}}, nil
}

func (s *server) CodeAction(ctx context.Context, p *protocol.CodeActionParams) ([]protocol.CommandOrCodeAction, error) {
	d, r := s.analysis(ctx, p.TextDocument.URI)
	if r == nil {
		return nil, nil
	}
	m := newMapper(d.text)
	at := m.toRange(p.Range)
	out := []protocol.CommandOrCodeAction{}
	for _, f := range r.Findings {
		if f.File != d.path || f.Range.End < at.Start || f.Range.Start > at.End {
			continue
		}
		for _, fix := range f.Fixes {
			var edits []protocol.TextEdit
			for _, e := range fix.Edits {
				edits = append(edits, protocol.TextEdit{Range: m.fromRange(e.Range), NewText: e.NewText})
			}
			out = append(out, &protocol.CodeAction{Title: fix.Title, Kind: ptr(protocol.CodeActionKindQuickFix), IsPreferred: ptr(fix.Safe),
				Diagnostics: []protocol.Diagnostic{diagnostic(m, f)}, Edit: &protocol.WorkspaceEdit{Changes: map[uri.URI][]protocol.TextEdit{d.uri: edits}}})
		}
		if f.Code != check.SyntaxError {
			line := strings.TrimRight(r.File.Line(f.Start.Line), " \t")
			end := r.File.LineStart(f.Start.Line) + len(line)
			if !strings.Contains(line, "#") {
				edit := protocol.TextEdit{Range: m.fromRange(dialect.Range{Start: end, End: end}), NewText: fmt.Sprintf("  # gotest: ignore[%s]", f.Code)}
				out = append(out, &protocol.CodeAction{Title: "Ignore " + string(f.Code) + " on this line", Kind: ptr(protocol.CodeActionKindQuickFix),
					Edit: &protocol.WorkspaceEdit{Changes: map[uri.URI][]protocol.TextEdit{d.uri: {edit}}}})
			}
		}
	}
	return out, nil
}

func (s *server) InlayHint(ctx context.Context, p *protocol.InlayHintParams) ([]protocol.InlayHint, error) {
	d, r := s.analysis(ctx, p.TextDocument.URI)
	if r == nil {
		return nil, nil
	}
	m := newMapper(d.text)
	out := []protocol.InlayHint{}
	for _, h := range r.Inlays(m.toRange(p.Range)) {
		out = append(out, protocol.InlayHint{Position: m.fromOffset(h.Offset), Label: protocol.String(h.Text), Kind: protocol.InlayHintKindType})
	}
	return out, nil
}

func (s *server) SemanticTokensFull(ctx context.Context, p *protocol.SemanticTokensParams) (*protocol.SemanticTokens, error) {
	d, r := s.analysis(ctx, p.TextDocument.URI)
	if r == nil {
		return nil, nil
	}
	m := newMapper(d.text)
	data := []uint32{}
	var line, char uint32
	for _, t := range r.Tokens() {
		at := m.fromRange(t.Range)
		if at.End.Line != at.Start.Line {
			continue
		}
		dl, dc := at.Start.Line-line, at.Start.Character
		if dl == 0 {
			dc -= char
		}
		data = append(data, dl, dc, at.End.Character-at.Start.Character, uint32(t.Type), 0)
		line, char = at.Start.Line, at.Start.Character
	}
	return &protocol.SemanticTokens{Data: data}, nil
}
