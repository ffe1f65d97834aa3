package pyrt

import (
	"math/big"
	"slices"

	"go.starlark.net/starlark"
)

// toBytes is int.to_bytes(length=1, byteorder="big", *, signed=False).
func (rt *Runtime) toBytes(v *big.Int, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	args, err := rt.bind("to_bytes", []string{"length", "byteorder", "signed"}, a, kw)
	if err != nil {
		return nil, err
	}
	n := intArg(args, 0, 1)
	signed := args[2] != nil && bool(args[2].Truth())
	bits := v.BitLen()
	switch {
	case n < 0:
		return nil, rt.raise("ValueError", "length argument must be non-negative")
	case v.Sign() < 0 && !signed:
		return nil, rt.raise("OverflowError", "can't convert negative int to unsigned")
	case v.Sign() < 0:
		bits = new(big.Int).Not(v).BitLen() + 1
	case signed:
		bits++
	}
	if bits > 8*n && v.Sign() != 0 {
		return nil, rt.raise("OverflowError", "int too big to convert")
	}
	if v.Sign() < 0 {
		v = new(big.Int).Add(v, new(big.Int).Lsh(big.NewInt(1), uint(8*n)))
	}
	out := v.FillBytes(make([]byte, n))
	switch strArg(args, 1, "big") {
	case "big":
	case "little":
		slices.Reverse(out)
	default:
		return nil, rt.raise("ValueError", "byteorder must be either 'little' or 'big'")
	}
	return starlark.Bytes(out), nil
}
