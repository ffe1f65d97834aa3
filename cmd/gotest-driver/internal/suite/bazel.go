package suite

import (
	"fmt"
	"os"
	"path/filepath"
)

// Bazel is what Bazel tells the tests that it runs (the "Test encyclopedia" of its documentation).
type Bazel struct {
	XML     string // the JUnit report that it reads
	OutDir  string // of files that it keeps
	Temp    string // for temporary files
	Filter  string // of --test_filter; empty: all tests
	Sharded bool   // this is one of several shards
}

// UnderBazel returns what Bazel tells, nil for another run. It tells Bazel that the program knows of shards.
func UnderBazel(getenv func(string) string) (*Bazel, error) {
	b := &Bazel{XML: getenv("XML_OUTPUT_FILE"), Temp: getenv("TEST_TMPDIR"), OutDir: getenv("TEST_UNDECLARED_OUTPUTS_DIR"), Filter: getenv("TESTBRIDGE_TEST_ONLY")}
	if b.XML == "" || b.Temp == "" {
		return nil, nil
	}
	if b.OutDir == "" {
		b.OutDir = filepath.Join(b.Temp, "gotest-output")
	}
	b.Sharded = getenv("TEST_TOTAL_SHARDS") != ""
	if file := getenv("TEST_SHARD_STATUS_FILE"); file != "" {
		f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return nil, fmt.Errorf("the file that tells Bazel of shards can't be made: %w", err)
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	return b, nil
}
