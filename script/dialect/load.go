package dialect

import (
	"fmt"

	"go.starlark.net/syntax"
)

func (p *parser) loadStmt() Stmt {
	s := &LoadStmt{Range: Range{Start: p.next().start}}
	defer func() { s.Range = p.since(s.Start) }()
	if !p.want(syntax.LPAREN, "`(` behind load") {
		return s
	}
	if p.tok() != syntax.STRING {
		p.fail(p.here(), "the first argument of load must be the file's name as a string", "")
	} else {
		s.Module = p.literal().(*Literal)
	}
	for p.tok() != syntax.RPAREN && p.tok() != syntax.NEWLINE && p.tok() != syntax.EOF {
		before := p.i
		if p.i > 0 && p.toks[p.i-1].kind != syntax.LPAREN {
			p.want(syntax.COMMA, "`,` or `)`")
		}
		switch p.tok() {
		case syntax.STRING:
			l := p.literal().(*Literal)
			name, _ := l.Value.(string)
			id := &Ident{Range: Range{l.Start + 1, max(l.Start+1, l.End-1)}, Name: name}
			s.Names = append(s.Names, LoadedName{From: id, To: id, Literal: l})
		case syntax.IDENT:
			to := p.ident("a name")
			if !p.want(syntax.EQ, fmt.Sprintf("`=` behind %s", to.Name)) || p.tok() != syntax.STRING {
				p.fail(p.here(), fmt.Sprintf("load takes \"%s\" or %s=\"name in the other file\"", to.Name, to.Name), "")
				break
			}
			l := p.literal().(*Literal)
			name, _ := l.Value.(string)
			s.Names = append(s.Names, LoadedName{From: &Ident{Range: Range{l.Start + 1, max(l.Start+1, l.End-1)}, Name: name}, To: to, Literal: l})
		case syntax.RPAREN, syntax.NEWLINE, syntax.EOF:
		default:
			p.fail(p.here(), "load takes \"name\" or name=\"name in the other file\"", "")
		}
		if p.i == before {
			p.next()
		}
	}
	p.want(syntax.RPAREN, "`)`")
	if len(s.Names) == 0 {
		p.fail(p.since(s.Start), "load must name at least one function or value", "")
	}
	return s
}

func (p *parser) typeStmt() Stmt {
	start := p.next().start
	s := &TypeStmt{Name: p.ident("the type's name")}
	if p.tok() == syntax.LBRACK {
		p.fail(p.here(), "a type alias takes no parameters", "")
	}
	p.want(syntax.EQ, "`=`")
	s.Type = p.test()
	s.Range = p.since(start)
	p.erase = append(p.erase, erasure{Range: s.Range, statement: true})
	return s
}
