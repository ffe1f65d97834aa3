package check

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"unicode/utf8"
)

type jsonPosition struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

type jsonFinding struct {
	Code     Code         `json:"code"`
	Severity Severity     `json:"severity"`
	File     string       `json:"file"`
	Start    jsonPosition `json:"start"`
	End      jsonPosition `json:"end"`
	Message  string       `json:"message"`
	Hint     string       `json:"hint,omitempty"`
	Source   string       `json:"source"`
	Fixable  bool         `json:"fixable"`
}

// JSON writes findings as a JSON array. Lines and columns count from 1, columns in characters; the end is after the
// last character.
func JSON(w io.Writer, fs []Finding) error {
	out := make([]jsonFinding, len(fs))
	for i, f := range fs {
		out[i] = jsonFinding{f.Code, f.Severity, f.File, jsonPosition{f.Start.Line, f.Start.Column}, jsonPosition{f.End.Line, f.End.Column},
			f.Message, f.Hint, f.Line, f.safeFix() != nil}
	}
	return writeJSON(w, out)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// The part of SARIF 2.1.0 that code scanning services read.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string      `json:"id"`
		ShortDescription sarifText   `json:"shortDescription"`
		FullDescription  *sarifText  `json:"fullDescription,omitempty"`
		DefaultConfig    sarifConfig `json:"defaultConfiguration"`
	}
	sarifConfig struct {
		Level Severity `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     Severity        `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
		Fixes     []sarifFix      `json:"fixes,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int        `json:"startLine"`
		StartColumn int        `json:"startColumn"`
		EndLine     int        `json:"endLine"`
		EndColumn   int        `json:"endColumn"`
		Snippet     *sarifText `json:"snippet,omitempty"`
	}
	sarifFix struct {
		Description sarifText     `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifBytes `json:"deletedRegion"`
		Inserted *sarifText `json:"insertedContent,omitempty"`
	}
	sarifBytes struct {
		Offset int `json:"byteOffset"`
		Length int `json:"byteLength"`
	}
)

// SARIF writes findings in the format of code scanning services.
func SARIF(w io.Writer, fs []Finding, version string) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "gotest-driver check", Version: version}
	index := map[Code]int{}
	for i, d := range Lints() {
		index[d.Code] = i
		rule := sarifRule{ID: string(d.Code), ShortDescription: sarifText{d.Title}, DefaultConfig: sarifConfig{d.Severity}}
		if d.Text != "" {
			rule.FullDescription = &sarifText{d.Text}
		}
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule)
	}
	for _, f := range fs {
		r := sarifResult{RuleID: string(f.Code), RuleIndex: index[f.Code], Level: f.Severity, Message: sarifText{f.Short()}}
		at := sarifArtifact{fileURI(f.File)}
		region := sarifRegion{StartLine: f.Start.Line, StartColumn: f.Start.Column, EndLine: f.End.Line, EndColumn: f.End.Column}
		if utf8.ValidString(f.Line) {
			region.Snippet = &sarifText{f.Line}
		}
		r.Locations = []sarifLocation{{sarifPhysical{at, region}}}
		for _, x := range f.Fixes {
			fix := sarifFix{Description: sarifText{x.Title}}
			change := sarifChange{Artifact: at}
			for _, e := range x.Edits {
				rep := sarifReplacement{Deleted: sarifBytes{e.Range.Start, e.Range.End - e.Range.Start}}
				if e.NewText != "" {
					rep.Inserted = &sarifText{e.NewText}
				}
				change.Replacements = append(change.Replacements, rep)
			}
			fix.Changes = []sarifChange{change}
			r.Fixes = append(r.Fixes, fix)
		}
		run.Results = append(run.Results, r)
	}
	return writeJSON(w, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

func fileURI(path string) string {
	u := url.URL{Path: filepath.ToSlash(path)}
	if filepath.IsAbs(path) {
		u.Scheme = "file"
	}
	return u.String()
}
