package check

import "testing"

// The members of classes and modules are made when they are first needed; a declaration that is not a type panics then.
func TestDeclarationsAreTypes(t *testing.T) {
	u := sharedUniverse()
	if u.classes["Machine"].members()["succeed"] == nil {
		t.Error("Machine.succeed is missing")
	}
	for _, c := range u.classes {
		c.members()
		c.iter()
	}
	for name, g := range u.globals {
		if g.typ.k == kModule && len(g.typ.mod.members()) == 0 {
			t.Errorf("the module %s has no members", name)
		}
	}
}
