package bridge_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/bridge"
	"github.com/gotest-driver/gotest-driver/script/check"
)

// found returns the findings of a script, a line each: place, code and the words there.
func found(t *testing.T, cfg check.Config, src string) string {
	t.Helper()
	path := t.TempDir() + "/x.py"
	write(t, path, src)
	list, _, err := bridge.File(t.Context(), bridge.Options{Script: path, Source: []byte(src)}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return shown(src, list)
}

func shown(src string, list []check.Finding) string {
	var lines []string
	for _, f := range list {
		line := fmt.Sprintf("%d:%d %s `%s`", f.Start.Line, f.Start.Column, f.Code, src[f.Range.Start:f.Range.End])
		if _, hint, ok := strings.Cut(f.Hint, "did you mean "); ok {
			line += " " + hint
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// Mistakes are found at their places.
func TestCheck(t *testing.T) {
	cfg := check.Config{Machines: map[string]string{"server": "QemuMachine"}, Guests: []string{"tiny", "debian"}}
	for src, want := range map[string]string{
		"with subtest('é'): server.wait_for_open_port('ssh')\n":                               "1:46 argument-type `'ssh'`",
		"server.succeed('é', tiemout=3)\n":                                                    "1:21 unknown-argument `tiemout=3` `timeout`?",
		"server.wait_for_unti('x')\n":                                                         "1:8 unknown-attribute `wait_for_unti` `wait_for_unit`?",
		"client.start()\n":                                                                    "1:1 unknown-machine `client`",
		"status, out = server.succeed('x')\n":                                                 "1:1 unpack-count `status, out`",
		"a, b, c = server.execute('x')\n":                                                     "1:1 unpack-count `a, b, c`",
		"server.execute('x').strip()\n":                                                       "1:21 unknown-attribute `strip`",
		"server.succeed('x').strp()\n":                                                        "1:21 unknown-attribute `strp` `strip`?",
		"m = create_machine(guest='debain')\nm.strat()\n":                                     "1:26 argument-value `'debain'` `debian`?\n2:3 unknown-attribute `strat` `start`?",
		"for m in machines:\n    m.wait_for_unit()\n":                                         "2:7 missing-argument `wait_for_unit`",
		"server.wait_for_text('(')\nserver.send_key('retrn')\n":                               "1:22 invalid-regex `'('`\n2:17 unknown-key `'retrn'`",
		"import re\nre.search('[', 'x')\n":                                                    "2:1 useless-statement `re.search('[', 'x')`\n2:11 invalid-regex `'['`",
		"server.execute('a', True, True, 3, 4)\n":                                             "1:36 surplus-argument `4`",
		"server.wait_for_unit('a', unit='b')\n":                                               "1:27 repeated-argument `unit='b'`",
		"def f():\n    return missing\n":                                                      "2:12 undefined-name `missing`",
		"def f():\n    x = 1\nprint(x)\n":                                                     "3:7 undefined-name `x` `f`?",
		"if server.succeed('x') > 3:\n    pass\n":                                             "1:4 operand-type `server.succeed('x') > 3`",
		"print('x' + server.execute('y'))\n":                                                  "1:7 operand-type `'x' + server.execute('y')`",
		"print('%s %s' % server.name)\n":                                                      "1:7 format-string `'%s %s' % server.name`",
		"server.shutdown\nsubtest('x')\n":                                                     "1:8 not-called `shutdown`\n2:1 useless-statement `subtest('x')`",
		"vlan1.partition([server])\nvlan1.bogus()\n":                                          "2:7 unknown-attribute `bogus`",
		"retry(lambda last: True, timeout_secs=3)\n":                                          "1:26 unknown-argument `timeout_secs=3` `timeout_seconds`?",
		"t.assertEqual(1)\nt.assetEqual(1, 1)\nt.assertRegex('x', '(')\n":                     "1:3 missing-argument `assertEqual`\n2:3 unknown-attribute `assetEqual` `assertEqual`?\n3:20 invalid-regex `'('`",
		"out = server.succeed('x')\nout.strp()\nout.strip(1, 1)\nout.split(3)\n":              "2:5 unknown-attribute `strp` `strip`?\n3:1 useless-statement `out.strip(1, 1)`\n3:14 surplus-argument `1`\n4:1 useless-statement `out.split(3)`\n4:11 argument-type `3`",
		"status, out = server.execute('x')\nfor line in out.splitlines():\n    line.splt()\n": "3:10 unknown-attribute `splt` `split`?",
		"for m in [server, server]:\n    m.strat()\n":                                         "2:7 unknown-attribute `strat` `start`?",
		"names = [x.nme for x in machines]\n":                                                 "1:12 unknown-attribute `nme` `name`?",
		"import json, shlex\njson.decode('x')\nshlex.quote()\nshlex.quote(3)\n":               "2:6 unknown-attribute `decode` `decoder`?\n3:7 missing-argument `quote`\n4:13 argument-type `3`",
		"def f(m: Machine, n: 'list[Machine]') -> Machine:\n    m.strat()\n    return m\nf(server, []).strat()\n": "2:7 unknown-attribute `strat` `start`?\n4:15 unknown-attribute `strat` `start`?",
		"\ufeff# x\f\u2028\r\nserver.strat()\r\n": "2:8 unknown-attribute `strat` `start`?",
		"assert server.execute('a') == 0\nassert 'x' in server.execute('a')\nassert server.succeed('a') != 1\n":                          "1:8 impossible-comparison `server.execute('a') == 0`\n2:8 impossible-comparison `'x' in server.execute('a')`\n3:8 impossible-comparison `server.succeed('a') != 1`",
		"s, o = server.execute('a')\nassert s == '0' and 3 in o.splitlines()\nt.assertEqual(s, '0')\nif server == 'server':\n    pass\n": "2:8 impossible-comparison `s == '0'`\n2:21 impossible-comparison `3 in o.splitlines()`\n3:1 impossible-comparison `t.assertEqual(s, '0')`\n4:4 impossible-comparison `server == 'server'`",
		"if server.is_up and not server.is_up:\n    print(1 if server.is_up else 2, '%s' % server.get_screen_text)\n":                    "1:11 not-called `is_up`\n1:32 not-called `is_up`\n2:23 not-called `is_up`\n2:51 not-called `get_screen_text`",
		"t.assertTrue(server.is_up)\nretry(lambda last: server.is_up)\nserver.succeed(server.get_screen_text)\nserver.execute.x\n":       "1:21 not-called `is_up`\n2:27 not-called `is_up`\n3:23 not-called `get_screen_text`\n4:8 not-called `execute`",
		"if server.wait_for_unit('x'):\n    pass\nx = server.start()\nx.strip()\nprint(len(server.start()), server.start())\n":           "1:4 none-value `server.wait_for_unit('x')`\n3:5 no-return-value `server.start()`\n4:3 unknown-attribute `strip`\n5:11 none-value `server.start()`\n5:28 no-return-value `server.start()`",
		"def f(last):\n    server.succeed('x')\nretry(f)\nretry(lambda last: server.start())\nretry(5)\n":                                "3:7 none-value `f`\n4:20 none-value `server.start()`\n5:7 argument-type `5`",
		"server.sleep(60_000)\nserver.wait_for_unit('x', timeout=10 * 9000)\nserver.send_key('ret', delay=50)\nserver.sleep(-1)\n":       "1:14 unlikely-duration `60_000`\n2:35 unlikely-duration `10 * 9000`\n3:30 unlikely-duration `50`\n4:14 argument-value `-1`",
		"server.wait_for_open_port(80443)\nserver.click_text('x', 'centre')\nname = 'x'\nserver.succeed('id {name}')\n":                  "1:27 argument-value `80443`\n2:24 argument-value `'centre'`\n4:16 lost-format `'id {name}'`",
		"server.execute('a')[2]\nserver.execute('a')['x']\nserver.booted[0]\nserver.name()\nfor x in 5:\n    pass\n":                     "1:21 subscript-type `2`\n2:21 subscript-type `'x'`\n3:8 subscript-type `booted`\n4:8 not-callable `name`\n5:10 not-iterable `5`",
		"print('%s' % (1, 2), '{} {}'.format(1), '%d' % 'x')\nserver.succeed('x').strip()\nserver.succeed('x') == 'y'\nserver.is_up()\n": "1:7 format-string `'%s' % (1, 2)`\n1:22 format-string `'{} {}'.format(1)`\n1:41 format-string `'%d' % 'x'`\n2:1 useless-statement `server.succeed('x').strip()`\n3:1 useless-statement `server.succeed('x') == 'y'`\n4:1 useless-statement `server.is_up()`",

		"import datetime as dt\nserver.wait_for_open_port(dt.timedelta(1), timeout=dt.timedelta(1))\nserver.sleep('3')\n": "2:27 argument-type `dt.timedelta(1)`\n3:14 argument-type `'3'`",
		"from datetime import timedelta as d\nx = d(hours=1)\nserver.forward_port(x, d(1))\nserver.sleep(x)\n":            "3:21 argument-type `x`\n3:24 argument-type `d(1)`",
		"import datetime\nserver.sleep(datetime.timedelt(1))\n":                                                           "2:23 unknown-attribute `timedelt` `timedelta`?",

		"server.wait_until_succeeds('curl http://x/')\nserver.succeed('a &')\nserver.wait_until_succeeds('systemctl is-active x')\n": "1:28 curl-without-fail `'curl http://x/'`\n2:16 background-job `'a &'`\n3:28 polling-unit-state `'systemctl is-active x'`",
		"server.sleep(3)\nserver.succeed('cat x')\ndef f():\n    server.sleep(3)\n    x = server.get_screen_text()\n    print(x)\n":  "1:1 sleep-instead-of-wait `server.sleep(3)`\n4:5 sleep-instead-of-wait `server.sleep(3)`",
		"up = server.is_up()\nif up:\n    x = 1\nprint(x)\nprint(x)\n":                                                               "4:7 maybe-unset `x`",
		"if server.booted:\n    x = 1\nelif server.pid:\n    pass\nelse:\n    x = 2\nprint(x)\n":                                     "7:7 maybe-unset `x`",
		"for i in range(3):\n    if i:\n        x = i\n        break\nprint(x)\n":                                                    "5:7 maybe-unset `x`",
		"def f(a):\n    if a:\n        y = 1\n    while a:\n        a -= y\n    return a\nf(1)\n":                                    "5:14 maybe-unset `y`",
		"with subtest('x'):\n    if server.booted:\n        with subtest('y'):\n            z = 1\n    server.sleep(z)\n":            "5:18 maybe-unset `z`",

		"def f(a, b=1, *, c):\n    return a\nf()\nf(1, 2, 3, c=1)\nf(1, c=2, d=3)\nf.result\n":                                                                               "3:1 missing-argument `f`\n4:9 surplus-argument `3`\n5:11 unknown-argument `d=3` `a`?\n6:1 not-called `f`",
		"def f(m):\n    m.strat()\nf(server)\ndef g(xs):\n    for x in xs:\n        x.strat()\ng([server])\n":                                                                "2:7 unknown-attribute `strat` `start`?\n6:11 unknown-attribute `strat` `start`?",
		"def f(x):\n    return server.succeed(x).strip()\ndef g():\n    return f('x').lines()\ng().size\nint(f('y')) - 'z'\n":                                                "4:19 unknown-attribute `lines`\n6:1 operand-type `int(f('y')) - 'z'`",
		"import json\nd = json.loads(server.succeed('x'))\nd['a'].length\nd['a'](0)\nfor e in d:\n    e[0].trim()\njson.loads(server.execute('x'))\n":                        "3:8 unknown-attribute `length`\n4:1 not-callable `d['a']`\n6:10 unknown-attribute `trim`\n7:12 argument-type `server.execute('x')`",
		"print(x)\nx = 1\ndef f():\n    y = z\n    z = y\n    return z\nf()\n":                                                                                               "1:7 used-before-set `x`\n4:9 used-before-set `z`",
		"def f():\n    if server.is_up():\n        return\n    return 'x'\nprint(f())\ndef g() -> str:\n    return 1.5\n":                                                    "3:9 return-without-value `return`\n7:12 return-type `1.5`",
		"sorted([1], reversed=True)\nlen('x', 1)\nsorted(5)\nrange('3')\nint([1])\nx = [1].append(2)\nmax([1], kye=len)\n":                                                   "1:13 unknown-argument `reversed=True` `reverse`?\n2:10 surplus-argument `1`\n3:8 not-iterable `5`\n4:7 argument-type `'3'`\n5:5 argument-type `[1]`\n6:5 no-return-value `[1].append(2)`\n7:10 unknown-argument `kye=len` `key`?",
		"with subtest:\n    pass\nfor i, m in [server, server]:\n    pass\nfor n, x in enumerate([server]):\n    x.strat()\n":                                                "1:6 not-called `subtest`\n3:5 unpack-count `i, m`\n6:7 unknown-attribute `strat` `start`?",
		"nodes = {'a': server}\nfor name, n in nodes.items():\n    n.strat()\nfor n in nodes.values():\n    n.strat()\nfor n in [x for x in machines][1:]:\n    n.strat()\n": "3:7 unknown-attribute `strat` `start`?\n5:7 unknown-attribute `strat` `start`?\n7:7 unknown-attribute `strat` `start`?",
		"up = server.is_up\nassert up == True\nlen(up)\ndef f(x: Missing) -> Gone:\n    y: Absent = x\n    return y\nm: Machne\nassert f in 5\n":                             "1:13 not-called `is_up`\n4:10 undefined-name `Missing`\n4:22 undefined-name `Gone` `None`?\n7:4 undefined-name `Machne` `Machine`?\n8:8 operand-type `f in 5`",
		"create_machine(vlans='x')\na = {'b': 1}\nserver.succeed(\"echo {a['b']}\")\n":                                                                                       "1:22 argument-type `'x'`\n3:16 lost-format `\"echo {a['b']}\"`",

		"class E(Exception):\n    pass\ntry:\n    server.strat()\nexcept E:\n    pass\n": "4:12 unknown-attribute `strat` `start`?",

		"x = 1 +\n": "1:8 syntax-error `\n`",
		"server: Machine\nserver.start()\nother: Machine\nother.strat()\n": "4:7 unknown-attribute `strat` `start`?",
	} {
		if got := found(t, cfg, src); got != strings.ReplaceAll(want, "`\n`", "``") {
			t.Errorf("%s\n%s\nwant\n%s", src, got, want)
		}
	}
}

// Correct code, and code that can't be judged, has no finding.
func TestCheckKeepsQuiet(t *testing.T) {
	cfg := check.Config{Machines: map[string]string{"server": "QemuMachine", "client": "NspawnMachine"}, VLANs: []int{1}}
	for _, src := range []string{
		"from datetime import timedelta\nfrom test_driver.errors import MachineError\nserver.wait_for_unit('x', timeout=timedelta(minutes=1))\nretry(lambda last: True, timedelta(1))\nserver.wait_for_open_port('22', timeout=3)\nserver.mine = 1\nprint(server.mine)\n@polling_condition(seconds_interval=timedelta(1))\ndef c():\n    pass\nprint(MachineError, driver.out_dir / 'x', server.state_dir.name, c.condition.description, driver.config.vms)\n",
		"server.log('x')\nwith server.nested('x'), log.nested('y'):\n    log.info(1)\nprint(os.environ, machines[0].name, vlans, vlan1, driver.name)\n",
		"from gotest import *\nimport gotest\ndef f(m: Machine) -> None:\n    m.succeed('x', timeout=3)\nf(server)\n",
		"server = object()\nserver.anything(1, 2)\n",
		"from elsewhere import *\nwhatever(1)\n",
		"try:\n    thing\nexcept NameError:\n    thing = 1\n",
		"def f():\n    global late\n    late = 1\nf()\nprint(late)\n",
		"match server.execute('x'):\n    case (0, out):\n        print(out)\n    case {'a': 1, **rest}:\n        print(rest)\n    case [*more]:\n        print(more)\n",
		"xs = [y for y in range(3) if (z := y)]\nprint(xs, z, __file__, __name__)\n",
		"class A:\n    x = 1\n    def f(self):\n        return __class__, self.x\nprint(A().f())\n",
		"import datetime, pathlib\nserver.sleep(datetime.timedelta(seconds=1))\nserver.copy_from_host(pathlib.Path('a'), 'b')\nserver.sleep(1.5)\nserver.send_key('ctrl-alt-delete', delay=None)\n",
		"@polling_condition\ndef c():\n    return True\n@polling_condition(seconds_interval=1)\ndef d():\n    return True\nwith c, d:\n    c.wait(timeout=3)\n",
		"print('%d %%' % 3, '%s' % server.name, '%(a)s' % {'a': 1})\n",
		"t.assertEqual(1, 1)\nwith t.assertRaises(Exception):\n    server.fail('x')\nargs = ()\nserver.succeed(*args)\nserver.wait_for_unit(**{'unit': 'x'})\n",
		"driver.start_all()\nprint(driver.machines_qemu, isinstance(server, QemuMachine))\nraise MachineError('x')\n",
		"import json as j, time\nfrom re import search as s\ns('x', 'y')\nj.loads('{}', object_hook=dict, anything=1)\ntime.sleep(1)\nprint(time.time().is_integer())\n",
		"class A:\n    print(__qualname__, __module__)\n    def f(self):\n        x: Missing = 1\n        return x\n",
		"from helper import *\n@retry(stop=3)\ndef f():\n    log.shout('x')\n",
		"t.assertRaises(TypeError, lambda: retry(1, 2, 3, 4))\ndef expect(x):\n    pass\nwith expect(TypeError):\n    retry(1, 2, bogus=1)\n",
		"import sys\nif hasattr(server, 'more'):\n    server.more()\nif sys.version_info < (3, 0):\n    unicode('x')\nif 0:\n    x1\n",
		"locals()['x'] = 1\nprint(x)\n",
		"server.suceed('x')  # gotest: ignore[unknown-attribute]\n# gotest: ignore\nserver.suceed('y')\n",
		"import math\nprint(math.floor(1.5), math.atan2(1, 2), 'x'.strip())\n",
		"out = server.succeed('x')\nout = out.splitlines()\nout.append('y')\nfound = ''\nfor found in [1]:\n    found.bit_length()\n",
		"class Machine:\n    def anything(self):\n        pass\ndef f(m: Machine):\n    m.anything()\n",
		"out = server.succeed('x')\ndef f(out):\n    out.anything()\nprint('{}'.format(1, a=2), 'x'.startswith(('a', 'b'), 1))\nout.index('a', 1, 2)\n",
		"def f() -> str:\n    return 'x'\ndef g() -> str:\n    yield 'x'\nf().strip('x').upper().encode().decode()\nnext(g())\n",
		"s, o = server.execute('x')\nassert s == 0 and o == 'x' and None != o and 'x' in o and s == True and server == machines[0]\n",
		"xs = ['a']\nxs.append(1)\nassert 1 in xs and xs == [1] and xs[0] == 1\nfor x in xs:\n    print(x + 1)\n",
		"def f():\n    pass\nf.calls = 0\nassert f == f and f.calls == 0 and server.is_up == server.is_up\nprint(f, {'x': server.is_up}, server.succeed.__name__)\n",
		"if server.succeed:  # gotest: ignore[not-called]\n    pass\ndef g(done=None):\n    if done:\n        done()\ng(server.start)\n",
		"name = 'x'\nserver.succeed(f'id {name}', '${name} {{name}} {a,b} %{name}', '{name}'.format(name=name))\n'{:>5} {0.x}'\n'%c %x' % (1, 2)\n",
		"def f(user):\n    return user\nserver.succeed('id {user}')\n",
		"retry(lambda last: server.is_up(), timeout=3600)\nserver.sleep(0.5)\nx = server.execute('x')\nassert x[0] == 0\n_ = server.start()\n",
		"print('{:d} {x.y[0]!r:>{w}}'.format(1, x=2, w=3))\n'%d %5.1f %%' % (int(server.succeed('x')), 2)\nprint('%s' % server.execute('x')[0])\n",
		"with t.assertRaises(AssertionError):\n    t.assertEqual(1, '1')\ntry:\n    assert server.execute('x') == 0\nexcept AssertionError:\n    pass\n",
		"up = server.is_up()\nif up:\n    x = 1\nif up:\n    print(x)\nprint(up and x, x if up else 0, [x for _ in range(0)], lambda: x)\n",
		"if server.booted:\n    x = 1\nelif server.pid:\n    raise Exception('y')\nelse:\n    x, z = 2, 3\nprint(x)\nif not server.booted:\n    os._exit(1)\n",
		"for i in range(3):\n    s, o = server.execute('x')\n    if s == 0:\n        break\nelse:\n    raise Exception(o)\nprint(s, o, i)\nwhile True:\n    n = 1\n    if n:\n        m = 2\n        break\nprint(m)\n",
		"try:\n    import json\n    v = json.loads('1')\nexcept ValueError:\n    v = 2\nif (w := server.pid) and v:\n    pass\nprint(v, w)\n",
		"def f(a, b=None):\n    if a:\n        b = 1\n        return b\n    return b\ndef g():\n    global count\n    if f(1):\n        count = 1\n    return count\nprint(f(1), g())\n",
		"server.sleep(3)\nserver.fail('x')\nserver.sleep(3)\nassert 'x' not in server.succeed('cat y')\nserver.sleep(1)\nserver.succeed('systemctl restart x')\nserver.sleep(1)\nout = server.succeed('cat y')\nt.assertNotIn('x', out)\nserver.sleep(2)\nserver.succeed('! grep x y')\n",
		"server.wait_until_succeeds('curl -f x')\nserver.succeed('curl x', 'a >&2 &')\nserver.wait_until_fails('curl x')\n",
		"def f(x):\n    if isinstance(x, list):\n        x.append(1)\n    return x == 3\nf('x')\ndef g(port='80'):\n    return port == 80 or port\ng()\n",
		"def f(xs):\n    xs.anything()\nprint(f)\nf('x')\ndef g(*a, b=1, **k):\n    return a, b, k\ng(1, 2, c=3)\ng(*[1], **{})\nclass A:\n    def h(self, a):\n        return a\nA().h(1)\n",
		"for i in range(3):\n    if i:\n        print(x)\n    x = i\nwhile x:\n    try:\n        y = 1\n    except ValueError:\n        continue\n    print(y)\n    x = 0\ndef f():\n    return late\nlate = 1\nf()\nprint([n for n in range(3)], lambda: later)\nlater = 2\n",
		"n = next(i for i, line in enumerate('x'.splitlines(), 1) if 'x' in line)\ntotal = sum([1], 2)\nprint(n, total, sorted([2], key=abs, reverse=True), max(1, 2), min([3], default=0))\n",
		"import json\nd = json.loads('{}')\nd.get('x', 1).bit_length()\nd['x'].upper().items\nfor k, v in d.items():\n    v.anything\n",
		"def f(unit):\n    if not unit:\n        return\n    return server.systemctl(unit)\nf('x')\ndef g() -> float:\n    return 1\ndef h() -> 'str':\n    return 1.5\n",
		"names = {'a': server}\nx = names and 'a' + 'b' * 2 or None\nn = 1\nn += 1\nn.bit_length()\nys = []\nys += 'a'\nys.append(n)\ndef x2(server):\n    server.anything()\nx2(3) if x else x2('y')\n",
		"from __future__ import annotations\ndef f(x: Missing) -> Gone:\n    return x\nnames = {'a': server}\nnames['b'] = 1\nfor n in names.values():\n    n.anything()\nup = server.is_up\nprint(up())\nretry(lambda last: up())\ngo = server.start\nparallel(go)\nprint(go)\nlog.info('{a[0]} {b}')\n",
		"async def f():\n    async with g() as h:\n        await h\nasync def g():\n    yield 1\nimport a.b.c as d, e.f\nprint(d, e)\n",
	} {
		if got := found(t, cfg, src); got != "" {
			t.Errorf("%s\n%s", src, got)
		}
	}
	// Without a configuration, a name that is used like a machine is one.
	if got := found(t, check.Config{}, "machine.start()\nfor m in [server, client]:\n    m.succeed('x')\nother.succeed('x')\nnothing(1)\n"); got != "1:1 unnamed-machine `machine`\n5:1 undefined-name `nothing`" {
		t.Error(got)
	}
}

// Without a configuration, names that are used like machines are taken for machines, but not those that a known name explains,
// and values that go to calls are not. What Nix fills in is no mistake.
func TestCheckOfTemplates(t *testing.T) {
	for src, want := range map[string]string{
		"machine.start()\n":                                                                                     "",
		"def f(server1, servr):\n    server2.start()\n":                                                         "2:5 unnamed-machine `server2`",
		"for server in machines:\n    sevrer.start()\n":                                                         "2:5 undefined-name `sevrer` `server`?",
		"mashine.start()\nmachine1.start()\nmail.start()\n":                                                     "1:1 undefined-name `mashine` `machine`?\n2:1 unnamed-machine `machine1`",
		"def f(x):\n    m = create_machine(x)\n    return m\nold.start()\nf(old)\n":                             "4:1 unnamed-machine `old`",
		"nodes = {'a': nodeA}\nfor n in nodes.values():\n    n.start()\nold_name = oldName\nold_name.start()\n": "1:15 unnamed-machine `nodeA`",
		"machine.wait_for_open_port(port)\n":                                                                    "1:28 undefined-name `port`",

		"machine.wait_for_open_port(${toString port})\nmachine.send_key('${key.name}')\nprint(f'${tool} {machine.name}')\n": "1:28 nix-value `${toString port}`",
		"  \n${setup}\nlogin(machine)\nmachine.strat()\n":                                                                   "2:1 nix-value `${setup}`\n4:9 unknown-attribute `strat` `start`?",
		"machine_${n}.start()\nmachine.${call}('x')\nprint('${a} {}'.format(1))\n":                                          "1:9 nix-value `${n}`",
		"x = ${if a then ''\n  b\n'' else \"c\"}\nprint(x.y)\nmachine.succed('${\n  lib.x\n} y')\n":                         "1:5 nix-value `${if a then ''\n  b\n'' else \"c\"}`\n5:9 unknown-attribute `succed` `succeed`?",
		"machine.succeed('echo ${HOME} ${x:-y}')  # ${a b}\nmachine.send_key('${')\n":                                       "2:18 unknown-key `'${'`",
	} {
		template := check.NewTemplate("x.py", []byte(src))
		if len(template.Source) != len(src) || strings.Count(string(template.Source), "\n") != strings.Count(src, "\n") {
			t.Errorf("%q became %q", src, template.Source)
		}
		list, _, err := bridge.File(t.Context(), bridge.Options{Script: "x.py", Source: template.Source}, check.Config{})
		if err != nil {
			t.Error(err)
		}
		if got := shown(src, template.Findings(list)); got != want {
			t.Errorf("%s\n%s\nwant\n%s", src, got, want)
		}
	}
}

// A mistake with which the script passes all the same is a warning: such scripts run with the Python driver.
func TestCheckSeverity(t *testing.T) {
	cfg := check.Config{Machines: map[string]string{"server": "QemuMachine"}}
	for src, want := range map[string]check.Severity{
		"server.shutdown\n": check.Warning, "if server.is_up:\n    pass\n": check.Warning, "print(f'{server.is_up}')\n": check.Warning,
		"if server.execute('x') == 0:\n    pass\n": check.Warning, "assert server.execute('x') != 0\n": check.Warning,
		"if server.start():\n    pass\n": check.Warning, "x = server.succeed == 'x'\n": check.Warning,
		"assert server.execute('x') == 0\n": check.Error, "t.assertEqual(server.execute('x'), 0)\n": check.Error, "assert server.start()\n": check.Error,
		"server.succeed(server.name + server.is_up)\n": check.Error, "server.execute.x\n": check.Error,
	} {
		list, _, err := bridge.File(t.Context(), bridge.Options{Script: "x.py", Source: []byte(src)}, cfg)
		if err != nil || len(list) != 1 || list[0].Severity != want {
			t.Errorf("%q: %+v, %v, want one %s", src, list, err, want)
		}
	}
}

// What Python can't compile has one error with a text, whatever Python says of it.
func TestCheckOfEndlessChains(t *testing.T) {
	src := "x = 1\nif x == 0:\n    pass\n" + strings.Repeat("elif x == 1:\n    pass\n", 20_000)
	list, _, err := bridge.File(t.Context(), bridge.Options{Script: "x.py", Source: []byte(src)}, check.Config{})
	if err != nil || len(list) > 1 || len(list) == 1 && (list[0].Code != check.SyntaxError || list[0].Message == "") {
		t.Errorf("%+v, %v", list, err)
	}
}

// The script's own modules are known before it runs: the files to watch.
func TestModules(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"x.py": "import json, a, b.c, pipe\nfrom d import e, f\n", "a.py": "import x\n", "b/__init__.py": "from . import near\nfrom .c import y\n", "b/c.py": "", "b/near.py": "x = (\n",
		"d/__init__.py": "", "d/e.py": "from ..other import z\n", "other.py": "", "unused.py": "",
	} {
		write(t, dir+"/"+name, text)
	}
	if err := unix.Mkfifo(dir+"/pipe.py", 0o600); err != nil { // nobody writes to it
		t.Fatal(err)
	}
	_, files, err := bridge.File(t.Context(), bridge.Options{Script: dir + "/x.py"}, check.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		files[i] = strings.TrimPrefix(files[i], dir+"/")
	}
	slices.Sort(files)
	if got := strings.Join(files, " "); got != "a.py b/__init__.py b/c.py b/near.py d/__init__.py d/e.py other.py x.py" {
		t.Errorf("the files are %s", got)
	}
}
