package script

import "testing"

func TestSubtestEndsAsItsBodyDid(t *testing.T) {
	for name, c := range map[string]struct{ src, log string }{
		"both forms": {`
for _ in subtest("loop"):
    print("in loop")
print(subtest("call", lambda: server.succeed("x")))
`, `
loop
  - in loop
passed loop
call
  must succeed: x
  passed must succeed: x
passed call
- x
`},
		"return and break": {`
def f():
    for _ in subtest("outer"):
        for _ in subtest("inner"):
            return 1
f()
for _ in subtest("b"):
    break
print("after")
`, `
outer
  inner
  passed inner
passed outer
b
passed b
- after
`},
		"error of a builtin": {`
for _ in subtest("outer"):
    for _ in subtest("inner"):
        server.succeed("false")
`, `
outer
  inner
    must succeed: false
    failed must succeed: false
  failed inner
failed outer
`},
		"error of the interpreter": {`
for _ in subtest("outer"):
    for _ in subtest("inner"):
        [][1]
`, `
outer
  inner
  failed inner
failed outer
`},
		"error after a return": {`
def f():
    for _ in subtest("fine"):
        return 1
for _ in subtest("broken"):
    f() + ""
`, `
broken
  fine
  passed fine
failed broken
`},
		"error in a called function": {`
def f():
    for _ in subtest("inner"):
        {}["x"]
subtest("outer", f)
`, `
outer
  inner
  failed inner
failed outer
`},
		"what a subtest changed is undone at its end": {`
for _ in subtest("net"):
    server.block()
    for _ in subtest("inner"):
        server.block()
    print("x")
server.block()
print("y")
`, `
net
  inner
    - unblocked
  passed inner
  - x
  - unblocked
passed net
- y
- unblocked
`},
	} {
		t.Run(name, func(t *testing.T) { mustLog(t, run(t, c.src), c.log) })
	}
}

func TestFailedSubtestsAreNamed(t *testing.T) {
	e := run(t, `
def f():
    for _ in subtest("fine"):
        return 1
for _ in subtest("a"):
    f() + ""
`).failure(t)
	if len(e.Subtests) != 1 || e.Subtests[0] != "a" {
		t.Errorf("failed in %q, want a", e.Subtests)
	}
}
