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
		Value   Expr
		Targets []Expr
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
		Value  Expr
		Target Expr
		Ann    Expr `walk:"no"`
	}
	// Return is return; X may be nil.
	Return struct {
		Span
		X Expr
	}
	// Raise is raise X; X may be nil. A cause is left out.
	Raise struct {
		Span
		X Expr
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
	// Import is import a.b as c, … or, with a Module, from Module import names.
	Import struct {
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
		Iter, Target Expr
		Body, Else   []Stmt
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
		Body          []Stmt
		Handlers      []Handler
		Else, Finally []Stmt
	}
	// With is with.
	With struct {
		Span
		Items []WithItem
		Body  []Stmt
	}
	// FuncDef is def.
	FuncDef struct {
		Span
		Name       string
		NamePos    int
		Decorators []Expr
		Params     []Param
		Result     Expr `walk:"no"`
		Body       []Stmt
		Async      bool
	}
	// ClassDef is class, without its body.
	ClassDef struct {
		Span
		Name string
	}
	// Other is match or type, by its Word, without its parts.
	Other struct {
		Span
		Word string
	}
)

// Alias is a name of an import with its new name.
type Alias struct{ Name, As string }

// Handler is an except clause, without the exceptions' classes; Name is nil for one without `as`.
type Handler struct {
	Name Expr
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
func (*Named) expr()   {}
func (*Paren) expr()   {}
