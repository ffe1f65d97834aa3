package pyrt

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"go.starlark.net/starlark"
)

func (rt *Runtime) numbers(m starlark.StringDict) {
	m["int"] = rt.fn("int", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		args, err := rt.bind("int", []string{"x", "base"}, a, kw)
		if err != nil {
			return nil, err
		}
		if args[0] == nil {
			return starlark.MakeInt(0), nil
		}
		return rt.toInt(args[0], args[1])
	})
	m["float"] = rt.pos("float", 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		if len(a) == 0 {
			return starlark.Float(0), nil
		}
		switch v := a[0].(type) {
		case starlark.String:
			s := strings.TrimSpace(string(v))
			f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
			if err != nil && !math.IsInf(f, 0) || strings.HasPrefix(strings.ToLower(strings.TrimLeft(s, "+-")), "0x") {
				return nil, rt.raise("ValueError", "could not convert string to float: %s", quoteString(string(v)))
			}
			return starlark.Float(f), nil
		case starlark.Bool:
			if v {
				return starlark.Float(1), nil
			}
			return starlark.Float(0), nil
		}
		if o, isObj := a[0].(*Instance); isObj {
			if m := o.class.find("__float__"); m != nil {
				return rt.call(m, o)
			}
			a[0] = nativeOf(o)
		}
		f, ok := starlark.AsFloat(a[0])
		if !ok {
			return nil, rt.raise("TypeError", "float() argument must be a string or a real number, not '%s'", typeName(a[0]))
		}
		return starlark.Float(f), nil
	})
	m["bool"] = rt.pos("bool", 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		return starlark.Bool(len(a) == 1 && bool(a[0].Truth())), nil
	})
	m["round"] = rt.pos("round", 1, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return rt.round(a) })
	m["pow"] = rt.pos("pow", 2, 3, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return rt.pow(a) })
	m["abs"] = rt.pos("abs", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		switch v := toNumber(a[0]).(type) {
		case *Instance:
			if f := v.class.find("__abs__"); f != nil {
				return rt.call(f, v)
			}
		case starlark.Int:
			if v.Sign() < 0 {
				return starlark.MakeInt(0).Sub(v), nil
			}
			return v, nil
		case starlark.Float:
			return starlark.Float(math.Abs(float64(v))), nil
		}
		return nil, rt.raise("TypeError", "bad operand type for abs(): '%s'", typeName(a[0]))
	})
	m["divmod"] = rt.pos("divmod", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		q, err := rt.floorDiv(toNumber(a[0]), toNumber(a[1]))
		if err != nil {
			return nil, err
		}
		r, err := rt.binary("%", toNumber(a[0]), toNumber(a[1]))
		return starlark.Tuple{q, r}, err
	})
	for name, f := range map[string]struct {
		base   int
		prefix string
	}{"hex": {16, "0x"}, "oct": {8, "0o"}, "bin": {2, "0b"}} {
		m[name] = rt.pos(name, 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			if b, ok := a[0].(starlark.Bytes); ok && name == "hex" {
				return starlark.String(hexBytes(string(b))), nil
			}
			n, ok := toNumber(a[0]).(starlark.Int)
			if !ok {
				return nil, rt.raise("TypeError", "'%s' object cannot be interpreted as an integer", typeName(a[0]))
			}
			s := f.prefix + new(big.Int).Abs(n.BigInt()).Text(f.base)
			if n.Sign() < 0 {
				s = "-" + s
			}
			return starlark.String(s), nil
		})
	}
	m["ord"] = rt.pos("ord", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		s, _ := starlark.AsString(a[0])
		r := []rune(s)
		if len(r) != 1 {
			return nil, rt.raise("TypeError", "ord() expected a character, but string of length %d found", len(r))
		}
		return starlark.MakeInt(int(r[0])), nil
	})
	m["hash"] = rt.pos("hash", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		h, err := a[0].Hash()
		if err != nil {
			return nil, rt.raise("TypeError", "unhashable type: '%s'", typeName(a[0]))
		}
		return starlark.MakeInt(int(h)), nil
	})
	m["op"] = rt.pos("op", 3, 3, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		o := string(a[1].(starlark.String))
		if obj, ok := a[0].(*Instance); ok && strings.HasSuffix(o, "=") {
			v, err := obj.operate(inPlaceMethods[o], a[2])
			if v != nil || err != nil {
				return v, err
			}
			if o == "**=" {
				return rt.pow(starlark.Tuple{obj, a[2]})
			}
			return rt.binary(strings.TrimSuffix(o, "="), obj, a[2])
		}
		if setOperators().MatchString(o) {
			return rt.inPlace(o[:1], a[0], a[2])
		}
		x, xb := a[0].(starlark.Bool)
		y, yb := a[2].(starlark.Bool)
		if xb && yb {
			switch o {
			case "&":
				return x && y, nil
			case "|":
				return x || y, nil
			case "^":
				return starlark.Bool(x != y), nil
			}
		}
		if l, ok := a[0].(*starlark.List); ok && o == "+=" {
			xs, err := rt.all(rt.thread, a[2])
			for _, x := range xs {
				if err == nil {
					err = l.Append(x)
				}
			}
			return l, err
		}
		switch o = strings.TrimSuffix(o, "="); o {
		case "**":
			return rt.pow(starlark.Tuple{a[0], a[2]})
		case "//":
			return rt.floorDiv(toNumber(a[0]), toNumber(a[2]))
		}
		return rt.binary(o, toNumber(a[0]), toNumber(a[2]))
	})
	m["order"] = rt.pos("order", 3, 3, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		less, err := rt.compareValues(comparisonTokens[string(a[1].(starlark.String))], a[0], a[2])
		return starlark.Bool(less), err
	})
	m["matmul"] = rt.pos("matmul", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		for i, name := range []string{"__matmul__", "__rmatmul__"} {
			if o, ok := a[i].(*Instance); ok {
				if v, err := o.operate(name, a[1-i]); v != nil || err != nil {
					return v, err
				}
			}
		}
		return nil, rt.raise("TypeError", "unsupported operand type(s) for @: '%s' and '%s'", typeName(a[0]), typeName(a[1]))
	})
	m["floordiv"] = rt.pos("floordiv", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		return rt.floorDiv(toNumber(a[0]), toNumber(a[1]))
	})
	m["number"] = rt.pos("number", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return toNumber(a[0]), nil })
	m["int_from_bytes"] = rt.fn("int_from_bytes", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		args, err := rt.bind("from_bytes", []string{"bytes", "byteorder", "signed"}, a, kw)
		if err != nil {
			return nil, err
		}
		b, ok := args[0].(starlark.Bytes)
		if !ok {
			return nil, rt.raise("TypeError", "cannot convert '%s' object to bytes", typeName(args[0]))
		}
		raw := []byte(b)
		if s, _ := starlark.AsString(args[1]); args[1] != nil && s == "little" {
			for i, j := 0, len(raw)-1; i < j; i, j = i+1, j-1 {
				raw[i], raw[j] = raw[j], raw[i]
			}
		}
		n := new(big.Int).SetBytes(raw)
		if args[2] != nil && bool(args[2].Truth()) && len(raw) > 0 && raw[0] >= 128 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(raw))))
		}
		return starlark.MakeBigInt(n), nil
	})
}

var inPlaceMethods = map[string]string{
	"+=": "__iadd__", "-=": "__isub__", "*=": "__imul__", "/=": "__itruediv__", "//=": "__ifloordiv__", "%=": "__imod__",
	"**=": "__ipow__", "|=": "__ior__", "&=": "__iand__", "^=": "__ixor__", "<<=": "__ilshift__", ">>=": "__irshift__",
}

// inPlace is x &= y and so on, which changes a set itself.
func (rt *Runtime) inPlace(op string, x, y starlark.Value) (starlark.Value, error) {
	if l, isList := x.(*starlark.List); isList && op == "*" {
		v, err := rt.binary(op, x, toNumber(y))
		if err != nil {
			return nil, err
		}
		return l, rt.setSlice(rt.thread, starlark.Tuple{l, starlark.None, starlark.None, starlark.None, v})
	}
	set, ok := x.(*starlark.Set)
	if !ok {
		xb, yb := x.Type() == "bool", y.Type() == "bool"
		if xb && yb {
			return starlark.Call(rt.thread, rt.module.Members["op"], starlark.Tuple{x, starlark.String(op), y}, nil)
		}
		return rt.binary(op, toNumber(x), toNumber(y))
	}
	v, err := rt.binary(op, x, y)
	if err != nil {
		return nil, err
	}
	r, ok := v.(*starlark.Set)
	if !ok {
		return v, nil
	}
	if err := set.Clear(); err != nil {
		return nil, err
	}
	it := r.Iterate()
	defer it.Done()
	var e starlark.Value
	for it.Next(&e) {
		if err := set.Insert(e); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// floorDiv is //; of floats it is computed from the remainder, as Python does.
func (rt *Runtime) floorDiv(x, y starlark.Value) (starlark.Value, error) {
	_, xi := x.(starlark.Int)
	_, yi := y.(starlark.Int)
	a, ok1 := starlark.AsFloat(x)
	b, ok2 := starlark.AsFloat(y)
	if xi && yi || !ok1 || !ok2 || b == 0 {
		return rt.binary("//", x, y)
	}
	mod := math.Mod(a, b)
	div := (a - mod) / b
	if mod != 0 && (b < 0) != (mod < 0) {
		div--
	}
	if div == 0 {
		return starlark.Float(math.Copysign(0, a/b)), nil
	}
	floor := math.Floor(div)
	if div-floor > 0.5 {
		floor++
	}
	return starlark.Float(floor), nil
}

// toNumber turns a bool into the number that it is in Python.
func toNumber(v starlark.Value) starlark.Value {
	if b, ok := v.(starlark.Bool); ok {
		return starlark.MakeInt(map[bool]int{true: 1}[bool(b)])
	}
	return v
}

func (rt *Runtime) binary(op string, x, y starlark.Value) (starlark.Value, error) {
	if a, ok := x.(starlark.Int); ok && op == "/" {
		if b, ok := y.(starlark.Int); ok && b.Sign() != 0 {
			f, _ := new(big.Rat).SetFrac(a.BigInt(), b.BigInt()).Float64() // rounded once, as Python does
			return starlark.Float(f), nil
		}
	}
	return starlark.Binary(tokens[op], x, y)
}

func (rt *Runtime) toInt(v, base starlark.Value) (starlark.Value, error) {
	switch v := v.(type) {
	case starlark.Int:
		return v, nil
	case starlark.Bool:
		return toNumber(v), nil
	case starlark.Float:
		if math.IsNaN(float64(v)) {
			return nil, rt.raise("ValueError", "cannot convert float NaN to integer")
		}
		n, err := starlark.NumberToInt(v)
		if err != nil {
			return nil, rt.raise("OverflowError", "cannot convert float infinity to integer")
		}
		return n, nil
	case starlark.Bytes:
		return rt.toInt(starlark.String(v), base)
	case starlark.String:
		b := 10
		if base != nil && base != starlark.None {
			b, _ = starlark.AsInt32(base)
		}
		s := strings.TrimSpace(string(v))
		fail := rt.raise("ValueError", "invalid literal for int() with base %d: %s", b, quoteString(string(v)))
		sign := ""
		if s != "" && (s[0] == '+' || s[0] == '-') {
			sign, s = s[:1], s[1:]
		}
		l := strings.ToLower(s)
		for p, n := range map[string]int{"0x": 16, "0o": 8, "0b": 2} {
			if strings.HasPrefix(l, p) && (b == n || b == 0) {
				s, b = strings.TrimPrefix(s[2:], "_"), n
				break
			}
		}
		if b == 0 {
			if len(s) > 1 && s[0] == '0' && strings.Trim(s, "0_") != "" {
				return nil, fail
			}
			b = 10
		}
		if s == "" || s[0] == '_' || s[len(s)-1] == '_' || strings.Contains(s, "__") || s[0] == '+' || s[0] == '-' {
			return nil, fail
		}
		n, ok := new(big.Int).SetString(sign+strings.ReplaceAll(s, "_", ""), b)
		if !ok {
			return nil, fail
		}
		return starlark.MakeBigInt(n), nil
	}
	if o, ok := v.(*Instance); ok {
		for _, name := range []string{"__int__", "__index__", "__trunc__"} {
			if f := o.class.find(name); f != nil {
				return rt.call(f, o)
			}
		}
		if n := o.native(); n != nil {
			return rt.toInt(n, base)
		}
	}
	return nil, rt.raise("TypeError", "int() argument must be a string, a bytes-like object or a real number, not '%s'", typeName(v))
}

// round rounds halves to even, as Python does.
func (rt *Runtime) round(a starlark.Tuple) (starlark.Value, error) {
	if o, ok := a[0].(*Instance); ok {
		if f := o.class.find("__round__"); f != nil {
			return rt.call(f, append(starlark.Tuple{o}, a[1:]...)...)
		}
	}
	digits := 0
	if len(a) == 2 && a[1] != starlark.None {
		n, err := starlark.AsInt32(a[1])
		if err != nil {
			return nil, err
		}
		digits = n
	}
	switch v := toNumber(a[0]).(type) {
	case starlark.Int:
		if digits >= 0 {
			return v, nil
		}
		p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-digits)), nil)
		q, r := new(big.Int).DivMod(v.BigInt(), p, new(big.Int))
		switch new(big.Int).Mul(r, big.NewInt(2)).Cmp(p) {
		case 1:
			q.Add(q, big.NewInt(1))
		case 0:
			q.Add(q, new(big.Int).And(q, big.NewInt(1)))
		}
		return starlark.MakeBigInt(q.Mul(q, p)), nil
	case starlark.Float:
		f := float64(v)
		if len(a) == 1 || a[1] == starlark.None {
			n, err := starlark.NumberToInt(starlark.Float(math.RoundToEven(f)))
			if err != nil {
				return nil, rt.raise("OverflowError", "cannot convert float infinity to integer")
			}
			return n, nil
		}
		if digits >= 0 {
			s := strconv.FormatFloat(f, 'f', min(digits, 400), 64)
			r, err := strconv.ParseFloat(s, 64)
			return starlark.Float(r), err
		}
		p := math.Pow(10, float64(-digits))
		return starlark.Float(math.RoundToEven(f/p) * p), nil
	}
	return nil, rt.raise("TypeError", "type %s doesn't define __round__ method", typeName(a[0]))
}

func (rt *Runtime) pow(a starlark.Tuple) (starlark.Value, error) {
	for i, name := range []string{"__pow__", "__rpow__"} {
		if o, ok := a[i].(*Instance); ok {
			if v, err := o.operate(name, a[1-i]); v != nil || err != nil {
				return v, err
			}
			a[i] = nativeOf(o)
			if a[i] == nil {
				return nil, rt.raise("TypeError", "unsupported operand type(s) for ** or pow(): '%s' and '%s'", typeName(o), typeName(a[1-i]))
			}
		}
	}
	x, y := toNumber(a[0]), toNumber(a[1])
	xi, ok1 := x.(starlark.Int)
	yi, ok2 := y.(starlark.Int)
	if ok1 && ok2 {
		var mod *big.Int
		if len(a) == 3 && a[2] != starlark.None {
			mi, ok := a[2].(starlark.Int)
			if !ok || mi.Sign() == 0 {
				return nil, rt.raise("ValueError", "pow() 3rd argument cannot be 0")
			}
			mod = mi.BigInt()
		}
		if yi.Sign() >= 0 {
			if n, ok := yi.Int64(); mod == nil && (!ok || n > 1<<20) && xi.BigInt().BitLen() > 1 {
				return nil, rt.raise("OverflowError", "the exponent is too large")
			}
			return starlark.MakeBigInt(new(big.Int).Exp(xi.BigInt(), yi.BigInt(), mod)), nil
		}
		if xi.Sign() == 0 {
			return nil, rt.raise("ZeroDivisionError", "0.0 cannot be raised to a negative power")
		}
	}
	fx, ok1 := starlark.AsFloat(x)
	fy, ok2 := starlark.AsFloat(y)
	if !ok1 || !ok2 {
		return nil, rt.raise("TypeError", "unsupported operand type(s) for ** or pow(): '%s' and '%s'", typeName(a[0]), typeName(a[1]))
	}
	if fx == 0 && fy < 0 {
		return nil, rt.raise("ZeroDivisionError", "0.0 cannot be raised to a negative power")
	}
	r := math.Pow(fx, fy)
	if math.IsNaN(r) && fx < 0 {
		return nil, rt.raise("ValueError", "the result is a complex number, which Starlark lacks")
	}
	if math.IsInf(r, 0) && !math.IsInf(fx, 0) && !math.IsInf(fy, 0) {
		return nil, rt.raise("OverflowError", "(34, 'Numerical result out of range')")
	}
	return starlark.Float(r), nil
}
