package python

import "testing"

// TestPackagingVersion: the order of PEP 440. CPython's library has no such module to compare with.
func TestPackagingVersion(t *testing.T) {
	src := `from packaging.version import Version, parse, InvalidVersion
order = "1.0.dev1 1.0a1.dev1 1.0a1 1.0a2 1.0b1 1.0rc1 1.0 1.0+abc 1.0+5 1.0.post1.dev2 1.0.post1 1.0.1 1.2 1.10 2.0 1!0.1".split()
vs = [Version(s) for s in order]
assert [str(v) for v in sorted(reversed(vs))] == order
assert all(vs[i] < vs[i + 1] and vs[i + 1] >= vs[i] and vs[i] != vs[i + 1] for i in range(len(vs) - 1))
assert Version("1.0") == Version("1.0.0") and Version("8.2.10") > Version("8.2.9")
assert parse("v1.2.3").major == 1 and Version("1.2").micro == 0 and Version("3.4.5").release == (3, 4, 5)
assert str(Version("1.0-ALPHA.1")) == "1.0a1" and Version("1.2-3").base_version == "1.2" and Version("1.2rc1").is_prerelease
try:
    Version("nope")
except InvalidVersion as e:
    print(e)
`
	got, _ := runLowered("x.py", src)
	if got.class != "" || got.out != "Invalid version: 'nope'\n" {
		t.Errorf("ends with %q (%v) and prints %q", got.class, got.err, got.out)
	}
}
