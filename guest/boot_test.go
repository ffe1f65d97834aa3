package guest

import (
	"os"
	"strings"
	"testing"
)

func TestBuildAll(t *testing.T) {
	if testing.Short() {
		t.Skip("builds guests")
	}
	for _, g := range List() {
		if f := os.Getenv("GUESTS"); f != "" && !strings.Contains(f, g.Name) {
			continue
		}
		image, err := Ensure(t.Context(), g.Name, Options{Progress: func(p Progress) { t.Logf("%+v", p) }})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", image)
	}
}
