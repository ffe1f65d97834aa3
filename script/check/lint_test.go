package check

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gotest-driver/gotest-driver/script/dialect"
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

func lintConfig() Config {
	return Config{Template: true, GlobalTimeout: time.Hour, Guests: []string{"tiny", "debian"}}
}

// Each lint is documented by a wrong example with no other finding than its own and a right one with no finding.
func TestExamplesOfLints(t *testing.T) {
	seen := map[Code]bool{}
	for _, l := range Lints() {
		got := findings(l.Wrong, lintConfig())
		if len(got) != 1 || got[0].Code != l.Code || got[0].Severity != l.Severity {
			t.Errorf("%s: the wrong example gives %s", l.Code, list(got))
		}
		if got := findings(l.Right, lintConfig()); len(got) != 0 {
			t.Errorf("%s: the right example gives %s", l.Code, list(got))
		}
		if l.Title == "" {
			t.Errorf("%s has no title", l.Code)
		}
		if seen[l.Code] {
			t.Errorf("two lints have the code %s", l.Code)
		}
		seen[l.Code] = true
	}
}

// Each lint has cases in testdata/lints/CODE.star, scripts between lines of "---": each line that ends in "# want"
// has a finding of the lint, and no other line has any finding.
func TestCasesOfLints(t *testing.T) {
	const dir = "testdata/lints/"
	for _, l := range Lints() {
		file := string(l.Code) + ".star"
		src, err := os.ReadFile(dir + file)
		if err != nil {
			t.Errorf("%s has no cases: %v", l.Code, err)
			continue
		}
		var got, want []string
		at := 0
		for _, src := range strings.SplitAfter(string(src), "---\n") {
			src = strings.TrimSuffix(src, "---\n")
			for i, line := range strings.Split(src, "\n") {
				if strings.HasSuffix(line, "# want") {
					want = append(want, fmt.Sprintf("%s:%d: %s", file, at+i+1, l.Code))
				}
			}
			for _, f := range findings(src, lintConfig()) {
				got = append(got, fmt.Sprintf("%s:%d: %s", file, at+f.Start.Line, f.Code))
			}
			at += strings.Count(src, "\n") + 1
		}
		if d := cmp.Diff(want, got); len(want) == 0 || d != "" {
			t.Errorf("%s (- wanted, + found):\n%s", l.Code, d)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != len(Lints()) {
		t.Errorf("%s has %d files for %d lints (%v)", dir, len(files), len(Lints()), err)
	}
}

// An editor may ask at any offset, whatever is there.
func TestQueriesAtAnyOffset(t *testing.T) {
	for _, l := range Lints() {
		for _, src := range []string{l.Wrong, l.Right} {
			cfg := lintConfig()
			cfg.Load = testLoad
			r := Analyse(t.Context(), cfg, "test.star", []byte(src))
			for offset := range len(src) + 1 {
				_, at := r.Hover(offset)
				_, replaced := r.Completions(offset)
				for _, x := range []dialect.Range{at, replaced} {
					if x.Start < 0 || x.Start > x.End || x.End > len(src) {
						t.Errorf("%s: the range %v at %d of %q", l.Code, x, offset, src)
					}
				}
				r.SignatureAt(offset)
				r.Definition(offset)
			}
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

// docs/checks.md has the same texts.
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
		t.Error("docs/checks.md is not what the texts say: run UPDATE=1 go test ./script/check")
	}
}
