package script

import (
	"slices"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A debugger stops at statements. go.starlark.net has a place only for instructions that can fail, so that "x = 1" has
// none, and a statement's first instruction is unknown. Therefore instructions that do nothing are put before each
// statement, at a place that no other instruction has: column 0. This file becomes unnecessary if the compiler there
// keeps the places of the statements' first instructions in a table of their own, and DebugFrame reports whether the
// frame is at one.

// markSteps puts before each statement instructions that do nothing, one of which has the statement's line and column
// 0. If a line has several statements, it marks the first.
func markSteps(f *syntax.File) { f.Stmts = markBlock(f.Stmts, 0, true) }

func markBlock(list []syntax.Stmt, line int32, doc bool) []syntax.Stmt {
	out := make([]syntax.Stmt, 0, 2*len(list))
	for i, s := range list {
		start, _ := s.Span()
		if !(doc && i == 0 && isLiteral(s)) && start.Line != line && start.Line > 0 {
			line = start.Line
			out = append(out, mark(start))
		}
		switch s := s.(type) {
		case *syntax.DefStmt:
			s.Body = markBlock(s.Body, 0, true)
		case *syntax.ForStmt:
			s.Body = markBlock(s.Body, line, false)
		case *syntax.WhileStmt:
			s.Body = markBlock(s.Body, line, false)
		case *syntax.IfStmt:
			s.True = markBlock(s.True, line, false)
			if len(s.False) > 0 {
				s.False = markBlock(s.False, line, false)
			}
		}
		out = append(out, s)
	}
	return out
}

// mark returns "not not not 0", in which the middle operator has column 0. An instruction without a place has that of
// the one before, or, at a function's beginning, of the first that has one: the outer operators keep column 0 from
// them.
func mark(start syntax.Position) *syntax.ExprStmt {
	file := start.Filename()
	var x syntax.Expr = &syntax.Literal{Token: syntax.INT, TokenPos: start, Raw: "0", Value: int64(0)}
	for _, col := range []int32{start.Col, 0, start.Col} {
		x = &syntax.UnaryExpr{OpPos: syntax.MakePosition(&file, start.Line, col), Op: syntax.NOT, X: x}
	}
	return &syntax.ExprStmt{X: x}
}

// marked returns the line of a mark.
func marked(s *syntax.ExprStmt) (line int, ok bool) {
	outer, ok := s.X.(*syntax.UnaryExpr)
	if !ok {
		return 0, false
	}
	middle, ok := outer.X.(*syntax.UnaryExpr)
	return int(outer.OpPos.Line), ok && middle.OpPos.Col == 0
}

// isLiteral reports whether a statement is a doc string or another literal, which executes nothing.
func isLiteral(s syntax.Stmt) bool {
	e, ok := s.(*syntax.ExprStmt)
	if !ok {
		return false
	}
	_, ok = e.X.(*syntax.Literal)
	return ok
}

// AtStatement reports, in Options.OnStep, whether the thread begins a statement.
func AtStatement(thread *starlark.Thread) bool {
	p := thread.CallFrame(0).Pos
	return p.Line > 0 && p.Col == 0
}

// statementLines returns the lines of a program at which Options.OnStep finds a statement's beginning, ascending. It
// changes the program.
func statementLines(f *syntax.File) []int {
	var out []int
	var walk func(list []syntax.Stmt)
	walk = func(list []syntax.Stmt) {
		for _, s := range list {
			switch s := s.(type) {
			case *syntax.ExprStmt:
				if line, ok := marked(s); ok {
					out = append(out, line)
				}
			case *syntax.DefStmt:
				walk(s.Body)
			case *syntax.ForStmt:
				walk(s.Body)
			case *syntax.WhileStmt:
				walk(s.Body)
			case *syntax.IfStmt:
				walk(s.True)
				walk(s.False)
			}
		}
	}
	markSteps(f)
	walk(f.Stmts)
	slices.Sort(out)
	return slices.Compact(out)
}

// StatementLines returns the lines of a script at which Options.OnStep finds a statement's beginning, ascending. The
// error is a *SyntaxError.
func StatementLines(filename string, src []byte) ([]int, error) {
	var s sources
	f, err := s.parse(filename, src)
	if err != nil {
		return nil, err
	}
	return statementLines(f), nil
}
