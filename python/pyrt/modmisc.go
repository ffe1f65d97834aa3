package pyrt

import (
	"fmt"
	"math"

	starmath "go.starlark.net/lib/math"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

var nan, inf = starlark.Float(math.NaN()), starlark.Float(math.Inf(1))

// moduleNames are the modules of Python that are members of py itself; those of py.host are its own.
var moduleNames = map[string]bool{
	"_thread":     true,
	"abc":         true,
	"base64":      true,
	"binascii":    true,
	"collections": true,
	"contextlib":  true,
	"copy":        true,
	"csv":         true,
	"dataclasses": true,
	"datetime":    true,
	"enum":        true,
	"functools":   true,
	"gzip":        true,
	"hashlib":     true,
	"hmac":        true,
	"io":          true,
	"itertools":   true,
	"json":        true,
	"math":        true,
	"operator":    true,
	"packaging":   true,
	"pprint":      true,
	"random":      true,
	"re":          true,
	"shlex":       true,
	"string":      true,
	"struct":      true,
	"sys":         true,
	"textwrap":    true,
	"time":        true,
	"types":       true,
	"typing":      true,
	"unittest":    true,
	"urllib":      true,
	"uuid":        true,
	"xml":         true,
	"zlib":        true,
}

func (rt *Runtime) modules(m starlark.StringDict) {
	m["json"], m["re"], m["time"], m["datetime"] = rt.jsonModule(), rt.reModule(), rt.timeModule(), rt.datetimeModule()
	m["host"], m["io"] = rt.hostModule(), rt.ioModule()
	m["base64"], m["shlex"], m["string"], m["random"] = rt.base64Module(), rt.shlexModule(), stringModule(), rt.randomModule()
	m["itertools"], m["functools"] = rt.itertoolsModule(), rt.functoolsModule()
	m["textwrap"], m["collections"], m["sys"] = rt.textwrapModule(), rt.collectionsModule(), rt.sysModule()
	members := starlark.StringDict{}
	for k, v := range starmath.Module.Members {
		members[k] = v
	}
	members["inf"], members["nan"], members["tau"] = inf, nan, starlark.Float(2*math.Pi)
	for name, f := range map[string]func(float64) bool{
		"isnan": math.IsNaN, "isinf": func(x float64) bool { return math.IsInf(x, 0) },
		"isfinite": func(x float64) bool { return !math.IsInf(x, 0) && !math.IsNaN(x) },
	} {
		members[name] = rt.pos(name, 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			x, _ := starlark.AsFloat(a[0])
			return starlark.Bool(f(x)), nil
		})
	}
	for name, f := range map[string]func(float64) float64{"log10": math.Log10, "log1p": math.Log1p, "cbrt": math.Cbrt} {
		members[name] = rt.pos(name, 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			x, ok := starlark.AsFloat(a[0])
			if !ok {
				return nil, rt.raise("TypeError", "must be real number, not %s", typeName(a[0]))
			}
			if r := f(x); !math.IsNaN(r) && !math.IsInf(r, 0) {
				return starlark.Float(r), nil
			}
			return nil, rt.raise("ValueError", "math domain error")
		})
	}
	rt.integers(members)
	members["log2"] = rt.pos("log2", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		x, _ := starlark.AsFloat(a[0])
		return starlark.Float(math.Log2(x)), nil
	})
	m["math"] = namespace("math", members)
	identity := rt.pos("identity", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return a[0], nil })
	m["abc"] = namespace("abc", starlark.StringDict{"abstractmethod": m["abstract"], "ABC": rt.abstractCls})
	m["typing"] = namespace("typing", starlark.StringDict{
		"TYPE_CHECKING": starlark.False, "cast": rt.pos("cast", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return a[1], nil }),
		"Any": &named{"Any"}, "TypedDict": rt.fn("TypedDict", func(*starlark.Thread, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			return starlark.Universe["dict"], nil
		}),
		"Protocol": rt.plainClass("Protocol"), "NamedTuple": rt.tupleClass("NamedTuple"),
		"Callable": &named{"Callable"}, "List": &named{"list"}, "Dict": &named{"dict"}, "Optional": &named{"Optional"},
		"TypeVar": rt.fn("TypeVar", func(_ *starlark.Thread, a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			return &named{strArg(a, 0, "T")}, nil
		}),
		"Set": &named{"set"}, "Iterable": &named{"Iterable"}, "Sequence": &named{"Sequence"}, "Mapping": &named{"Mapping"}, "Generic": rt.generic,
		"Generator": &named{"Generator"}, "Iterator": &named{"Iterator"}, "Literal": &named{"Literal"}, "Union": &named{"Union"}, "Tuple": &named{"tuple"},
	})
	m["dataclasses"] = rt.dataclassesModule()
	m["contextlib"] = namespace("contextlib", starlark.StringDict{
		"contextmanager": identity,
		"suppress": rt.fn("suppress", func(*starlark.Thread, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			return starlark.None, nil
		}),
		"nullcontext": rt.pos("nullcontext", 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			return &nullContext{append(a, starlark.None)[0]}, nil
		}),
	})
	m["contextlib"].(*starlarkstruct.Module).Members["closing"] = rt.pos("closing", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
		return &closing{rt, a[0]}, nil
	})
	m["contextlib"].(*starlarkstruct.Module).Members["ExitStack"] = rt.pos("ExitStack", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
		return &exitStack{rt: rt}, nil
	})
	m["copy"] = namespace("copy", starlark.StringDict{
		"copy":     rt.pos("copy", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return rt.copyOf(a[0], false), nil }),
		"deepcopy": rt.pos("deepcopy", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) { return rt.copyOf(a[0], true), nil }),
	})
	operators := starlark.StringDict{
		"itemgetter": rt.pos("itemgetter", 1, -1, func(_ *starlark.Thread, keys starlark.Tuple) (starlark.Value, error) {
			return rt.pos("itemgetter", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
				out := make(starlark.Tuple, len(keys))
				for i, k := range keys {
					v, err := rt.item(a[0], k)
					if err != nil {
						return nil, err
					}
					out[i] = v
				}
				if len(out) == 1 {
					return out[0], nil
				}
				return out, nil
			}), nil
		}),
		"attrgetter": rt.pos("attrgetter", 1, 1, func(_ *starlark.Thread, n starlark.Tuple) (starlark.Value, error) {
			return rt.pos("attrgetter", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
				return a[0].(starlark.HasAttrs).Attr(strArg(n, 0, ""))
			}), nil
		}),
	}
	rt.operators(operators)
	m["operator"] = namespace("operator", operators)
	m["unittest"] = namespace("unittest", starlark.StringDict{
		"TestCase": rt.fn("TestCase", func(*starlark.Thread, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			if rt.opts.Testing == nil {
				return starlark.None, nil
			}
			return rt.opts.Testing, nil
		}),
	})
	m["_thread"] = rt.threadModule()
	m["uuid"] = namespace("uuid", starlark.StringDict{
		"uuid4": rt.pos("uuid4", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			b := make([]byte, 16)
			rt.rand.Read(b)
			b[6], b[8] = b[6]&15|64, b[8]&63|128
			return starlark.String(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])), nil
		}),
	})
	m["xml"], m["packaging"] = rt.xmlModule(), rt.packagingModule()
	m["pprint"], m["struct"] = rt.pprintModule(), rt.structModule()
	m["types"], m["csv"] = rt.typesModule(), rt.csvModule()
	m["hashlib"], m["enum"] = rt.hashlibModule(), rt.enumModule()
	m["binascii"], m["zlib"], m["gzip"], m["hmac"] = rt.binasciiModule(), rt.zlibModule(), rt.gzipModule(), rt.hmacModule()
	m["urllib"] = namespace("urllib", starlark.StringDict{"parse": rt.urlModule()})
}

func (rt *Runtime) plainClass(name string) *Class {
	return &Class{rt: rt, name: name, members: map[string]starlark.Value{}}
}

type nullContext struct{ value starlark.Value }

func (n *nullContext) String() string                                 { return "nullcontext" }
func (n *nullContext) Type() string                                   { return "nullcontext" }
func (n *nullContext) Freeze()                                        {}
func (n *nullContext) Truth() starlark.Bool                           { return true }
func (n *nullContext) Hash() (uint32, error)                          { return 0, fmt.Errorf("unhashable: nullcontext") }
func (n *nullContext) enter(*starlark.Thread) (starlark.Value, error) { return n.value, nil }
func (n *nullContext) exit() error                                    { return nil }

func (rt *Runtime) copyOf(v starlark.Value, deep bool) starlark.Value {
	each := func(x starlark.Value) starlark.Value {
		if deep {
			return rt.copyOf(x, true)
		}
		return x
	}
	switch v := v.(type) {
	case *starlark.List:
		xs := make([]starlark.Value, v.Len())
		for i := range xs {
			xs[i] = each(v.Index(i))
		}
		return starlark.NewList(xs)
	case *starlark.Dict:
		d := starlark.NewDict(v.Len())
		for _, kv := range v.Items() {
			_ = d.SetKey(kv[0], each(kv[1])) // the key is one of a dict
		}
		return d
	case starlark.Tuple:
		out := make(starlark.Tuple, len(v))
		for i, x := range v {
			out[i] = each(x)
		}
		return out
	case *Instance:
		o := &Instance{class: v.class, attrs: map[string]starlark.Value{}, order: append([]string(nil), v.order...)}
		for k, x := range v.attrs {
			o.attrs[k] = each(x)
		}
		return o
	}
	return v
}
