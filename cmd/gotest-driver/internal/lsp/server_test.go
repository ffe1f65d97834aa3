package lsp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const script = `load("helpers.star", "greet")

server: Machine

def login(user, password = "x"):
    """Log in at the server."""
    server.send_chars(user + password)
    return server.succeed("whoami")

for _ in subtest("log in"):
    who = login("ü𝄞", password = "y")
    server.wait_for_unit("nginx.service")
    greet(who)
`

func project(t testing.TB) (dir, main, helpers string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{"main.star": script, "helpers.star": "def greet(name: str) -> None:\n    \"\"\"Say hello.\"\"\"\n    print(name)\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir, "file://" + dir + "/main.star", "file://" + dir + "/helpers.star"
}

func wants(t *testing.T, what string, answer any, words ...string) {
	t.Helper()
	got := text(answer)
	for _, w := range words {
		if !strings.Contains(got, w) {
			t.Errorf("%s: no %s in %.600s", what, w, got)
		}
	}
}

// Editors fade what can be deleted, and nothing else.
func TestTagOfSuperfluousCode(t *testing.T) {
	_, main, _ := project(t)
	d := start(t).open(main, script+"left = 1\nserver.strat()\n")
	if len(d) != 2 {
		t.Fatalf("diagnostics: %s", text(d))
	}
	wants(t, "a variable that is never used", d[0], "unused-variable", `"tags":[1]`)
	if got := text(d[1]); strings.Contains(got, "tags") {
		t.Errorf("a misspelt method is tagged: %s", got)
	}
}

func TestEditing(t *testing.T) {
	_, main, helpers := project(t)
	c := start(t)
	if d := c.open(main, script); len(d) != 0 {
		t.Errorf("a right script: %s", text(d))
	}

	// A mistake in an unfinished text, on a line with characters of two UTF-16 units.
	d := c.change(main, 2, 11, 11, 11, 24, "wait_for_unti")
	wants(t, "diagnostics", d, "wait_for_unit", "unknown-attribute", text(rng(11, 11, 11, 24)))
	actions := c.call("textDocument/codeAction", map[string]any{"textDocument": map[string]any{"uri": main}, "range": rng(11, 12, 11, 12), "context": map[string]any{"diagnostics": d}})
	wants(t, "code action", actions, "Change to wait_for_unit", `"newText":"wait_for_unit"`)
	if d := c.change(main, 3, 11, 11, 11, 24, "wait_for_unit"); len(d) != 0 {
		t.Errorf("after the typo is gone: %s", text(d))
	}

	// An unfinished line: it has a syntax error, but is completed.
	d = c.change(main, 4, 12, 14, 12, 14, "\n    server.")
	wants(t, "diagnostics of a broken line", d, "syntax-error")
	wants(t, "completion of methods", c.call("textDocument/completion", at(main, 13, 11)), `"wait_for_open_port"`, "Wait until something accepts TCP connections", `"name"`)
	c.change(main, 5, 13, 11, 13, 11, "wait_for_unit(")
	wants(t, "signature help", c.call("textDocument/signatureHelp", at(main, 13, 25)), "wait_for_unit(unit: UnitName", `"activeParameter":0`, "Wait until a systemd unit is active")
	wants(t, "completion of arguments", c.call("textDocument/completion", at(main, 13, 25)), `"timeout ="`, `"who"`, `"create_machine"`)
	c.change(main, 6, 13, 25, 13, 25, `"`)
	wants(t, "completion of units", c.call("textDocument/completion", at(main, 13, 26)), "nginx.service", "multi-user.target")
	c.change(main, 7, 12, 14, 13, 26, "\n    create_machine(guest = \"")
	wants(t, "completion of guests", c.call("textDocument/completion", at(main, 13, 28)), `"debian"`, "built-in guest")
	c.change(main, 8, 12, 14, 13, 28, "")

	wants(t, "hover of a method", c.call("textDocument/hover", at(main, 11, 15)), "def wait_for_unit(", "Wait until a systemd unit is active")
	wants(t, "hover of a function", c.call("textDocument/hover", at(main, 10, 12)), "def login(user: str", "Log in at the server.")
	wants(t, "hover of a variable", c.call("textDocument/hover", at(main, 10, 5)), "who: str")
	wants(t, "hover of a loaded function", c.call("textDocument/hover", at(main, 12, 5)), "greet(name: str)", "Say hello.")

	wants(t, "definition", c.call("textDocument/definition", at(main, 10, 12)), main, text(rng(4, 4, 4, 9)))
	wants(t, "definition across load", c.call("textDocument/definition", at(main, 12, 5)), helpers, text(rng(0, 4, 0, 9)))
	refs := c.call("textDocument/references", map[string]any{"textDocument": map[string]any{"uri": main}, "position": pos(2, 1), "context": map[string]any{"includeDeclaration": true}})
	if n := len(refs.([]any)); n != 4 {
		t.Errorf("server is at %d places, want 4: %s", n, text(refs))
	}
	params := at(main, 4, 18)
	params["newName"] = "secret"
	rename := c.call("textDocument/rename", params)
	wants(t, "rename of a parameter", rename, text(rng(4, 16, 4, 24)), text(rng(6, 29, 6, 37)), text(rng(10, 23, 10, 31)))
	if n := strings.Count(text(rename), "newText"); n != 3 {
		t.Errorf("rename changes %d places, want 3", n)
	}
	wants(t, "symbols", c.call("textDocument/documentSymbol", map[string]any{"textDocument": map[string]any{"uri": main}}), `"log in"`, `"login"`, `"server"`)
	wants(t, "inlay hints", c.call("textDocument/inlayHint", map[string]any{"textDocument": map[string]any{"uri": main}, "range": rng(0, 0, 20, 0)}), `": str"`, `" -> str"`)
	tokens := c.call("textDocument/semanticTokens/full", map[string]any{"textDocument": map[string]any{"uri": main}}).(map[string]any)["data"].([]any)
	if len(tokens) < 50 || len(tokens)%5 != 0 {
		t.Errorf("%d numbers of semantic tokens", len(tokens))
	}
	c.change(main, 9, 2, 0, 2, 15, "server :Machine")
	wants(t, "formatting", c.call("textDocument/formatting", map[string]any{"textDocument": map[string]any{"uri": main}, "options": map[string]any{"tabSize": 4, "insertSpaces": true}}), `server: Machine\n`)

}

func TestMachinesOfProject(t *testing.T) {
	dir, main, _ := project(t)
	if err := os.WriteFile(filepath.Join(dir, "gotest.json"), []byte(`{"machines": {"db-1": {"guest": "tiny"}}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	c := start(t)
	wants(t, "a machine that gotest.json has not", c.open(main, script), "unknown-machine", "db_1")
	if d := c.change(main, 2, 0, 0, 12, 14, "db_1.succeed(\"true\")\nmachine.succeed(\"true\")"); len(d) != 0 {
		t.Errorf("the machine of gotest.json: %s", text(d))
	}
	wants(t, "completion", c.call("textDocument/completion", at(main, 1, 3)), `"db_1"`, `"machine"`)
}

// What nobody can know before Nix has built the script is a hint of the editor, not an error.
func TestUnknownMachinesAreHints(t *testing.T) {
	_, main, _ := project(t)
	c := start(t)
	d := c.open(main, "server.wait_for_open_port(${toString port})\nserver.strat()\n")
	want := map[string]float64{"unnamed-machine": 4, "nix-value": 4, "unknown-attribute": 1}
	for _, x := range d {
		x := x.(map[string]any)
		code := x["code"].(string)
		if x["severity"] != want[code] {
			t.Errorf("%s", text(x))
		}
		delete(want, code)
	}
	if len(want) > 0 {
		t.Errorf("no %v in %s", want, text(d))
	}
}

func TestStrangeRequests(t *testing.T) {
	_, main, _ := project(t)
	c := start(t)
	c.open(main, script)
	for _, p := range [][2]int{{0, 0}, {500, 3}, {3, 9999}, {12, 14}} {
		for _, method := range []string{"completion", "hover", "signatureHelp", "definition", "documentHighlight"} {
			c.call("textDocument/"+method, at(main, p[0], p[1]))
			c.call("textDocument/"+method, at("file:///not/open.star", p[0], p[1]))
		}
	}
}

// Notifications that the server does not use, or can't read, don't end the session.
func TestStrangeNotifications(t *testing.T) {
	_, main, _ := project(t)
	c := start(t)
	c.open(main, script)
	for method, params := range map[string]any{
		"$/cancelRequest":                  map[string]any{"id": 1},
		"$/setTrace":                       map[string]any{"value": "off"},
		"$/unknown":                        nil,
		"window/workDoneProgress/cancel":   map[string]any{"token": "a"},
		"textDocument/willSave":            map[string]any{"textDocument": map[string]any{"uri": main}, "reason": 1},
		"workspace/didRenameFiles":         map[string]any{"files": []any{}},
		"workspace/didChangeConfiguration": map[string]any{"settings": nil},
		"textDocument/didChange":           map[string]any{"textDocument": 3},
		"no/such":                          []any{},
	} {
		c.notify(method, params)
		if got := c.call("textDocument/hover", at(main, 0, 0)); got == nil && t.Failed() {
			t.Fatalf("after %s", method)
		}
	}
	c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": main, "version": 2},
		"contentChanges": []any{map[string]any{"text": "x = (\n"}}})
	if got := c.call("textDocument/formatting", map[string]any{"textDocument": map[string]any{"uri": main}, "options": map[string]any{"tabSize": 4, "insertSpaces": true}}); len(got.([]any)) != 0 {
		t.Errorf("formatting of a broken file gives %v", got)
	}
}
