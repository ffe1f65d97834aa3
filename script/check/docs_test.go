package check

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"
)

var testFiles = map[string]string{
	"helpers.star": "def login():\n    \"\"\"Log in.\"\"\"\n    return 1\n\nsecret = \"x\"\n_secret = \"y\"\n",
}

func testLoad(module, _ string) (string, []byte, error) {
	src, ok := testFiles[module]
	if !ok {
		return "", nil, fmt.Errorf("%s: there is no such file", module)
	}
	return module, []byte(src), nil
}

func findings(src string, cfg Config) []Finding {
	if cfg.Load == nil {
		cfg.Load = testLoad
	}
	return File(context.Background(), cfg, "test.star", []byte(src))
}

// Every code has a page whose wrong example gives it, and it alone, and whose right example gives nothing.
func TestExamplesOfCodes(t *testing.T) {
	for _, d := range Docs() {
		cfg := Config{GlobalTimeout: time.Hour}
		got := findings(d.Wrong, cfg)
		if len(got) != 1 || got[0].Code != d.Code || got[0].Severity != d.Severity {
			t.Errorf("%s: the wrong example gives %s", d.Code, list(got))
		}
		if got := findings(d.Right, cfg); len(got) != 0 {
			t.Errorf("%s: the right example gives %s", d.Code, list(got))
		}
		if d.Title == "" {
			t.Errorf("%s has no title", d.Code)
		}
	}
}

func list(fs []Finding) string {
	s := fmt.Sprintf("%d findings", len(fs))
	for _, f := range fs {
		s += fmt.Sprintf("\n\t%d:%d: %s: %s (%s)", f.Start.Line, f.Start.Column, f.Code, f.Message, f.Hint)
	}
	return s
}

// docs/checks.md is made from the same texts.
func TestChecksPage(t *testing.T) {
	const page = "../../docs/checks.md"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(page, []byte(Markdown()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != Markdown() {
		t.Error("docs/checks.md is not what the texts say: run UPDATE=1 go test ./check")
	}
}
