package check

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// growing are scripts of any length: a beginning, and lines that come again and again, with $ for the number and $$ for the one before.
var growing = map[string]struct{ head, lines, tail string }{
	"statements":      {lines: "machine.succeed('echo $')\n"},
	"functions":       {lines: "def f$(x):\n    return x + 1\nprint(f$($))\n"},
	"function chain":  {head: "def f(x):\n    return x\nf0 = f\n", lines: "def f$(x):\n    return f$$(x)\n", tail: "print(f9(1))\n"},
	"names":           {head: "v0 = 1\n", lines: "v$ = v$$\nprint(v$)\n"},
	"one name":        {lines: "v = machine.succeed('a')\nprint(v)\n"},
	"long function":   {head: "def f():\n", lines: "    v$ = machine.succeed('a')\n    print(v$)\n", tail: "f()\n"},
	"branches":        {lines: "v$ = 1\nif machine.is_up():\n    w$ = v$\n    print(w$)\n"},
	"elif":            {head: "x, y = machine.execute('a')\nif x == 0:\n    y = ''\n", lines: "elif x == $:\n    y = '$'\n", tail: "print(y)\n"},
	"nested branches": {head: "x = 0\n", lines: "if x == $:\n if x == 2:\n  if x == 3:\n   if x == 4:\n    v$ = 5\n    print(v$)\n"},
	"loops":           {lines: "for i$ in range(3):\n    print(i$)\n"},
	"loop":            {head: "for i in range(3):\n", lines: "    v$ = i\n    if i == $:\n        print(v$)\n"},
	"conditional":     {lines: "v$ = 1 if machine.is_up() else 'a'\nprint(v$)\n"},
	"sum":             {head: "v = (0\n", lines: "  + $\n", tail: ")\nprint(v)\n"},
	"list":            {head: "v = [\n", lines: "  {'a': $, 'b': ['x', None]},\n", tail: "]\nprint(v)\n"},
	"appends":         {head: "v = []\n", lines: "v.append(($, 'x'))\n", tail: "print(v)\n"},
	"comments":        {lines: "# gotest: ignore[unused-variable]\n", tail: "x = 1\n"},
	"undefined":       {lines: "some_helper_$(other$)\n"},
	"misspelt":        {lines: "def helper_$():\n    pass\nhelpr_$()\n"},
	"expected":        {lines: "t.assertRaises(Error, lambda: machine.succeed('$') == 1)\n"},
	"aliases":         {lines: "up$ = machine.is_up\nassert(up$ == True)\n"},
	"lost formats":    {lines: "def f$(name):\n    machine.succeed('{name} {other}')\n"},
	"decorators":      {lines: "@polling_condition\ndef f$():\n    return machine.is_up()\n"},
}

func grown(shape string, n int) []byte {
	s := growing[shape]
	var b strings.Builder
	b.WriteString("machine: Machine\n" + s.head)
	for i := 1; i <= n/strings.Count(s.lines, "\n"); i++ {
		text := strings.ReplaceAll(s.lines, "$$", fmt.Sprint(i-1))
		b.WriteString(strings.ReplaceAll(text, "$", fmt.Sprint(i)))
	}
	b.WriteString(s.tail)
	return []byte(b.String())
}

// BenchmarkGrowth shows that the time for a line does not depend on the length of the script.
func BenchmarkGrowth(b *testing.B) {
	for _, shape := range sortedKeys(growing) {
		for _, n := range []int{1000, 16000} {
			src := grown(shape, n)
			b.Run(fmt.Sprintf("%s/%d", shape, n), func(b *testing.B) {
				for b.Loop() {
					File(context.Background(), Config{}, "long.star", src)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/line")
			})
		}
	}
}
