package syntax

// The statements.
type (
	// ExprStmt is an expression as a statement.
	ExprStmt struct {
		Span
		X Expr
	}
	// Assign is an assignment to one or more targets.
	Assign struct {
		Span
		Targets []Expr
		Value   Expr
	}
	// AugAssign is x op= y; Op has no equal sign.
	AugAssign struct {
		Span
		Target Expr
		Op     string
		Value  Expr
	}
	// AnnAssign is x: T = v; Value may be nil.
	AnnAssign struct {
		Span
		Target, Ann, Value Expr
	}
	// Return is return; X may be nil.
	Return struct {
		Span
		X Expr
	}
	// Raise is raise X from Cause; both may be nil.
	Raise struct {
		Span
		X, Cause Expr
	}
	// Assert is assert Cond, Msg; Msg may be nil.
	Assert struct {
		Span
		Cond, Msg Expr
	}
	// Simple is pass, break or continue.
	Simple struct {
		Span
		Word string
	}
	// Del is del.
	Del struct {
		Span
		Targets []Expr
	}
	// Scope is global or nonlocal.
	Scope struct {
		Span
		Word  string
		Names []string
	}
	// Import is import a.b as c, …
	Import struct {
		Span
		Names []Alias
	}
	// ImportFrom is from Module import names.
	ImportFrom struct {
		Span
		Module string
		Names  []Alias
	}
	// If is if with its elif (an If as the only statement of Else, Elif set) and else.
	If struct {
		Span
		Cond       Expr
		Body, Else []Stmt
		Elif       bool
	}
	// For is a for loop.
	For struct {
		Span
		Target, Iter Expr
		Body, Else   []Stmt
		Async        bool
	}
	// While is a while loop.
	While struct {
		Span
		Cond       Expr
		Body, Else []Stmt
	}
	// Try is try with its handlers.
	Try struct {
		Span
		Body, Else, Finally []Stmt
		Handlers            []Handler
	}
	// With is with.
	With struct {
		Span
		Items []WithItem
		Body  []Stmt
		Async bool
	}
	// FuncDef is def.
	FuncDef struct {
		Span
		Name       string
		NamePos    int
		Params     []Param
		Result     Expr
		Body       []Stmt
		Decorators []Expr
		Async      bool
	}
	// ClassDef is class.
	ClassDef struct {
		Span
		Name       string
		Bases      []Arg
		Body       []Stmt
		Decorators []Expr
	}
	// Match is a match statement. What is in it is left out.
	Match struct{ Span }
	// TypeAlias is type X = T.
	TypeAlias struct {
		Span
		Name  string
		Value Expr
	}
)

// Alias is a name of an import with its new name.
type Alias struct{ Name, As string }

// Handler is an except clause; Type is nil for a bare one.
type Handler struct {
	Span
	Type Expr
	Name string
	Body []Stmt
}

// WithItem is one context manager of a with.
type WithItem struct{ X, Target Expr }

func (*Name) expr()    {}
func (*Num) expr()     {}
func (*Str) expr()     {}
func (*Tuple) expr()   {}
func (*List) expr()    {}
func (*Set) expr()     {}
func (*Dict) expr()    {}
func (*Comp) expr()    {}
func (*Unary) expr()   {}
func (*Binary) expr()  {}
func (*Compare) expr() {}
func (*Call) expr()    {}
func (*Attr) expr()    {}
func (*Index) expr()   {}
func (*Slice) expr()   {}
func (*Cond) expr()    {}
func (*Lambda) expr()  {}
func (*Starred) expr() {}
func (*Await) expr()   {}
func (*Yield) expr()   {}
func (*Named) expr()   {}
func (*Paren) expr()   {}

func (*ExprStmt) stmt()   {}
func (*Assign) stmt()     {}
func (*AugAssign) stmt()  {}
func (*AnnAssign) stmt()  {}
func (*Return) stmt()     {}
func (*Raise) stmt()      {}
func (*Assert) stmt()     {}
func (*Simple) stmt()     {}
func (*Del) stmt()        {}
func (*Scope) stmt()      {}
func (*Import) stmt()     {}
func (*ImportFrom) stmt() {}
func (*If) stmt()         {}
func (*For) stmt()        {}
func (*While) stmt()      {}
func (*Try) stmt()        {}
func (*With) stmt()       {}
func (*FuncDef) stmt()    {}
func (*ClassDef) stmt()   {}
func (*Match) stmt()      {}
func (*TypeAlias) stmt()  {}
