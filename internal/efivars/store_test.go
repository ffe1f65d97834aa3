package efivars

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

const vendor = "12345678-9abc-def0-1234-56789abcdef0"

func reopen(t *testing.T, s *Store) *Store {
	t.Helper()
	b, err := s.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	r, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWriteAndRead(t *testing.T) {
	s := New()
	want := map[string][]byte{"BootOrder-" + GlobalGUID: {0, 0, 1, 0}, "Ünïcode-" + vendor: []byte("x"), "Empty-" + vendor: {}}
	for k, v := range want {
		if err := s.Set(strings.TrimSuffix(k, "-"+GlobalGUID), v, 0); err != nil {
			t.Fatal(err)
		}
	}
	got := reopen(t, s).Variables()
	if len(got) != len(want) {
		t.Errorf("%d variables, want %d", len(got), len(want))
	}
	for k, v := range want {
		if g, ok := got[k]; !ok || !bytes.Equal(g.Data, v) || g.Attributes != DefaultAttributes {
			t.Errorf("%s: %+v, want %v", k, g, v)
		}
	}
}

func TestTooMuch(t *testing.T) {
	s := New()
	if err := s.Set("Big-"+vendor, make([]byte, emptyStore), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Bytes(); err == nil || !strings.Contains(err.Error(), "Big") {
		t.Errorf("error %v, want one that names the variable", err)
	}
}

// TestTemplate compares an empty store with that of Debian's package ovmf.
func TestTemplate(t *testing.T) {
	b, err := os.ReadFile("/usr/share/OVMF/OVMF_VARS_4M.fd")
	if err != nil {
		t.Skip("needs the package ovmf: ", err)
	}
	s, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Variables()); n != 0 {
		t.Errorf("%d variables in the empty store", n)
	}
	ours, err := New().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ours[:emptyStore], b[:emptyStore]) {
		for i := range ours[:emptyStore] {
			if ours[i] != b[i] {
				t.Fatalf("byte %#x is %#x, in Debian's store %#x", i, ours[i], b[i])
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	s := New()
	if err := s.Set("A-"+vendor, []byte{1}, 0); err != nil {
		f.Fatal(err)
	}
	b, err := s.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[:512])
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse(b)
		if err != nil {
			return
		}
		if _, err := s.Bytes(); err != nil && !strings.Contains(err.Error(), "do not fit") && !strings.Contains(err.Error(), "name") {
			t.Error(err)
		}
	})
}
