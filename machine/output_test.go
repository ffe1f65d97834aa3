package machine

import (
	"crypto/sha256"
	"math/rand/v2"
	"testing"
)

// Writes of any size come back complete, and no memory stays in use.
func TestOutput(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	sizes := rand.New(random)
	for _, total := range []int{0, 1, headSize - 1, headSize, headSize + 1, headSize + chunkSize, headSize + chunkSize + 1, headSize + 3*chunkSize - 1, 5 << 20} {
		data := make([]byte, total)
		random.Read(data)
		o := output{most: DefaultLimit}
		for at := 0; at < total; {
			n := min(total-at, sizes.IntN(200_000))
			if got, err := o.Write(data[at : at+n]); got != n || err != nil {
				t.Fatalf("wrote %d of %d: %v", got, n, err)
			}
			at += n
		}
		if o.len() != total {
			t.Errorf("%d bytes of %d", o.len(), total)
		}
		if got := o.take(); sha256.Sum256([]byte(got)) != sha256.Sum256(data) {
			t.Errorf("%d bytes came back as %d others", total, len(got))
		}
		if o.len() != 0 || o.take() != "" {
			t.Error("something is left")
		}
		o.free()
	}
	o := output{most: DefaultLimit}
	o.Write(make([]byte, 3<<20))
	o.free()
	o.free()
}

// BenchmarkOutput20MB shows the memory that a long output takes: B/op is one copy of it.
func BenchmarkOutput20MB(b *testing.B) {
	block := make([]byte, 64<<10)
	b.ReportAllocs()
	for b.Loop() {
		o := output{most: DefaultLimit}
		for range 20_000_000 / len(block) {
			o.Write(block)
		}
		if s := o.take(); len(s) < 19_000_000 {
			b.Fatal(len(s))
		}
	}
}
