package pycheck

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gotest-driver/gotest-driver/check"
)

// TestFile: errors are found at their places in the Python file, also behind what is lowered to longer or shorter text.
func TestFile(t *testing.T) {
	cfg := check.Config{Machines: map[string]string{"server": check.KindQEMU}}
	for src, want := range map[string]string{
		"import json\nwith subtest(\"é\"):\n    server.wait_for_open_port(\"22\")\n":              "x.py:3:31 argument-type `\"22\"`",
		"def f(x):\n    return f\"{x!r}\" + server.succeed(\"a\", tiemout=3)\n":                   "x.py:2:43 unknown-argument `tiemout`",
		"try:\n    server.succeed(\"x\")\nexcept Exception as e:\n    print(e)\nclient.start()\n": "x.py:5:1 unknown-machine `client`",
		"server.wait_for_unti(\"x\")\n": "x.py:1:1 syntax-error `server`",
		"async def f():\n    pass\n":    "x.py:1:1 syntax-error `async`",
		"if True:\nserver.start()\n":    "x.py:2:1 syntax-error `server`",
		"start_all()\nserver.wait_for_unit(\"a.service\")\nassert \"a\" in server.succeed(\"cat a\")\n": "",
	} {
		var got []string
		for _, f := range File(t.Context(), cfg, "x.py", []byte(src)) {
			got = append(got, fmt.Sprintf("%s:%d:%d %s `%s`", f.File, f.Start.Line, f.Start.Column, f.Code, src[f.Range.Start:f.Range.End]))
		}
		if s := strings.Join(got, "\n"); s != want {
			t.Errorf("%s\n%s\nwant %s", src, s, want)
		}
	}
}
