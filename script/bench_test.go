package script

import (
	"testing"

	"go.starlark.net/starlark"
)

// BenchmarkStart is a script that does nothing: it measures the time before a script's first line.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		opts, _ := options("for i in range(3):\n    server.name\n")
		if err := Run(b.Context(), opts); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCall measures the cost of a call of a bound method without its work.
func BenchmarkCall(b *testing.B) {
	opts, _ := options("def f(n: int):\n    for i in range(n):\n        server.execute('x', timeout = 5)\n")
	p, err := Compile(opts)
	if err != nil {
		b.Fatal(err)
	}
	if err := p.Run(b.Context()); err != nil {
		b.Fatal(err)
	}
	st, stop := p.rt.newState(b.Context(), "bench")
	defer stop()
	p.rt.take(st)
	defer p.rt.turn.Unlock()
	if _, err := starlark.Call(st.thread, p.Globals()["f"], starlark.Tuple{starlark.MakeInt(b.N)}, nil); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkBytecode is plain computing, which the turns must not slow down.
func BenchmarkBytecode(b *testing.B) {
	opts, _ := options("def f(n):\n    x = 0\n    for i in range(n):\n        x += i\n")
	p, err := Compile(opts)
	if err != nil {
		b.Fatal(err)
	}
	if err := p.Run(b.Context()); err != nil {
		b.Fatal(err)
	}
	st, stop := p.rt.newState(b.Context(), "bench")
	defer stop()
	p.rt.take(st)
	defer p.rt.turn.Unlock()
	if _, err := starlark.Call(st.thread, p.Globals()["f"], starlark.Tuple{starlark.MakeInt(b.N)}, nil); err != nil {
		b.Fatal(err)
	}
}
