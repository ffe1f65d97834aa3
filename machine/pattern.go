package machine

import "fmt"

// Pattern is an expression that a text is searched for; a [*regexp.Regexp] is one.
type Pattern interface {
	// FindAllStringIndex returns where the first n matches begin and end in text, in bytes; all matches when n is
	// negative, nil when there is none.
	FindAllStringIndex(text string, n int) [][]int
	// String returns the expression itself, for logs and errors.
	fmt.Stringer
}

// FailingPattern is a Pattern whose search can fail, such as that of an engine with a limit. Machine calls SearchAll
// where a Pattern has it, and returns its error.
type FailingPattern interface {
	Pattern
	// SearchAll is FindAllStringIndex with an error.
	SearchAll(text string, n int) ([][]int, error)
}

// searchAll returns where the first n matches of re are in text, all when n is negative.
func searchAll(re Pattern, text string, n int) ([][]int, error) {
	if f, ok := re.(FailingPattern); ok {
		return f.SearchAll(text, n)
	}
	return re.FindAllStringIndex(text, n), nil
}

// matchString reports whether re matches somewhere in text.
func matchString(re Pattern, text string) (bool, error) {
	at, err := searchAll(re, text, 1)
	return len(at) > 0, err
}
