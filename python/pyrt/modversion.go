package pyrt

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// pepVersion is a version as Python packages have them (PEP 440).
type pepVersion struct {
	rt      *Runtime
	epoch   *big.Int
	release []*big.Int
	pre     string // "a", "b", "rc" or nothing
	preN    *big.Int
	post    *big.Int // nil: no post-release
	dev     *big.Int // nil: no development release
	local   []string
}

var versionForm = lazyre.Compile(`^\s*v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|beta|preview|pre|rc|a|b|c)[-_.]?(\d*))?` +
	`(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*$`)

var separators = lazyre.Compile(`[-_.]`)

func (rt *Runtime) parseVersion(s string) (*pepVersion, error) {
	m := versionForm().FindStringSubmatch(strings.ToLower(s))
	if m == nil {
		return nil, rt.raise("InvalidVersion", "Invalid version: %s", quoteString(s))
	}
	number := func(s string) *big.Int {
		n := new(big.Int)
		n.SetString("0"+s, 10)
		return n
	}
	v := &pepVersion{rt: rt, epoch: number(m[1])}
	for _, p := range strings.Split(m[2], ".") {
		v.release = append(v.release, number(p))
	}
	if m[3] != "" {
		v.pre, v.preN = map[string]string{"alpha": "a", "a": "a", "beta": "b", "b": "b"}[m[3]], number(m[4])
		if v.pre == "" {
			v.pre = "rc"
		}
	}
	switch {
	case m[5] != "":
		v.post = number(m[5])
	case m[6] != "":
		v.post = number(m[7])
	}
	if m[8] != "" {
		v.dev = number(m[9])
	}
	if m[10] != "" {
		v.local = separators().Split(m[10], -1)
	}
	return v, nil
}

func (v *pepVersion) numbers() string {
	var parts []string
	for _, n := range v.release {
		parts = append(parts, n.String())
	}
	return strings.Join(parts, ".")
}

func (v *pepVersion) base() string {
	if v.epoch.Sign() > 0 {
		return v.epoch.String() + "!" + v.numbers()
	}
	return v.numbers()
}

func (v *pepVersion) public() string {
	s := v.base()
	if v.pre != "" {
		s += v.pre + v.preN.String()
	}
	if v.post != nil {
		s += ".post" + v.post.String()
	}
	if v.dev != nil {
		s += ".dev" + v.dev.String()
	}
	return s
}

func (v *pepVersion) text() string {
	if len(v.local) == 0 {
		return v.public()
	}
	parts := slices.Clone(v.local)
	for i, p := range parts {
		if n, ok := new(big.Int).SetString(p, 10); ok {
			parts[i] = n.String()
		}
	}
	return v.public() + "+" + strings.Join(parts, ".")
}

func (v *pepVersion) String() string        { return "<Version('" + v.text() + "')>" }
func (v *pepVersion) Type() string          { return "Version" }
func (v *pepVersion) Freeze()               {}
func (v *pepVersion) Truth() starlark.Bool  { return true }
func (v *pepVersion) Hash() (uint32, error) { return starlark.String(v.key()).Hash() }

// key is the same for equal versions.
func (v *pepVersion) key() string {
	c := *v
	for len(c.release) > 1 && c.release[len(c.release)-1].Sign() == 0 {
		c.release = c.release[:len(c.release)-1]
	}
	return c.text()
}

// compare orders versions as PEP 440 says.
func (v *pepVersion) compare(w *pepVersion) int {
	if c := v.epoch.Cmp(w.epoch); c != 0 {
		return c
	}
	zero := new(big.Int)
	for i := range max(len(v.release), len(w.release)) {
		a, b := zero, zero
		if i < len(v.release) {
			a = v.release[i]
		}
		if i < len(w.release) {
			b = w.release[i]
		}
		if c := a.Cmp(b); c != 0 {
			return c
		}
	}
	// A development release of the release itself comes before its pre-releases, and these before the release.
	rank := func(x *pepVersion) (string, *big.Int) {
		switch {
		case x.pre != "":
			return x.pre, x.preN
		case x.post == nil && x.dev != nil:
			return "", zero
		}
		return "z", zero
	}
	pa, na := rank(v)
	pb, nb := rank(w)
	if c := cmp.Compare(pa, pb); c != 0 {
		return c
	}
	if c := na.Cmp(nb); c != 0 {
		return c
	}
	optional := func(a, b *big.Int, absent int) int {
		switch {
		case a == nil && b == nil:
			return 0
		case a == nil:
			return absent
		case b == nil:
			return -absent
		}
		return a.Cmp(b)
	}
	if c := optional(v.post, w.post, -1); c != 0 {
		return c
	}
	if c := optional(v.dev, w.dev, 1); c != 0 {
		return c
	}
	return slices.CompareFunc(v.local, w.local, func(a, b string) int {
		x, xok := new(big.Int).SetString(a, 10)
		y, yok := new(big.Int).SetString(b, 10)
		switch {
		case xok && yok:
			return x.Cmp(y)
		case xok:
			return 1
		case yok:
			return -1
		}
		return cmp.Compare(a, b)
	})
}

// CompareSameType implements the comparisons.
func (v *pepVersion) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	c := v.compare(y.(*pepVersion))
	switch op {
	case syntax.EQL:
		return c == 0, nil
	case syntax.NEQ:
		return c != 0, nil
	case syntax.LT:
		return c < 0, nil
	case syntax.LE:
		return c <= 0, nil
	case syntax.GT:
		return c > 0, nil
	}
	return c >= 0, nil
}

// AttrNames are the parts of a version.
func (v *pepVersion) AttrNames() []string {
	return []string{"base_version", "is_devrelease", "is_postrelease", "is_prerelease", "major", "micro", "minor", "public", "release"}
}

// Attr gives a part of the version.
func (v *pepVersion) Attr(name string) (starlark.Value, error) {
	for i, n := range []string{"major", "minor", "micro"} {
		if n == name {
			if i < len(v.release) {
				return starlark.MakeBigInt(v.release[i]), nil
			}
			return starlark.MakeInt(0), nil
		}
	}
	switch name {
	case "release":
		var out starlark.Tuple
		for _, n := range v.release {
			out = append(out, starlark.MakeBigInt(n))
		}
		return out, nil
	case "base_version":
		return starlark.String(v.base()), nil
	case "public":
		return starlark.String(v.public()), nil
	case "is_prerelease":
		return starlark.Bool(v.pre != "" || v.dev != nil), nil
	case "is_postrelease":
		return starlark.Bool(v.post != nil), nil
	case "is_devrelease":
		return starlark.Bool(v.dev != nil), nil
	}
	return nil, nil
}

func (rt *Runtime) packagingModule() *starlarkstruct.Module {
	parse := func(name string) *starlark.Builtin {
		return rt.pos(name, 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			s, ok := a[0].(starlark.String)
			if !ok {
				return nil, rt.raise("TypeError", "expected string or bytes-like object, got '%s'", typeName(a[0]))
			}
			return rt.parseVersion(string(s))
		})
	}
	return namespace("packaging", starlark.StringDict{"version": namespace("version", starlark.StringDict{
		"Version": parse("Version"), "parse": parse("parse"), "InvalidVersion": rt.classes["InvalidVersion"],
	})})
}
