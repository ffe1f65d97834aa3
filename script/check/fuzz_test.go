package check

import "testing"

func FuzzCheck(f *testing.F) {
	for _, d := range Lints() {
		f.Add([]byte(d.Right))
		f.Add([]byte(d.Wrong))
	}
	f.Add([]byte(`subtest(""0 pass`)) // the last argument has no text
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 5000 {
			return
		}
		for _, x := range findings(string(src), Config{}) {
			if x.Range.Start < 0 || x.Range.End > len(src) || x.Range.Start > x.Range.End || x.Start.Line < 1 || x.Start.Column < 1 || x.End.Line < x.Start.Line || x.End.Line == x.Start.Line && x.End.Column < x.Start.Column {
				t.Fatalf("a finding is out of the file: %+v", x)
			}
		}
	})
}
