package bridge_test

import (
	"strings"
	"testing"
)

// Subtests that are skipped, or fail as expected, end alone; with KeepGoing those that fail do, too.
func TestSubtestsThatEndAlone(t *testing.T) {
	for name, c := range map[string]struct {
		src       string
		keepGoing bool
		print     string
		skipped   string
		failures  []string // "subtest: message, place"
	}{
		"skipped": {src: `
import unittest
with subtest("call"):
    skip("no disk")
with subtest("exception"):
    with subtest("inner"):
        with log.nested("n"):
            raise unittest.SkipTest("no net")
    print("goes on")
with subtest("unittest"):
    t.skipTest("later")
def f():
    with subtest("function"):
        skip("f")
        return 1
print(f())
`, print: "skipped: call\nskipped: inner\ngoes on\npassed: exception\nskipped: unittest\nskipped: function\nNone"},
		"a waiting function": {src: "with subtest('s'):\n    retry(lambda last: skip('x'))\nprint('on')\n", print: "skipped: s\non"},
		"the whole script":   {src: "import unittest\nprint(1)\nskip('no KVM')\nprint(2)\n", print: "1", skipped: "no KVM"},
		"by an exception":    {src: "import unittest\nraise unittest.SkipTest('no KVM')\n", skipped: "no KVM"},
		"caught":             {src: "import unittest\ntry:\n    skip('x')\nexcept unittest.SkipTest as e:\n    print(e)\n", print: "x"},
		"fails as expected": {src: `
with subtest("a"):
    xfail("bug 7")
    server.succeed("false")
with subtest("b"):
    xfail("bug 8")
    assert False
print("on")
`, print: "expected-failure: a\nexpected-failure: b\non"},
		"passes unexpectedly": {src: "with subtest('a'):\n    xfail('bug 7')\nprint('not reached')\n", print: "failed: a",
			failures: []string{"a: unexpectedly passed, although it was expected to fail: bug 7, main.py:1 in : with subtest('a'):"}},
		"a mistake": {src: "with subtest('a'):\n    xfail('bug 7')\n    {}['x']\n", print: "failed: a",
			failures: []string{"a: KeyError: 'x', main.py:3 in : {}['x']"}},
		"keeps going": {keepGoing: true, src: `
def f():
    with subtest("a"):
        with subtest("inner"):
            t.assertEqual(1, 2)
f()
with subtest("b"):
    xfail("bug")
with subtest("c"):
    {}["x"]
with subtest("d"):
    pass
assert 1 == 2, "last"
`, print: "failed: inner\nfailed: a\nfailed: b\nfailed: c\npassed: d", failures: []string{
			"a / inner: 1 != 2, main.py:5 in f: t.assertEqual(1, 2)",
			"b: unexpectedly passed, although it was expected to fail: bug, main.py:7 in : with subtest(\"b\"):",
			"c: KeyError: 'x', main.py:10 in : {}[\"x\"]",
			": last, main.py:13 in : assert 1 == 2, \"last\"",
		}},
		"keeps going to the end":  {keepGoing: true, src: "with subtest('a'):\n    fail()\nprint('on')\n", print: "failed: a\non", failures: []string{"a: NameError: name 'fail' is not defined, main.py:2 in : fail()"}},
		"an exit ends the script": {keepGoing: true, src: "with subtest('a'):\n    raise SystemExit(2)\nprint('not reached')\n", print: "failed: a", failures: []string{"a: exit(2), main.py:2 in : raise SystemExit(2)"}},
		"not after a failure":     {keepGoing: true, src: "with subtest('a'):\n    assert False\nskip('rest')\n", print: "failed: a", failures: []string{"a: assertion failed: False, main.py:2 in : assert False"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := scriptWith(c.src, nil)
			p.keepGoing = c.keepGoing
			p.run(t)
			var got []string
			for _, e := range p.failures {
				got = append(got, strings.Join(e.Subtests, " / ")+": "+e.Message+", "+place(e))
			}
			if strings.Join(got, "\n") != strings.Join(c.failures, "\n") {
				t.Errorf("failures\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.failures, "\n"))
			}
			if p.heard.printed() != c.print {
				t.Errorf("it prints\n%s\nwant\n%s", p.heard.printed(), c.print)
			}
			if (p.skipped == nil) != (c.skipped == "") || p.skipped != nil && p.skipped.Reason != c.skipped {
				t.Errorf("skipped: %v, want %q", p.skipped, c.skipped)
			}
		})
	}
}
