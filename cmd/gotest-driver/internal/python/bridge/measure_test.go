package bridge_test

import (
	"fmt"
	"testing"
	"time"
)

// A result of 20 MB arrives completely; the time is logged.
func TestBigResult(t *testing.T) {
	p := &program{files: map[string]string{"main.py": `
import time
text = server.succeed("big 16")
start = time.monotonic()
text = server.succeed("big 20000000")
print(time.monotonic() - start)
assert len(text) == 20000000 and text[-16:] == "0123456789abcde\n"
assert len(server.succeed("x" * 3_000_000)) == 3_000_000
`}}
	if e := p.run(t); e != nil {
		t.Fatal(e)
	}
	var seconds float64
	if _, err := fmt.Sscan(p.heard.printed(), &seconds); err != nil {
		t.Error(err)
	}
	t.Logf("20 MB took %s", time.Duration(seconds*float64(time.Second)))
}

// BenchmarkCall measures the time that the bridge adds to a call.
func BenchmarkCall(b *testing.B) {
	p := &program{files: map[string]string{"main.py": fmt.Sprintf(`
import time
def measure(what, n):
    start = time.perf_counter()
    for _ in range(n):
        what()
    print((time.perf_counter() - start) / n * 1e6)
measure(lambda: server.succeed("true"), %d)
`, b.N)}}
	if e := p.run(b); e != nil {
		b.Fatal(e)
	}
	var micros float64
	if _, err := fmt.Sscan(p.heard.printed(), &micros); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(micros, "µs/call")
}
