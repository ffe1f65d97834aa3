package dialect

import "go.starlark.net/syntax"

// Range is a piece of the source, in bytes from the start of the file; End is after the last byte.
type Range struct{ Start, End int }

// Span returns the range itself: every node has it by embedding Range.
func (r Range) Span() Range { return r }

// Contains reports whether the offset is in the range or directly after it.
func (r Range) Contains(offset int) bool { return r.Start <= offset && offset <= r.End }

// Node is a part of the syntax tree.
type Node interface{ Span() Range }

// Expr is an expression; type expressions are expressions, too.
type Expr interface {
	Node
	expr()
}

// Stmt is a statement.
type Stmt interface {
	Node
	stmt()
}

type isExpr struct{}

func (isExpr) expr() {}

type isStmt struct{}

func (isStmt) stmt() {}

// The expressions.
type (
	// Ident is a name. It is empty where the source has none yet, as after the dot of "server.".
	Ident struct {
		isExpr
		Range
		Name string
	}
	// Literal is a number, a string or bytes. Value is an int64, *big.Int, float64 or string.
	Literal struct {
		isExpr
		Range
		Token syntax.Token // INT, FLOAT, STRING or BYTES
		Raw   string
		Value any
	}
	// ListExpr is [a, b].
	ListExpr struct {
		isExpr
		Range
		List []Expr
	}
	// TupleExpr is (), or a, b without its parentheses.
	TupleExpr struct {
		isExpr
		Range
		List []Expr
	}
	// ParenExpr is (x).
	ParenExpr struct {
		isExpr
		Range
		X Expr
	}
	// DictExpr is {k: v}.
	DictExpr struct {
		isExpr
		Range
		List []*DictEntry
	}
	// DictEntry is k: v.
	DictEntry struct {
		isExpr
		Range
		Key, Value Expr
	}
	// Comprehension is [body for … in … if …], or the same with {}; Body may then be a *DictEntry.
	Comprehension struct {
		isExpr
		Range
		Curly   bool
		Body    Expr
		Clauses []Clause
	}
	// Clause is one "for Vars in X" or "if Cond" of a comprehension.
	Clause struct {
		Range
		Vars, X Expr
		Cond    Expr
	}
	// CallExpr is fn(args). Rparen is -1 when it is missing.
	CallExpr struct {
		isExpr
		Range
		Fn             Expr
		Args           []*Arg
		Lparen, Rparen int
	}
	// Arg is an argument of a call: value, name=value, *value or **value.
	Arg struct {
		Range
		Name  *Ident
		Star  int // the number of stars
		Value Expr
	}
	// DotExpr is x.name.
	DotExpr struct {
		isExpr
		Range
		X    Expr
		Name *Ident
	}
	// IndexExpr is x[index].
	IndexExpr struct {
		isExpr
		Range
		X, Index Expr
	}
	// SliceExpr is x[lo:hi:step]; each may be nil.
	SliceExpr struct {
		isExpr
		Range
		X, Lo, Hi, Step Expr
	}
	// UnaryExpr is -x, +x, ~x, not x.
	UnaryExpr struct {
		isExpr
		Range
		Op syntax.Token
		X  Expr
	}
	// BinaryExpr is x op y.
	BinaryExpr struct {
		isExpr
		Range
		Op    syntax.Token
		OpPos Range
		X, Y  Expr
	}
	// CondExpr is x if cond else y.
	CondExpr struct {
		isExpr
		Range
		True, Cond, False Expr
	}
	// LambdaExpr is lambda params: body.
	LambdaExpr struct {
		isExpr
		Range
		Params []*Param
		Body   Expr
	}
	// EllipsisExpr is the ... of a type.
	EllipsisExpr struct {
		isExpr
		Range
	}
	// BadExpr replaces a missing expression.
	BadExpr struct {
		isExpr
		Range
	}
)

// Param is a parameter of a function. Name is nil for the bare *.
type Param struct {
	Range
	Star    int // the number of stars
	Name    *Ident
	Type    Expr
	Default Expr
}

// The statements.
type (
	// ExprStmt is an expression as a statement.
	ExprStmt struct {
		isStmt
		Range
		X Expr
	}
	// AssignStmt is lhs op rhs; Type is the annotation of lhs, or nil.
	AssignStmt struct {
		isStmt
		Range
		Op       syntax.Token
		OpPos    Range
		LHS, RHS Expr
		Type     Expr
	}
	// DeclStmt is a bare declaration, name: type.
	DeclStmt struct {
		isStmt
		Range
		Name *Ident
		Type Expr
	}
	// TypeStmt is type name = type.
	TypeStmt struct {
		isStmt
		Range
		Name *Ident
		Type Expr
	}
	// DefStmt defines a function. Header is the range from "def" to the colon.
	DefStmt struct {
		isStmt
		Range
		Header Range
		Name   *Ident
		Params []*Param
		Result Expr
		Body   []Stmt
	}
	// IfStmt is if or elif; Else holds an *IfStmt alone for elif.
	IfStmt struct {
		isStmt
		Range
		Cond       Expr
		Then, Else []Stmt
	}
	// ForStmt is a loop.
	ForStmt struct {
		isStmt
		Range
		Vars, X Expr
		Body    []Stmt
	}
	// ReturnStmt is return, Result may be nil.
	ReturnStmt struct {
		isStmt
		Range
		Result Expr
	}
	// BranchStmt is pass, break or continue.
	BranchStmt struct {
		isStmt
		Range
		Token syntax.Token
	}
	// LoadStmt is load(module, …).
	LoadStmt struct {
		isStmt
		Range
		Module *Literal
		Names  []LoadedName
	}
	// BadStmt is a statement that could not be parsed.
	BadStmt struct {
		isStmt
		Range
	}
)

// LoadedName is one name of a load statement: From in the other file, To in this one. To has the
// range inside the quotes when the name is the same.
type LoadedName struct {
	From, To *Ident
	Literal  *Literal // the string with the name in the other file
}

// Comment is a comment, including its #.
type Comment struct {
	Range
	Text string
}
