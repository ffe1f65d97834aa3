package script

import "github.com/gotest-driver/gotest-driver/script/dialect"

// plainStarlark takes what Starlark does not have out of a script: annotations. Its error is dialect.Errors.
func plainStarlark(name string, src []byte) ([]byte, error) {
	f, err := dialect.Parse(name, src)
	if err != nil {
		return nil, err
	}
	return f.Starlark, nil
}
