package bridge

import (
	"testing"

	"go.starlark.net/starlark"
)

// noObjects are references of a Python that knows no object.
type noObjects struct{}

func (noObjects) number(starlark.Value) (int, string)         { return 1, "Machine" }
func (noObjects) object(int) (starlark.Value, error)          { return starlark.None, nil }
func (noObjects) function(int, string, string) starlark.Value { return starlark.None }

// FuzzMessage: bytes from the other end of the socket are a message or an error. What is read can be sent back, and is then the
// same.
func FuzzMessage(f *testing.F) {
	list := starlark.NewList([]starlark.Value{starlark.String("text"), starlark.Bytes("\xff\x00"), starlark.MakeInt64(-1 << 40), starlark.Float(1.5)})
	dict := starlark.NewDict(1)
	_ = dict.SetKey(starlark.Tuple{starlark.None, starlark.True}, list)
	for _, v := range []starlark.Value{list, dict, starlark.MakeInt64(1).Lsh(200), starlark.String("\ud7ff é"), starlark.Tuple{}} {
		e := &encoder{refs: noObjects{}}
		if err := e.value(v); err != nil {
			f.Fatal(err)
		}
		f.Add(e.out)
	}
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, message []byte) {
		d := &decoder{in: message, refs: noObjects{}}
		v, err := d.value()
		if err != nil {
			return
		}
		e := &encoder{refs: noObjects{}}
		if e.value(v) != nil {
			return
		}
		again := &decoder{in: e.out, refs: noObjects{}}
		if w, err := again.value(); err != nil || w.String() != v.String() {
			t.Errorf("%s comes back as %v, %v", v, w, err)
		}
	})
}
