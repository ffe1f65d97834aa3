package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// object reads the JSON object in a file. Errors name the file, and the line of invalid JSON or of a key that an object
// has twice.
func object(file string, b []byte) (map[string]json.RawMessage, error) {
	var top map[string]json.RawMessage
	err := json.Unmarshal(b, &top)
	at := func(offset int64) string {
		return fmt.Sprintf("%s:%d", file, 1+bytes.Count(b[:min(int(offset), len(b))], []byte{'\n'}))
	}
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("%s: not valid JSON: %w", at(syntax.Offset), err)
	case err != nil:
		return nil, fmt.Errorf("%s: the top level must be a JSON object", file)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if key, found := doubled(d); found {
		return nil, fmt.Errorf("%s: the key %q stands twice in one object", at(d.InputOffset()), key)
	}
	return top, nil
}

// doubled returns a key that an object has twice, in the valid JSON value that d reads next, and leaves d after that
// value.
func doubled(d *json.Decoder) (key string, found bool) {
	t, _ := d.Token()
	open, ok := t.(json.Delim)
	if !ok {
		return "", false
	}
	keys := map[string]bool{}
	for d.More() {
		if open == '{' {
			t, _ := d.Token()
			key, _ := t.(string)
			if keys[key] {
				return key, true
			}
			keys[key] = true
		}
		if key, found := doubled(d); found {
			return key, true
		}
	}
	_, _ = d.Token()
	return "", false
}
