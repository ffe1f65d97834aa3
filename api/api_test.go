package api

import "testing"

func TestDeclarationsParse(t *testing.T) {
	a, err := parseAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range a.Classes {
		if c.Doc == "" {
			t.Errorf("class %s has no doc string", c.Name)
		}
		for _, f := range c.Methods {
			if f.Doc == "" || f.Result == nil {
				t.Errorf("%s has no doc string or result", f.FullName())
			}
		}
	}
	succeed := a.Class("Machine").Method("succeed")
	if got := succeed.Param("commands"); got == nil || got.Kind != VarArgs {
		t.Errorf("commands of succeed: %+v, want *commands", got)
	}
	if got := succeed.Param("timeout"); got.Kind != KeywordOnly || got.Default != "None" || !got.Type.Optional() {
		t.Errorf("timeout of succeed: %+v, want an optional keyword-only parameter", got)
	}
	if a.Module("assert").Call == nil {
		t.Error("assert can't be called")
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := parseAll(); err != nil {
			b.Fatal(err)
		}
	}
}
