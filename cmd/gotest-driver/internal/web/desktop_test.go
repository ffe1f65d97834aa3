package web

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/coder/websocket"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/internal/browsertest"
	"github.com/gotest-driver/gotest-driver/machine"
)

// TestDesktop: a person uses a machine in the browser. One boot serves all parts.
func TestDesktop(t *testing.T) {
	ctx := browsertest.Start(t)
	o := open(t, "")
	d, err := driver.New(t.Context(), driver.Options{OutDir: t.TempDir(), Log: o.log, Config: &driver.Config{VMs: map[string]driver.MachineConfig{
		"desk": {Name: "desk", Guest: "desktop", QEMUOptions: []string{"-device", "virtio-tablet-pci"}}, "other": {Name: "other", Guest: "tiny"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	o.SetDriver(d)
	o.visit(t, ctx)
	browsertest.Until(t, ctx, `document.querySelectorAll(".tile").length === 2 && document.querySelector(".tile .state").textContent === "stopped"`)
	desk := d.Machines()[0]
	if err := desk.Start(t.Context(), machine.StartConfig{}); err != nil {
		t.Fatal(err)
	}
	if err := desk.WaitForX(t.Context(), machine.Wait{Timeout: 10 * time.Minute}); err != nil {
		t.Fatal(err)
	}
	if _, err := desk.WaitUntilSucceeds(t.Context(), "pgrep -x twm", machine.Wait{Timeout: 5 * time.Minute}); err != nil {
		t.Fatal(err)
	}
	const reads = `touch /tmp/reads; IFS= read -r line; printf %s "$line" > /tmp/line; mv /tmp/line /tmp/typed; sleep 10000`
	const xterm = "DISPLAY=:0 setsid xterm -geometry 150x45+20+40 -T marker -e bash -c '" + reads + "' > /dev/null 2>&1 < /dev/null & exit 0"
	if _, err := desk.Succeed(t.Context(), xterm, 0); err != nil {
		t.Fatal(err)
	}
	if err := desk.WaitForFile(t.Context(), "/tmp/reads", machine.Wait{Timeout: 5 * time.Minute}); err != nil {
		t.Fatal(err)
	}
	browsertest.Until(t, ctx, `document.querySelector("[data-machine=desk] img")?.naturalWidth >= 640 && document.querySelector("[data-machine=desk] .state").textContent === "up"`)
	if d.Machines()[1].Booted() {
		t.Error("looking has started the other machine")
	}

	t.Run("keyboard and pointer", func(t *testing.T) {
		browsertest.Do(t, ctx, "open the machine", chromedp.Click(`[data-machine=desk] .screen`))
		browsertest.Until(t, ctx, `document.activeElement.classList.contains("bigscreen") && document.querySelector(".bigscreen img") !== null`)
		browsertest.Do(t, ctx, "click", chromedp.Click(`.bigscreen img`))
		const focus = "[ $(DISPLAY=:0 xdotool getwindowfocus getwindowname) = marker ]"
		if _, err := desk.WaitUntilSucceeds(t.Context(), focus, machine.Wait{Timeout: time.Minute}); err != nil {
			t.Fatal(err)
		}
		browsertest.Do(t, ctx, "type", chromedp.KeyEvent("echo Hello > by-hand"+kb.Enter))
		if err := desk.WaitForFile(t.Context(), "/tmp/typed", machine.Wait{Timeout: time.Minute}); err != nil {
			t.Fatal(err)
		}
		if out, err := desk.Succeed(t.Context(), "cat /tmp/typed", 0); err != nil || out != "echo Hello > by-hand" {
			t.Errorf("%q, %v", out, err)
		}
		browsertest.Until(t, ctx, `document.querySelector("#list").innerText.includes('by hand in the browser: typed "echo Hello > by-hand<ret>"')`)
		browsertest.Until(t, ctx, `document.querySelector("#list").innerText.includes("by hand in the browser: left at 50")`)
	})
	if path := os.Getenv("PICTURE"); path != "" { // that of docs/browser.md
		png, err := chromedp.Run(ctx, chromedp.FullScreenshot(90))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("root shell and serial console", func(t *testing.T) {
		browsertest.Do(t, ctx, "shell", chromedp.Click(`[data-mode=shell]`))
		browsertest.Until(t, ctx, `document.querySelector(".term").innerText.includes("#")`)
		browsertest.Do(t, ctx, "type", chromedp.KeyEvent("printf '\\e[31m%s\\e[0m\\n' $((6*7))-in-red; echo '<b>no</b>'"+kb.Enter))
		browsertest.Until(t, ctx, `[...document.querySelectorAll(".term .f1")].some((e) => e.textContent === "42-in-red") && document.querySelector(".term b") === null`)
		browsertest.Do(t, ctx, "console", chromedp.Click(`[data-mode=console]`))
		browsertest.Until(t, ctx, `document.querySelector("#list").innerText.includes("by hand in the browser: the serial console")`)
		if _, err := desk.Succeed(t.Context(), "echo said-on-the-console > /dev/ttyS0", 0); err != nil {
			t.Fatal(err)
		}
		browsertest.Until(t, ctx, `document.querySelector(".term").innerText.includes("said-on-the-console")`)
		browsertest.Do(t, ctx, "back", chromedp.Click(`[data-mode=screen]`), chromedp.Click("#shut"))
		browsertest.Until(t, ctx, `document.getElementById("large").hidden && document.querySelector("[data-machine=desk] .screen img") !== null`)
	})
	t.Run("a page that may only look", func(t *testing.T) {
		o.view = true
		defer func() { o.view = false }()
		c, err := o.dial(t, o.base, o.token)
		if err != nil {
			t.Fatal(err)
		}
		next(t, c, "hello")
		for _, do := range []string{"key", "pointer", "nonsense"} {
			b, _ := json.Marshal(map[string]any{"do": do, "machine": "desk", "key": "x", "button": "left", "down": true})
			if err := c.Write(t.Context(), websocket.MessageText, b); err != nil {
				t.Fatal(err)
			}
			if p := string(next(t, c, "problem")); !strings.Contains(p, "may only look") {
				t.Errorf("%s: %s", do, p)
			}
		}
		if s := o.plain.String(); strings.Count(s, "refused an order of a page that may only look") != 3 {
			t.Errorf("log:\n%s", s)
		}
	})
	t.Run("orders that can't be done", func(t *testing.T) {
		c, err := o.dial(t, o.base, o.token)
		if err != nil {
			t.Fatal(err)
		}
		next(t, c, "hello")
		for order, want := range map[string]string{
			`{"do":"key","machine":"nobody","key":"x"}`:                  "nobody does not run",
			`{"do":"key","machine":"other","key":"x"}`:                   "other does not run",
			`{"do":"key","machine":"desk","key":"no-such-key"}`:          "no-such-key",
			`{"do":"pointer","machine":"desk","button":"x","down":true}`: "no mouse button",
			`{"do":"fly","machine":"desk"}`:                              "no order",
		} {
			if err := c.Write(t.Context(), websocket.MessageText, []byte(order)); err != nil {
				t.Fatal(err)
			}
			if p := string(next(t, c, "problem")); !strings.Contains(p, want) {
				t.Errorf("%s: %s", order, p)
			}
		}
	})
	t.Run("the command's time", func(t *testing.T) { t.Log(commandTimes(t.Context(), desk)) })
	browsertest.Faultless(t, ctx)
}

// commandTimes measures how long commands take.
func commandTimes(ctx context.Context, m *machine.Machine) string {
	const n = 20
	began := time.Now()
	for range n {
		if _, err := m.Succeed(ctx, "true", 0); err != nil {
			return err.Error()
		}
	}
	return fmt.Sprintf("a command takes %v on average while a page watches", time.Since(began)/n)
}
