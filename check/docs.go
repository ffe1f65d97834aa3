package check

// Doc is the page of a code, as `check --explain` shows it.
type Doc struct {
	Code     Code
	Severity Severity
	Title    string // one line
	Text     string
	Wrong    string // an example that gives this finding alone
	Right    string // the example put right
}

// Docs returns the pages of all codes, errors first, in the order of their names.
func Docs() []Doc {
	var errors, warnings []Doc
	for _, k := range sortedKeys(byName()) {
		d := codeDocs[Code(k)]
		if d.Severity == Error {
			errors = append(errors, d)
		} else {
			warnings = append(warnings, d)
		}
	}
	return append(errors, warnings...)
}

func byName() map[string]bool {
	m := map[string]bool{}
	for c := range codeDocs {
		m[string(c)] = true
	}
	return m
}

// Explain returns the page of a code.
func Explain(code string) (Doc, bool) {
	d, ok := codeDocs[Code(code)]
	return d, ok
}

var codeDocs = makeDocs()

func makeDocs() map[Code]Doc {
	m := map[Code]Doc{}
	for _, d := range append(errorDocs(), warningDocs()...) {
		m[d.Code] = d
	}
	return m
}
