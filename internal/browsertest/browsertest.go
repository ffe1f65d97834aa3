// Package browsertest drives a real browser in tests of pages.
package browsertest

import (
	"context"
	"fmt"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Start starts a headless Chromium, or skips the test where there is none. Its context is that of a page whose faults
// Faultless reports.
func Start(t testing.TB) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("runs a browser")
	}
	var exe string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			exe = p
			break
		}
	}
	if exe == "" {
		t.Skip("needs Chromium (Debian package chromium)")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(exe), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.WSURLReadTimeout(2*time.Minute), chromedp.WindowSize(1400, 900))
	ctx, cancel := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("closing the browser: %v", err)
		}
		cancel()
	})
	Do(t, ctx, "start", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: `window.faults = []; addEventListener("error", (e) => faults.push(e.message)); addEventListener("unhandledrejection", (e) => faults.push(String(e.reason)));
				document.addEventListener("securitypolicyviolation", (e) => faults.push("policy: " + e.violatedDirective));`})
		return err
	}))
	ctx, cancel = context.WithTimeout(ctx, 15*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// Faultless fails the test when the page's program failed.
func Faultless(t testing.TB, ctx context.Context) {
	t.Helper()
	if got := Ask[[]string](t, ctx, "window.faults"); len(got) > 0 {
		t.Errorf("the page's program failed: %v", got)
	}
}

// Do runs steps in the page.
func Do(t testing.TB, ctx context.Context, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// Ask returns the value of an expression in the page.
func Ask[T any](t testing.TB, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// Until waits for an expression in the page to be true.
func Until(t testing.TB, ctx context.Context, expression string) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		// While a page opens, the evaluation may fail.
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression)); err == nil && ok {
			return
		}
	}
	t.Fatalf("%s: not so after 2 min:\n%s", expression, Ask[string](t, ctx, "document.body.innerText"))
}

// Enter puts text into a field.
func Enter(t testing.TB, ctx context.Context, id, text, event string) {
	t.Helper()
	Ask[bool](t, ctx, fmt.Sprintf(`(() => { const e = document.getElementById(%q); e.value = %q; e.dispatchEvent(new Event(%q)); return true; })()`, id, text, event))
}

// Later waits until the page has run its timers of 120 ms and painted its frames.
func Later(t testing.TB, ctx context.Context) {
	t.Helper()
	Ask[bool](t, ctx, `new Promise((ok) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => ok(true)))), 150))`)
}
