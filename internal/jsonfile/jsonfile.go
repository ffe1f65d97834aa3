// Package jsonfile reads JSON files that users write. Its errors say what is wrong and where.
package jsonfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Object reads a JSON object. Errors name the file, and the line of a syntax error.
func Object(file string, b []byte) (map[string]json.RawMessage, error) {
	var top map[string]json.RawMessage
	err := json.Unmarshal(b, &top)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(b[:min(int(syntax.Offset), len(b))], []byte{'\n'})
		return nil, fmt.Errorf("%s:%d: not valid JSON: %w", file, line, err)
	case err != nil:
		return nil, fmt.Errorf("%s: the top level must be a JSON object", file)
	}
	return top, nil
}

// Wrong returns the error for a value of the wrong kind.
func Wrong(file, key, want string) error { return fmt.Errorf("%s: %s: must be %s", file, key, want) }
