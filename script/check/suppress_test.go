package check

import (
	"slices"
	"testing"
)

// The findings that comments suppress, by code or all, and those that they don't.
func TestSuppressions(t *testing.T) {
	const typo = "machine.strat()"
	for comment, want := range map[string][]Code{
		"":                                    {UnknownAttribute},
		"# gotest: ignore[unknown-attribute]": nil,
		"#gotest:ignore[ unused-variable , unknown-attribute ]": nil,
		"# gotest: ignore":                             nil,
		"# gotest: ignore[]":                           nil,
		"# gotest: ignored":                            {UnknownAttribute},
		"# gotest: ignore[unused-variable]":            {UnknownAttribute},
		"# gotest: ignore[unknown-attribut]":           {UnknownAttribute, UnknownCode},
		"# gotest: ignore-file[unknown-attribute]":     nil,
		"# gotest: ignore[unknown-attribute, no-such]": {UnknownCode},
	} {
		for _, src := range []string{"machine: Machine\n" + typo + " " + comment + "\n", "machine: Machine\n" + comment + "\n\n" + typo + "\n"} {
			var got []Code
			for _, f := range findings(src, Config{}) {
				got = append(got, f.Code)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%q: got %v, want %v", src, got, want)
			}
		}
	}
	fs := findings("x = 1 # gotest: ignore[unused-varable]\n", Config{})
	if len(fs) != 1 || fs[0].Code != UnknownCode || fs[0].Start.Column != 24 || fs[0].End.Column != 38 || len(fs[0].Fixes) != 1 {
		t.Errorf("got %s", list(fs))
	}
}
