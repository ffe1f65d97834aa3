package api

import (
	"bytes"
	"os"
	"testing"
)

// Package gotest, which scripts in Python import, is made from the declarations.
func TestPythonPackage(t *testing.T) {
	const file = "../../cmd/gotest-driver/internal/python/bridge/gotest/__init__.py"
	var want bytes.Buffer
	if err := Load().PY(&want); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s is not what the declarations say: run UPDATE=1 go test ./script/api/...", file)
	}
}
