package pyrt

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"io"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// bytesArg is an argument that must be bytes.
func (rt *Runtime) bytesArg(v starlark.Value) ([]byte, error) {
	b, ok := v.(starlark.Bytes)
	if !ok {
		return nil, rt.raise("TypeError", "a bytes-like object is required, not '%s'", typeName(v))
	}
	return []byte(b), nil
}

// ofBytes makes a function from bytes to bytes; arguments behind the first are left to f.
func (rt *Runtime) ofBytes(name string, f func(b []byte, rest starlark.Tuple) (starlark.Value, error)) *starlark.Builtin {
	return rt.fn(name, func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		if len(a) == 0 {
			return nil, rt.raise("TypeError", "%s() missing 1 required positional argument", name)
		}
		b, err := rt.bytesArg(a[0])
		if err != nil {
			return nil, err
		}
		rest := append(starlark.Tuple(nil), a[1:]...)
		for _, kv := range kw {
			rest = append(rest, kv[1])
		}
		return f(b, rest)
	})
}

func (rt *Runtime) binasciiModule() *starlarkstruct.Module {
	m := starlark.StringDict{"Error": rt.classes["BinasciiError"]}
	for _, name := range []string{"hexlify", "b2a_hex"} {
		m[name] = rt.ofBytes(name, func(b []byte, _ starlark.Tuple) (starlark.Value, error) {
			return starlark.Bytes(hex.EncodeToString(b)), nil
		})
	}
	for _, name := range []string{"unhexlify", "a2b_hex"} {
		m[name] = rt.pos(name, 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			s := strArg(a, 0, "")
			if len(s)%2 == 1 {
				return nil, rt.raise("BinasciiError", "Odd-length string")
			}
			b, err := hex.DecodeString(s)
			if err != nil {
				return nil, rt.raise("BinasciiError", "Non-hexadecimal digit found")
			}
			return starlark.Bytes(b), nil
		})
	}
	m["b2a_base64"] = rt.fn("b2a_base64", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		if len(a) != 1 {
			return nil, rt.raise("TypeError", "b2a_base64() takes exactly 1 positional argument (%d given)", len(a))
		}
		b, err := rt.bytesArg(a[0])
		if err != nil {
			return nil, err
		}
		end := "\n"
		if v, ok := kwarg(kw, "newline"); ok && !bool(v.Truth()) {
			end = ""
		}
		return starlark.Bytes(base64.StdEncoding.EncodeToString(b) + end), nil
	})
	m["a2b_base64"] = rt.pos("a2b_base64", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(strArg(a, 0, "")), ""))
		if err != nil {
			return nil, rt.raise("BinasciiError", "Incorrect padding")
		}
		return starlark.Bytes(b), nil
	})
	m["crc32"] = rt.crc32()
	return namespace("binascii", m)
}

func (rt *Runtime) crc32() *starlark.Builtin {
	return rt.ofBytes("crc32", func(b []byte, rest starlark.Tuple) (starlark.Value, error) {
		start := uint32(0)
		if len(rest) > 0 {
			n, ok := rest[0].(starlark.Int)
			if !ok {
				return nil, rt.raise("TypeError", "'%s' object cannot be interpreted as an integer", typeName(rest[0]))
			}
			low, _ := n.And(starlark.MakeInt64(1<<32 - 1)).Uint64()
			start = uint32(low)
		}
		return starlark.MakeUint64(uint64(crc32.Update(start, crc32.IEEETable, b))), nil
	})
}

// compression makes compress and decompress of a format.
func (rt *Runtime) compression(name, failure string, to func(io.Writer, int) (io.WriteCloser, error), from func(io.Reader) (io.ReadCloser, error)) starlark.StringDict {
	return starlark.StringDict{
		"compress": rt.ofBytes("compress", func(b []byte, rest starlark.Tuple) (starlark.Value, error) {
			var out bytes.Buffer
			w, err := to(&out, intArg(rest, 0, -1))
			if err != nil {
				return nil, rt.raise(failure, "Bad compression level")
			}
			if _, err = w.Write(b); err == nil {
				err = w.Close()
			}
			return starlark.Bytes(out.Bytes()), err
		}),
		"decompress": rt.ofBytes("decompress", func(b []byte, _ starlark.Tuple) (starlark.Value, error) {
			r, err := from(bytes.NewReader(b))
			if err != nil {
				return nil, rt.raise(failure, "%s: %v", name, err)
			}
			out, err := io.ReadAll(r)
			if err != nil {
				return nil, rt.raise(failure, "%s: %v", name, err)
			}
			return starlark.Bytes(out), nil
		}),
	}
}

func (rt *Runtime) zlibModule() *starlarkstruct.Module {
	m := rt.compression("zlib", "ZlibError",
		func(w io.Writer, level int) (io.WriteCloser, error) { return zlib.NewWriterLevel(w, level) },
		func(r io.Reader) (io.ReadCloser, error) { return zlib.NewReader(r) })
	m["error"], m["crc32"] = rt.classes["ZlibError"], rt.crc32()
	m["adler32"] = rt.ofBytes("adler32", func(b []byte, _ starlark.Tuple) (starlark.Value, error) {
		return starlark.MakeUint64(uint64(adler32.Checksum(b))), nil
	})
	return namespace("zlib", m)
}

func (rt *Runtime) gzipModule() *starlarkstruct.Module {
	m := rt.compression("gzip", "BadGzipFile",
		func(w io.Writer, level int) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, level) },
		func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) })
	m["BadGzipFile"] = rt.classes["BadGzipFile"]
	return namespace("gzip", m)
}

var hashes = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
	"sha3_224": func() hash.Hash { return sha3.New224() }, "sha3_256": func() hash.Hash { return sha3.New256() },
	"sha3_384": func() hash.Hash { return sha3.New384() }, "sha3_512": func() hash.Hash { return sha3.New512() },
}

// hashObject is what hashlib and hmac give: a state that more bytes can be put into.
func (rt *Runtime) hashObject(name string, h hash.Hash, data []byte) starlark.Value {
	members := starlark.StringDict{
		"name": starlark.String(name), "digest_size": starlark.MakeInt(h.Size()), "block_size": starlark.MakeInt(h.BlockSize()),
		"update": rt.ofBytes("update", func(b []byte, _ starlark.Tuple) (starlark.Value, error) {
			_, err := h.Write(b)
			return starlark.None, err
		}),
		"hexdigest": rt.pos("hexdigest", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			return starlark.String(hex.EncodeToString(h.Sum(nil))), nil
		}),
		"digest": rt.pos("digest", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) { return starlark.Bytes(h.Sum(nil)), nil }),
	}
	h.Write(data)
	return starlarkstruct.FromStringDict(starlark.String(name), members)
}

func (rt *Runtime) hashlibModule() *starlarkstruct.Module {
	m := starlark.StringDict{}
	names := &starlark.Set{}
	make := func(name string, data starlark.Value) (starlark.Value, error) {
		b, err := rt.bytesArg(data)
		if err != nil {
			return nil, rt.raise("TypeError", "Strings must be encoded before hashing")
		}
		return rt.hashObject(name, hashes[name](), b), nil
	}
	for name := range hashes {
		_ = names.Insert(starlark.String(name)) // a string is hashable
		m[name] = rt.fn(name, func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			return make(name, append(a, starlark.Bytes(""))[0])
		})
	}
	m["algorithms_available"], m["algorithms_guaranteed"] = names, names
	m["new"] = rt.fn("new", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		v, err := rt.bind("new", []string{"name", "data", "usedforsecurity"}, a, kw)
		if err != nil {
			return nil, err
		}
		name, _ := starlark.AsString(v[0])
		name = strings.ToLower(name)
		if hashes[name] == nil {
			return nil, rt.raise("ValueError", "unsupported hash type %s", name)
		}
		if v[1] == nil {
			v[1] = starlark.Bytes("")
		}
		return make(name, v[1])
	})
	return namespace("hashlib", m)
}

func (rt *Runtime) hmacModule() *starlarkstruct.Module {
	digest := func(fn string, v []starlark.Value) (string, []byte, []byte, error) {
		key, err := rt.bytesArg(v[0])
		if err != nil {
			return "", nil, nil, err
		}
		var msg []byte
		if v[1] != nil && v[1] != starlark.None {
			if msg, err = rt.bytesArg(v[1]); err != nil {
				return "", nil, nil, err
			}
		}
		name := ""
		switch d := v[2].(type) {
		case starlark.String:
			name = strings.ToLower(string(d))
		case *starlark.Builtin:
			name = d.Name()
		}
		if hashes[name] == nil {
			return "", nil, nil, rt.raise("TypeError", "%s() needs the name of a digest, or a function of hashlib", fn)
		}
		return name, key, msg, nil
	}
	return namespace("hmac", starlark.StringDict{
		"new": rt.fn("new", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			v, err := rt.bind("new", []string{"key", "msg", "digestmod"}, a, kw)
			if err != nil {
				return nil, err
			}
			name, key, msg, err := digest("new", v)
			if err != nil {
				return nil, err
			}
			return rt.hashObject("hmac-"+name, hmac.New(hashes[name], key), msg), nil
		}),
		"digest": rt.fn("digest", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			v, err := rt.bind("digest", []string{"key", "msg", "digest"}, a, kw)
			if err != nil {
				return nil, err
			}
			name, key, msg, err := digest("digest", v)
			if err != nil {
				return nil, err
			}
			h := hmac.New(hashes[name], key)
			h.Write(msg)
			return starlark.Bytes(h.Sum(nil)), nil
		}),
		"compare_digest": rt.pos("compare_digest", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			return starlark.Bool(strArg(a, 0, "") == strArg(a, 1, "")), nil
		}),
	})
}
