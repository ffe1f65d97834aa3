package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/joshdk/go-junit"

	"github.com/gotest-driver/gotest-driver/internal/browsertest"
	"github.com/gotest-driver/gotest-driver/internal/buildtest"
)

// twoGuests is a test of two machines that fails at its end.
const twoGuests = `"""Two machines."""

server = create_machine(guest = "tiny", name = "server", vlans = [1])
client = create_machine(guest = "tiny", name = "client", vlans = [1])
start_all()

for _ in subtest("both boot"):
    server.wait_for_file("/etc/passwd")
    client.wait_for_file("/etc/passwd")

for _ in subtest("the server says hello"):
    for _ in subtest("once"):
        server.succeed("echo hello")
    server.execute("printf '\\033[2J\\033]0;owned\\007</script><script>window.owned=1</script>\\n' >&2")
    server.screenshot("server.png")

for _ in subtest("a cut network heals"):
    client.wait_until_succeeds("ping -c 1 -W 10 server")
    server.block()
    client.fail("ping -c 1 -W 1 server")
    server.unblock()
    client.wait_until_succeeds("ping -c 1 -W 1 server")
    vlan1.partition([server], [client])
    client.fail("ping -c 1 -W 1 server")
    vlan1.heal()
    client.wait_until_succeeds("ping -c 1 -W 1 server")

for _ in subtest("the client waits"):
    client.succeed("echo before; sleep 3; echo after")
    for _ in subtest("for what never comes"):
        client.succeed("echo some output; echo a note >&2; ls /never")
`

func TestMain(m *testing.M) { buildtest.Main(m) }

// driver is the built program, with which guests can be booted here.
func driver(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("boots guests")
	}
	for _, name := range []string{"qemu-system-x86_64", "mmdebstrap"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("needs %s", name)
		}
	}
	return buildtest.Driver(t)
}

// The reports of a real run of two machines.
func TestRealRun(t *testing.T) {
	exe := driver(t)
	ctx := browsertest.Start(t)
	dir := t.TempDir()
	script, out := filepath.Join(dir, "two.star"), filepath.Join(dir, "out")
	if err := os.WriteFile(script, []byte(twoGuests), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "run", "--log-json", filepath.Join(dir, "run.jsonl"), "--junit-xml", "junit.xml", "-o", out, script)
	cmd.Env = append(os.Environ(), "LOGFILE="+filepath.Join(dir, "log.xml"))
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("the run: %v\n%s", err, text)
	}

	t.Run("terminal", func(t *testing.T) {
		for _, want := range []string{"server: must succeed: echo hello\n", "(finished: subtest: once, in ", "server # ",
			`!!! test failed in subtest "the client waits / for what never comes"`, "two.star:31:", "ls /never", "failure/client.png", "run this test again", "  reports\n    " + filepath.Join(out, "report.html") + "\n"} {
			if !bytes.Contains(text, []byte(want)) {
				t.Errorf("%q is missing in:\n%s", want, text)
			}
		}
		if i := bytes.IndexFunc(text, func(r rune) bool { return r != '\n' && (r < 0x20 || r == 0x7f) }); i >= 0 {
			t.Errorf("control characters: %q", text[i:min(len(text), i+60)])
		}
	})
	t.Run("JUnit", func(t *testing.T) {
		suites, err := junit.IngestFile(filepath.Join(out, "junit.xml"))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, c := range suites[0].Tests {
			got[c.Name] = string(c.Status)
			if c.Name == "the client waits / for what never comes" {
				if !strings.Contains(c.Message, "ls /never") || !strings.Contains(c.Error.Error(), "two.star:31:") {
					t.Errorf("the failing case: %q\n%v", c.Message, c.Error)
				}
			}
		}
		want := map[string]string{"both boot": "passed", "a cut network heals": "passed", "the server says hello": "passed", "the server says hello / once": "passed",
			"the client waits": "failed", "the client waits / for what never comes": "failed"}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("cases: %v", got)
		}
	})
	t.Run("XML", func(t *testing.T) {
		if text := wellFormed(t, filepath.Join(dir, "log.xml")); !strings.Contains(text, "must succeed: echo hello") {
			t.Error("the log lacks the command")
		}
	})
	t.Run("index", func(t *testing.T) {
		b, err := os.ReadFile(filepath.Join(out, "index.json"))
		if err != nil {
			t.Fatal(err)
		}
		var ix Index
		if err := json.Unmarshal(b, &ix); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range ix.Files {
			names = append(names, f.Path)
		}
		all := strings.Join(names, " ")
		for _, want := range []string{"failure/client-console.log", "failure/client.png", "failure/server.png", "junit.xml", "report.html", "server.png"} {
			if !strings.Contains(all, want) {
				t.Errorf("%s is not in the index: %s", want, all)
			}
		}
	})
	t.Run("HTML", func(t *testing.T) {
		open(t, ctx, filepath.Join(out, "report.html"), "")
		picture := func(name string) {
			png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
			if err != nil {
				t.Fatal(err)
			}
			keepPicture(t, name, png)
		}
		if got := browsertest.Ask[string](t, ctx, `document.querySelector("#failures").innerText`); !strings.Contains(got, "ls /never") || !strings.Contains(got, "two.star:31") {
			t.Errorf("failure:\n%s", got)
		}
		picture("real-light.png")
		if got := browsertest.Ask[string](t, ctx, `document.querySelector("#canvas").getAttribute("aria-label")`); strings.Count(got, "and 1 network fault") != 2 {
			t.Errorf("the time line: %s", got)
		}
		// The texts that the pointer shows on its way over the time line.
		tips := browsertest.Ask[string](t, ctx, `(() => { const c = document.querySelector("#canvas"), r = c.getBoundingClientRect(), seen = new Set();
			for (let y = 18; y < r.height; y += 4) for (let x = 0; x < r.width; x += 2) {
				c.dispatchEvent(new PointerEvent("pointermove", { clientX: r.left + x, clientY: r.top + y }));
				const t = document.querySelector("#tip"); if (!t.hidden) seen.add(t.textContent);
			}
			c.dispatchEvent(new PointerEvent("pointerleave")); return [...seen].join("\n"); })()`)
		for _, want := range []string{"server: fault: VLAN cables unplugged", "vlan1: fault: partition server | client", "server: starting"} {
			if !strings.Contains(tips, want) {
				t.Errorf("the time line lacks %q:\n%s", want, tips)
			}
		}
		search(t, ctx, "some output")
		if got := browsertest.Ask[string](t, ctx, texts); !strings.Contains(got, "ls /never") || strings.Contains(got, "echo hello") {
			t.Errorf("search:\n%s", got)
		}
		search(t, ctx, "")
		chip(t, ctx, "machines", "client")
		if got := browsertest.Ask[string](t, ctx, texts); strings.Contains(got, "ls /never") || !strings.Contains(got, "echo hello") {
			t.Errorf("without client:\n%s", got)
		}
		chip(t, ctx, "machines", "client")
		browsertest.Do(t, ctx, "fold", chromedp.Click("#fold"))
		if got := browsertest.Ask[string](t, ctx, texts); strings.Contains(got, "echo hello") {
			t.Errorf("folded:\n%s", got)
		}
		browsertest.Do(t, ctx, "unfold", chromedp.Click("#unfold"))
		link := browsertest.Ask[string](t, ctx, `(() => { const r = [...document.querySelectorAll("#list .row")].find((r) => r.innerText.includes("echo hello")); r.querySelector(".ln").click(); return location.hash; })()`)
		browsertest.Do(t, ctx, "theme", chromedp.Click("#theme"))
		picture("real-dark.png")
		browsertest.Do(t, ctx, "files", chromedp.Click("#tab-files"))
		if n := browsertest.Ask[int](t, ctx, `document.querySelectorAll(".gallery img").length`); n != 3 {
			t.Errorf("%d screenshots, want 3", n)
		}
		browsertest.Do(t, ctx, "enlarge", chromedp.Click(".gallery figure:first-child button"))
		browsertest.Until(t, ctx, `document.querySelector("#shot img")?.naturalWidth > 300`)
		picture("real-shot.png")
		browsertest.Do(t, ctx, "close", chromedp.KeyEvent(kb.Escape))
		browsertest.Do(t, ctx, "consoles", chromedp.Click("#tab-consoles"))
		browsertest.Until(t, ctx, `document.querySelectorAll("#cons .crow").length > 3`)
		picture("real-consoles.png")
		open(t, ctx, filepath.Join(out, "report.html"), link)
		if got := browsertest.Ask[string](t, ctx, `document.querySelector("#list .row.sel").innerText`); !strings.Contains(got, "echo hello") {
			t.Errorf("the link %s leads to %q", link, got)
		}
		browsertest.Faultless(t, ctx)
	})
}

// The log of a driver that is killed in the middle is complete up to there, and can be turned into reports.
func TestKilledRun(t *testing.T) {
	exe := driver(t)
	ctx := browsertest.Start(t)
	dir := t.TempDir()
	script, jsonl, xmlLog, junitFile := filepath.Join(dir, "two.star"), filepath.Join(dir, "run.jsonl"), filepath.Join(dir, "log.xml"), filepath.Join(dir, "junit.xml")
	// The driver must not come to the end of the wait before it is killed.
	if err := os.WriteFile(script, []byte(strings.Replace(twoGuests, "sleep 3;", "sleep 300;", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	cmd := exec.Command(exe, "run", "--log-json", jsonl, "--junit-xml", junitFile, "-o", filepath.Join(dir, "out"), script)
	cmd.Env = append(os.Environ(), "LOGFILE="+xmlLog)
	cmd.Stdout, cmd.Stderr = &text, &text
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(6 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		b, _ := os.ReadFile(jsonl)
		if bytes.Contains(b, []byte("sleep 3")) {
			break
		}
		if time.Now().After(end) {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			t.Fatalf("the run did not come to the client's wait:\n%s", text.String())
		}
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()

	wellFormed(t, xmlLog)
	suites, err := junit.IngestFile(junitFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(suites[0].Tests) != 4 {
		t.Errorf("%d cases had ended, want 4", len(suites[0].Tests))
	}

	html := filepath.Join(dir, "later.html")
	if out, err := exec.Command(exe, "report", jsonl, "--html", html, "--junit-xml", filepath.Join(dir, "later.xml")).CombinedOutput(); err != nil {
		t.Fatalf("report: %v\n%s", err, out)
	}
	open(t, ctx, html, "")
	if got := browsertest.Ask[string](t, ctx, `document.querySelector("#badge").innerText + document.querySelector("#failures").innerText`); !strings.Contains(got, "unfinished") || !strings.Contains(got, "did not end") {
		t.Errorf("the page: %s", got)
	}
	if got := browsertest.Ask[string](t, ctx, texts); !strings.Contains(got, "sleep 3") || !strings.Contains(got, "not finished") {
		t.Errorf("rows:\n%s", got)
	}
	browsertest.Faultless(t, ctx)
}
