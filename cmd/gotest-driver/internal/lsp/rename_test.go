package lsp

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// workspace is a project whose files load each other; only some are opened. Renames must not change unrelated files
// on the disk.
var workspace = map[string]string{
	"gotest.json":         `{"machines": {"server": {"guest": "tiny"}}}`,
	"lib/helpers.star":    "def greet(name: str, loud: bool = False) -> None:\n    print(name, loud)\n\ndef twice(n: int) -> int:\n    return n * 2\n\ngreet(\"me\")\n",
	"main.star":           "load(\"lib/helpers.star\", \"greet\")\n\ngreet(\"you\", loud = True)\n",
	"sub/other.star":      "load(\"//lib/helpers.star\", \"twice\", welcome = \"greet\")\n\nwelcome(\"all\", loud = twice(1) > 1)\n",
	"sub/own.star":        "def greet():\n    pass\n\ngreet()\n",
	"sub/taken.star":      "load(\"../lib/helpers.star\", \"twice\")\n\nthrice = 3\nprint(twice(thrice))\n",
	".hidden/main.star":   "load(\"../lib/helpers.star\", \"greet\")\n\ngreet(\"x\")\n",
	"unrelated/text.star": "greet = \"load(greet)\"\nprint(greet)\n",
}

func writeWorkspace(t *testing.T) (uri func(name string) string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range workspace {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return func(name string) string { return "file://" + dir + "/" + name }
}

// applied returns the texts of the files that an edit changes, by their URIs.
func applied(t *testing.T, answer any, uri func(string) string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, text := range workspace {
		changes, ok := answer.(map[string]any)["changes"].(map[string]any)[uri(name)].([]any)
		if !ok {
			continue
		}
		lines := strings.Split(text, "\n")
		slices.SortFunc(changes, func(a, b any) int { return int(startOf(b) - startOf(a)) }) // from the end, so that earlier offsets stay valid
		for _, c := range changes {
			edit := c.(map[string]any)
			r := edit["range"].(map[string]any)
			from, to := r["start"].(map[string]any), r["end"].(map[string]any)
			line := int(from["line"].(float64))
			lines[line] = lines[line][:int(from["character"].(float64))] + edit["newText"].(string) + lines[line][int(to["character"].(float64)):]
		}
		out[name] = strings.Join(lines, "\n")
	}
	return out
}

func startOf(edit any) float64 {
	p := edit.(map[string]any)["range"].(map[string]any)["start"].(map[string]any)
	return p["line"].(float64)*1000 + p["character"].(float64)
}

func TestRenameInWorkspace(t *testing.T) {
	greetIsHail := map[string]string{
		"lib/helpers.star": "def hail(name: str, loud: bool = False) -> None:\n    print(name, loud)\n\ndef twice(n: int) -> int:\n    return n * 2\n\nhail(\"me\")\n",
		"main.star":        "load(\"lib/helpers.star\", \"hail\")\n\nhail(\"you\", loud = True)\n",
		"sub/other.star":   "load(\"//lib/helpers.star\", \"twice\", welcome = \"hail\")\n\nwelcome(\"all\", loud = twice(1) > 1)\n",
	}
	for _, tt := range []struct {
		what, open string
		line, char int
		name       string
		want       map[string]string
		err        string
	}{
		{what: "where it is defined", open: "lib/helpers.star", line: 0, char: 5, name: "hail", want: greetIsHail},
		{what: "where it is loaded", open: "main.star", line: 0, char: 28, name: "hail", want: greetIsHail},
		{what: "where it is called", open: "main.star", line: 2, char: 2, name: "hail", want: greetIsHail},
		{what: "where it is loaded under another name", open: "sub/other.star", line: 0, char: 50, name: "hail", want: greetIsHail},
		{what: "the other name", open: "sub/other.star", line: 2, char: 3, name: "hail", want: map[string]string{
			"sub/other.star": "load(\"//lib/helpers.star\", \"twice\", hail = \"greet\")\n\nhail(\"all\", loud = twice(1) > 1)\n"}},
		{what: "a parameter", open: "lib/helpers.star", line: 0, char: 22, name: "noisy", want: map[string]string{
			"lib/helpers.star": "def greet(name: str, noisy: bool = False) -> None:\n    print(name, noisy)\n\ndef twice(n: int) -> int:\n    return n * 2\n\ngreet(\"me\")\n",
			"main.star":        "load(\"lib/helpers.star\", \"greet\")\n\ngreet(\"you\", noisy = True)\n",
			"sub/other.star":   "load(\"//lib/helpers.star\", \"twice\", welcome = \"greet\")\n\nwelcome(\"all\", noisy = twice(1) > 1)\n"}},
		{what: "a name of another file alone", open: "sub/own.star", line: 0, char: 5, name: "hail", want: map[string]string{
			"sub/own.star": "def hail():\n    pass\n\nhail()\n"}},
		{what: "a name that a file has already", open: "lib/helpers.star", line: 3, char: 5, name: "thrice", err: "`thrice` already means something else: taken.star:3"},
		{what: "a name that can't be loaded", open: "lib/helpers.star", line: 0, char: 5, name: "_greet", err: "can't be loaded"},
		{what: "no name", open: "lib/helpers.star", line: 0, char: 5, name: "two words", err: "is not a name"},
		{what: "a builtin", open: "lib/helpers.star", line: 1, char: 5, name: "write", err: "no name here"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			uri := writeWorkspace(t)
			c := start(t)
			c.open(uri(tt.open), workspace[tt.open])
			params := at(uri(tt.open), tt.line, tt.char)
			params["newName"] = tt.name
			answer, err := c.try("textDocument/rename", params)
			if tt.err != "" {
				if !strings.Contains(text(err), tt.err) {
					t.Errorf("error %s, want %q; answer %s", text(err), tt.err, text(answer))
				}
				return
			}
			if err != nil {
				t.Fatal(text(err))
			}
			got := applied(t, answer, uri)
			for name, want := range tt.want {
				if got[name] != want {
					t.Errorf("%s is\n%s\nwant\n%s", name, got[name], want)
				}
			}
			if len(got) != len(tt.want) {
				t.Errorf("%d files change, want %d: %v", len(got), len(tt.want), got)
			}
		})
	}
}

// The unsaved text of the editor counts, not the file on the disk.
func TestRenameOfUnsavedText(t *testing.T) {
	uri := writeWorkspace(t)
	c := start(t)
	c.open(uri("lib/helpers.star"), "# A new line.\n"+workspace["lib/helpers.star"])
	c.open(uri("main.star"), "# Another one.\n# And another.\n"+workspace["main.star"])
	params := at(uri("main.star"), 4, 2)
	params["newName"] = "hail"
	wants(t, "rename", c.call("textDocument/rename", params), uri("main.star"), text(rng(4, 0, 4, 5)), text(rng(2, 26, 2, 31)),
		uri("lib/helpers.star"), text(rng(1, 4, 1, 9)), uri("sub/other.star"))
}

func TestReferencesInWorkspace(t *testing.T) {
	uri := writeWorkspace(t)
	c := start(t)
	c.open(uri("main.star"), workspace["main.star"])
	refs := c.call("textDocument/references", map[string]any{"textDocument": map[string]any{"uri": uri("main.star")}, "position": pos(2, 1),
		"context": map[string]any{"includeDeclaration": true}})
	wants(t, "references", refs, uri("lib/helpers.star"), uri("main.star"), uri("sub/other.star"), text(rng(2, 0, 2, 7)))
	if n := len(refs.([]any)); n != 6 { // defined, called; loaded, called; loaded under another name, called
		t.Errorf("%d places, want 6: %s", n, text(refs))
	}
}

// A change of a file affects the open files that load it, whether an editor or another program makes it.
func TestLoadedFileChanges(t *testing.T) {
	uri := writeWorkspace(t)
	c := start(t)
	if d := c.open(uri("main.star"), workspace["main.star"]); len(d) != 0 {
		t.Fatalf("at first: %s", text(d))
	}
	c.open(uri("lib/helpers.star"), workspace["lib/helpers.star"])
	c.edit(uri("lib/helpers.star"), 2, 0, 4, 0, 9, "shout")
	for d := c.diagnostics(uri("main.star")); len(d) == 0; d = c.diagnostics(uri("main.star")) {
		continue
	}
	c.notify("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": uri("lib/helpers.star")}})
	for d := c.diagnostics(uri("main.star")); len(d) != 0; d = c.diagnostics(uri("main.star")) {
		continue
	}
	path := strings.TrimPrefix(uri("lib/helpers.star"), "file://")
	if err := os.WriteFile(path, []byte("def shout():\n    pass\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if len(c.asked) == 0 || c.asked[0]["method"] != "client/registerCapability" || !strings.Contains(text(c.asked[0]), "**/*.star") {
		t.Errorf("the server does not ask for changes of files: %v", c.asked)
	}
	c.notify("workspace/didChangeWatchedFiles", map[string]any{"changes": []any{map[string]any{"uri": uri("lib/helpers.star"), "type": 2}}})
	for d := c.diagnostics(uri("main.star")); len(d) == 0; d = c.diagnostics(uri("main.star")) {
		continue
	}
}

// Many changes at once are all applied, and the diagnostics are those of the last one.
func TestBurst(t *testing.T) {
	_, main, _ := project(t)
	c := start(t)
	c.open(main, script)
	for i := range 200 {
		c.edit(main, 2*i+2, 11, 24, 11, 24, "x")
		c.edit(main, 2*i+3, 11, 24, 11, 25, "")
	}
	if d := c.change(main, 402, 11, 11, 11, 24, "wait_for_unti"); len(d) != 1 || !strings.Contains(text(d), "unknown-attribute") {
		t.Errorf("after the last change: %s", text(d))
	}
}
