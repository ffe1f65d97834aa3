package lsp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/gotest-driver/gotest-driver/script/check"
	"github.com/gotest-driver/gotest-driver/script/dialect"
	"github.com/gotest-driver/gotest-driver/script/format"
)

func ptr[T any](v T) *T { return &v }

var completionKinds = map[check.CompletionKind]protocol.CompletionItemKind{
	check.CompleteVariable: protocol.CompletionItemKindVariable, check.CompleteFunction: protocol.CompletionItemKindFunction,
	check.CompleteMethod: protocol.CompletionItemKindMethod, check.CompleteAttribute: protocol.CompletionItemKindProperty,
	check.CompleteModule: protocol.CompletionItemKindModule, check.CompleteArgument: protocol.CompletionItemKindProperty,
	check.CompleteType: protocol.CompletionItemKindClass, check.CompleteKeyword: protocol.CompletionItemKindKeyword,
	check.CompleteText: protocol.CompletionItemKindValue,
}

func (s *server) Completion(ctx context.Context, p *protocol.CompletionParams) (protocol.CompletionResult, error) {
	_, r, m, o := s.at(p.TextDocument.URI, p.Position)
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
	_, r, m, o := s.at(p.TextDocument.URI, p.Position)
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
	_, r, _, o := s.at(p.TextDocument.URI, p.Position)
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
	d, r, _, o := s.at(p.TextDocument.URI, p.Position)
	if r == nil {
		return nil, nil
	}
	return protocol.LocationSlice(s.locations(d, r, r.Definition(o))), nil
}

func (s *server) DocumentHighlight(ctx context.Context, p *protocol.DocumentHighlightParams) ([]protocol.DocumentHighlight, error) {
	_, r, m, o := s.at(p.TextDocument.URI, p.Position)
	if r == nil {
		return nil, nil
	}
	out := []protocol.DocumentHighlight{}
	if n, _, ok := r.NameAt(o); ok {
		for _, l := range r.Uses(n, true, true) {
			out = append(out, protocol.DocumentHighlight{Range: m.fromRange(l.Range)})
		}
	}
	return out, nil
}

var symbolKinds = map[check.SymbolKind]protocol.SymbolKind{check.OutlineFunction: protocol.SymbolKindFunction,
	check.OutlineSubtest: protocol.SymbolKindEvent, check.OutlineMachine: protocol.SymbolKindObject, check.OutlineVariable: protocol.SymbolKindVariable}

func (s *server) DocumentSymbol(ctx context.Context, p *protocol.DocumentSymbolParams) (protocol.DocumentSymbolResult, error) {
	d, r := s.analysis(p.TextDocument.URI)
	if r == nil {
		return nil, nil
	}
	return protocol.DocumentSymbolSlice(symbols(d.mapper(), r.Outline())), nil
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
	d, r := s.analysis(p.TextDocument.URI)
	if r == nil {
		return nil, nil
	}
	out, err := format.File(d.path, d.text)
	var syntax dialect.Errors
	if errors.As(err, &syntax) {
		return nil, nil // the diagnostics show it; an error would appear at each save in an editor that then formats
	}
	if err != nil {
		return nil, err
	}
	if bytes.Equal(out, d.text) {
		return []protocol.TextEdit{}, nil
	}
	m := d.mapper()
	return []protocol.TextEdit{{Range: m.fromRange(dialect.Range{End: len(d.text)}), NewText: string(out)}}, nil
}

func (s *server) CodeAction(ctx context.Context, p *protocol.CodeActionParams) ([]protocol.CommandOrCodeAction, error) {
	d, r := s.analysis(p.TextDocument.URI)
	if r == nil {
		return nil, nil
	}
	m := d.mapper()
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
	d, r := s.analysis(p.TextDocument.URI)
	if r == nil {
		return nil, nil
	}
	m := d.mapper()
	out := []protocol.InlayHint{}
	for _, h := range r.Inlays(m.toRange(p.Range)) {
		out = append(out, protocol.InlayHint{Position: m.fromOffset(h.Offset), Label: protocol.String(h.Text), Kind: protocol.InlayHintKindType})
	}
	return out, nil
}

func (s *server) SemanticTokensFull(ctx context.Context, p *protocol.SemanticTokensParams) (*protocol.SemanticTokens, error) {
	d, r := s.analysis(p.TextDocument.URI)
	if r == nil {
		return nil, nil
	}
	m := d.mapper()
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
