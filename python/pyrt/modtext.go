package pyrt

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

func (rt *Runtime) base64Module() *starlarkstruct.Module {
	m := starlark.StringDict{}
	for name, enc := range map[string]*base64.Encoding{"": base64.StdEncoding, "urlsafe_": base64.URLEncoding, "standard_": base64.StdEncoding} {
		m[name+"b64encode"] = rt.pos(name+"b64encode", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			b, ok := a[0].(starlark.Bytes)
			if !ok {
				return nil, rt.raise("TypeError", "a bytes-like object is required, not '%s'", typeName(a[0]))
			}
			return starlark.Bytes(enc.EncodeToString([]byte(b))), nil
		})
		m[name+"b64decode"] = rt.pos(name+"b64decode", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			s := regexp.MustCompile(`[^A-Za-z0-9+/=_-]`).ReplaceAllString(strArg(a, 0, ""), "")
			b, err := enc.DecodeString(s)
			if err != nil {
				return nil, rt.raise("BinasciiError", "Incorrect padding")
			}
			return starlark.Bytes(b), nil
		})
	}
	for name, enc := range map[string]struct {
		to   func([]byte) string
		from func(string) ([]byte, error)
	}{
		"b32": {base32.StdEncoding.EncodeToString, base32.StdEncoding.DecodeString},
		"b16": {func(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }, hex.DecodeString},
	} {
		m[name+"encode"] = rt.pos(name+"encode", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			b, ok := a[0].(starlark.Bytes)
			if !ok {
				return nil, rt.raise("TypeError", "a bytes-like object is required, not '%s'", typeName(a[0]))
			}
			return starlark.Bytes(enc.to([]byte(b))), nil
		})
		m[name+"decode"] = rt.pos(name+"decode", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			s := strArg(a, 0, "")
			b, err := enc.from(s)
			if err != nil || s != strings.ToUpper(s) {
				return nil, rt.raise("BinasciiError", "Incorrect padding")
			}
			return starlark.Bytes(b), nil
		})
	}
	return namespace("base64", m)
}

var shellSafe = lazyre.Compile(`^[\w@%+=:,./-]+$`)

func shellQuote(s string) string {
	if shellSafe().MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'"
}

func (rt *Runtime) shlexModule() *starlarkstruct.Module {
	return namespace("shlex", starlark.StringDict{
		"quote": rt.pos("quote", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			s, ok := starlark.AsString(a[0])
			if !ok {
				return nil, rt.raise("TypeError", "expected string or bytes-like object, got '%s'", typeName(a[0]))
			}
			return starlark.String(shellQuote(s)), nil
		}),
		"join": rt.pos("join", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			xs, err := rt.all(th, a[0])
			parts := make([]string, len(xs))
			for i := range xs {
				parts[i] = shellQuote(strArg(xs, i, ""))
			}
			return starlark.String(strings.Join(parts, " ")), err
		}),
		"split": rt.pos("split", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			var out []starlark.Value
			var word strings.Builder
			in, quote := false, byte(0)
			s := strArg(a, 0, "")
			for i := 0; i < len(s); i++ {
				c := s[i]
				switch {
				case c == '\\' && quote != '\'' && i+1 < len(s) && (quote == 0 || strings.IndexByte(`"\`, s[i+1]) >= 0):
					i++
					word.WriteByte(s[i])
					in = true
				case quote != 0 && c == quote:
					quote = 0
				case quote == 0 && (c == '\'' || c == '"'):
					quote, in = c, true
				case quote == 0 && strings.IndexByte(" \t\r\n", c) >= 0:
					if in {
						out = append(out, starlark.String(word.String()))
						word.Reset()
						in = false
					}
				default:
					word.WriteByte(c)
					in = true
				}
			}
			if quote != 0 {
				return nil, rt.raise("ValueError", "No closing quotation")
			}
			if in {
				out = append(out, starlark.String(word.String()))
			}
			return starlark.NewList(out), nil
		}),
	})
}

func stringModule() *starlarkstruct.Module {
	const lower, upper = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
	m := starlark.StringDict{}
	for k, v := range map[string]string{
		"ascii_lowercase": lower, "ascii_uppercase": upper, "ascii_letters": lower + upper, "digits": "0123456789", "hexdigits": "0123456789abcdefABCDEF",
		"octdigits": "01234567", "punctuation": punctuation, "whitespace": " \t\n\r\v\f", "printable": "0123456789" + lower + upper + punctuation + " \t\n\r\v\f",
	} {
		m[k] = starlark.String(v)
	}
	return namespace("string", m)
}

func (rt *Runtime) randomModule() *starlarkstruct.Module {
	num := func(f float64) (starlark.Value, error) { return starlark.Float(f), nil }
	pick := func(th *starlark.Thread, v starlark.Value) ([]starlark.Value, error) {
		xs, err := rt.all(th, v)
		if err == nil && len(xs) == 0 {
			err = rt.raise("IndexError", "Cannot choose from an empty sequence")
		}
		return xs, err
	}
	return namespace("random", starlark.StringDict{
		"random": rt.pos("random", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return num(rt.rand.Float64()) }),
		"uniform": rt.pos("uniform", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			x, _ := starlark.AsFloat(a[0])
			y, _ := starlark.AsFloat(a[1])
			return num(x + (y-x)*rt.rand.Float64())
		}),
		"randint": rt.pos("randint", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			x, y := intArg(a, 0, 0), intArg(a, 1, 0)
			if y < x {
				return nil, rt.raise("ValueError", "empty range for randrange()")
			}
			return starlark.MakeInt(x + rt.rand.Intn(y-x+1)), nil
		}),
		"randrange": rt.pos("randrange", 1, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			x, y := 0, intArg(a, 0, 0)
			if len(a) == 2 {
				x, y = y, intArg(a, 1, 0)
			}
			if y <= x {
				return nil, rt.raise("ValueError", "empty range for randrange()")
			}
			return starlark.MakeInt(x + rt.rand.Intn(y-x)), nil
		}),
		"choice": rt.pos("choice", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			xs, err := pick(th, a[0])
			if err != nil {
				return nil, err
			}
			return xs[rt.rand.Intn(len(xs))], nil
		}),
		"choices": rt.fn("choices", func(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			xs, err := pick(th, a[0])
			if err != nil {
				return nil, err
			}
			n := 1
			if k, ok := kwarg(kw, "k"); ok {
				n, _ = starlark.AsInt32(k)
			}
			var out []starlark.Value
			for range n {
				out = append(out, xs[rt.rand.Intn(len(xs))])
			}
			return starlark.NewList(out), nil
		}),
		"sample": rt.pos("sample", 2, 2, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			xs, err := rt.all(th, a[0])
			n := intArg(a, 1, 0)
			if err == nil && (n < 0 || n > len(xs)) {
				err = rt.raise("ValueError", "Sample larger than population or is negative")
			}
			if err != nil {
				return nil, err
			}
			xs = append([]starlark.Value(nil), xs...)
			rt.rand.Shuffle(len(xs), func(i, j int) { xs[i], xs[j] = xs[j], xs[i] })
			return starlark.NewList(xs[:n]), nil
		}),
		"shuffle": rt.pos("shuffle", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			l, ok := a[0].(*starlark.List)
			if !ok {
				return nil, rt.raise("TypeError", "'%s' object does not support item assignment", typeName(a[0]))
			}
			var failed error
			rt.rand.Shuffle(l.Len(), func(i, j int) {
				x, y := l.Index(i), l.Index(j)
				if err := l.SetIndex(i, y); err != nil {
					failed = err
				}
				if err := l.SetIndex(j, x); err != nil {
					failed = err
				}
			})
			return starlark.None, failed
		}),
		"seed": rt.pos("seed", 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			rt.rand.Seed(int64(intArg(a, 0, 0)))
			return starlark.None, nil
		}),
	})
}

func (rt *Runtime) textwrapModule() *starlarkstruct.Module {
	return namespace("textwrap", starlark.StringDict{
		"dedent": rt.pos("dedent", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			lines := strings.Split(strArg(a, 0, ""), "\n")
			margin, found := "", false
			for i, l := range lines {
				if strings.TrimLeft(l, " \t") == "" {
					lines[i] = ""
					continue
				}
				indent := l[:len(l)-len(strings.TrimLeft(l, " \t"))]
				if !found {
					margin, found = indent, true
				}
				for !strings.HasPrefix(indent, margin) {
					margin = margin[:len(margin)-1]
				}
			}
			for i := range lines {
				lines[i] = strings.TrimPrefix(lines[i], margin)
			}
			return starlark.String(strings.Join(lines, "\n")), nil
		}),
		"indent": rt.pos("indent", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			lines := strings.SplitAfter(strArg(a, 0, ""), "\n")
			for i, l := range lines {
				if strings.TrimSpace(l) != "" {
					lines[i] = strArg(a, 1, "") + l
				}
			}
			return starlark.String(strings.Join(lines, "")), nil
		}),
	})
}

func (rt *Runtime) sysModule() *starlarkstruct.Module {
	std := func(name string, err bool) *stream {
		s := &stream{rt: rt, name: name, std: true}
		s.w = rt.opts.Stdout
		if err {
			s.w = rt.opts.Stderr
		}
		return s
	}
	out := std("<stdout>", false)
	return namespace("sys", starlark.StringDict{
		"exit": rt.pos("exit", 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			return nil, &Raised{Exc: rt.exception("SystemExit", a...)}
		}),
		"stdout": out, "stderr": std("<stderr>", true),
		"argv": starlark.NewList([]starlark.Value{starlark.String("")}), "platform": starlark.String("linux"),
		"maxsize": starlark.MakeInt64(math.MaxInt64), "version": starlark.String("3.12"),
		"version_info": starlark.Tuple{starlark.MakeInt(3), starlark.MakeInt(12), starlark.MakeInt(0)},
		"byteorder":    starlark.String("little"),
	})
}

func (rt *Runtime) urlModule() *starlarkstruct.Module {
	quote := func(s, safe string) string {
		var b strings.Builder
		for i := range len(s) {
			c := s[i]
			if c|32 >= 'a' && c|32 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("_.-~"+safe, c) >= 0 {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
		return b.String()
	}
	plus := func(s string) string { return strings.ReplaceAll(quote(s, " "), " ", "+") }
	return namespace("urllib.parse", starlark.StringDict{
		"quote": rt.fn("quote", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			safe := strArg(a, 1, "/")
			if v, ok := kwarg(kw, "safe"); ok {
				safe, _ = starlark.AsString(v)
			}
			return starlark.String(quote(strArg(a, 0, ""), safe)), nil
		}),
		"quote_plus": rt.pos("quote_plus", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			return starlark.String(plus(strArg(a, 0, ""))), nil
		}),
		"unquote": rt.pos("unquote", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			s, err := url.PathUnescape(strArg(a, 0, ""))
			if err != nil {
				s = strArg(a, 0, "")
			}
			return starlark.String(s), nil
		}),
		"urlencode": rt.pos("urlencode", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			var parts []string
			items := a[0]
			if m, ok := items.(starlark.IterableMapping); ok {
				l := &starlark.List{}
				for _, kv := range m.Items() {
					if err := l.Append(kv); err != nil {
						return nil, err
					}
				}
				items = l
			}
			xs, err := rt.all(th, items)
			if err != nil {
				return nil, err
			}
			for _, x := range xs {
				kv, err := rt.all(th, x)
				if err != nil || len(kv) != 2 {
					return nil, rt.raise("TypeError", "not a valid non-string sequence or mapping object")
				}
				k, err := rt.str(kv[0])
				if err != nil {
					return nil, err
				}
				v, err := rt.str(kv[1])
				if err != nil {
					return nil, err
				}
				parts = append(parts, plus(k)+"="+plus(v))
			}
			return starlark.String(strings.Join(parts, "&")), nil
		}),
		"parse_qs": rt.parseQuery(),
		"urlparse": rt.pos("urlparse", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			u, err := url.Parse(strArg(a, 0, ""))
			if err != nil {
				return nil, rt.raise("ValueError", "%v", err)
			}
			var port starlark.Value = starlark.None
			if p := u.Port(); p != "" {
				n, err := rt.toInt(starlark.String(p), nil)
				if err != nil {
					return nil, err
				}
				port = n
			}
			return starlarkstruct.FromStringDict(starlark.String("ParseResult"), starlark.StringDict{
				"scheme": starlark.String(u.Scheme), "netloc": starlark.String(u.Host), "path": starlark.String(u.Path), "hostname": starlark.String(u.Hostname()),
				"port": port, "query": starlark.String(u.RawQuery), "fragment": starlark.String(u.Fragment), "params": starlark.String(""),
			}), nil
		}),
	})
}
