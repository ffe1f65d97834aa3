package check

import (
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// suppressions are the comments "# gotest: ignore[code]".
type suppressions struct {
	file  map[Code]bool
	lines map[int]map[Code]bool
	named []namedCode
}

type namedCode struct {
	code Code
	at   dialect.Range
}

var ignoreComment = lazyre.Compile(`^#\s*gotest:\s*ignore(-file)?\b\s*(?:\[([^\]]*)\])?`)

func findSuppressions(f *dialect.File) *suppressions {
	s := &suppressions{file: map[Code]bool{}, lines: map[int]map[Code]bool{}}
	next := 0 // the line behind the last comments that is none
	for _, cm := range f.Comments {
		at := ignoreComment().FindStringSubmatchIndex(cm.Text)
		if at == nil {
			continue
		}
		codes := map[Code]bool{}
		if at[4] < 0 || strings.TrimSpace(cm.Text[at[4]:at[5]]) == "" {
			codes["*"] = true
		} else {
			start := cm.Start + at[4]
			for _, part := range strings.Split(cm.Text[at[4]:at[5]], ",") {
				code := Code(strings.TrimSpace(part))
				codes[code] = true
				if code != "" {
					from := start + strings.Index(part, string(code))
					s.named = append(s.named, namedCode{code, dialect.Range{Start: from, End: from + len(code)}})
				}
				start += len(part) + 1
			}
		}
		line := f.Position(cm.Start).Line
		switch alone := strings.HasPrefix(strings.TrimSpace(f.Line(line)), "#"); {
		case at[2] >= 0:
			for k := range codes {
				s.file[k] = true
			}
			continue
		case alone: // it is about the next line that is not a comment
			if line >= next {
				for next = line + 1; next <= f.LineCount(); next++ {
					if t := strings.TrimSpace(f.Line(next)); t != "" && !strings.HasPrefix(t, "#") {
						break
					}
				}
			}
			line = next
		}
		if s.lines[line] == nil {
			s.lines[line] = map[Code]bool{}
		}
		for k := range codes {
			s.lines[line][k] = true
		}
	}
	return s
}

func (s *suppressions) suppress(code Code, line int) bool {
	return s.file[code] || s.file["*"] || s.lines[line][code] || s.lines[line]["*"]
}

// Unsuppressed removes the findings that comments in a script in Python suppress.
func Unsuppressed(name string, src []byte, found []Finding) []Finding {
	f, _ := dialect.Parse(name, src) // comments are the same in both languages
	s := findSuppressions(f)
	return slices.DeleteFunc(found, func(x Finding) bool { return x.Code != SyntaxError && s.suppress(x.Code, x.Start.Line) })
}
