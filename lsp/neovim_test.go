package lsp

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// setup is the first set-up in a language that docs/editors.md shows.
func setup(t *testing.T, language string) string {
	t.Helper()
	b, err := os.ReadFile("../docs/editors.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(b), "```"+language+"\n")
	text, _, ok2 := strings.Cut(rest, "```")
	if !ok || !ok2 {
		t.Fatalf("docs/editors.md has no set-up in %s", language)
	}
	return text
}

const neovimTest = `
local function fail(what) io.stderr:write("FAIL: " .. what .. "\n"); vim.cmd("cquit 1") end
vim.cmd("edit main.star")
if not vim.wait(20000, function() return #vim.diagnostic.get(0) > 0 end, 50) then fail("no diagnostics") end
local d = vim.diagnostic.get(0)[1]
if d.lnum ~= 2 or not d.message:find("wait_for_unit") then fail("diagnostic: " .. vim.inspect(d)) end
local function ask(method, line, col, more)
  local p = { textDocument = vim.lsp.util.make_text_document_params(), position = { line = line, character = col } }
  for k, v in pairs(more or {}) do p[k] = v end
  local answers, err = vim.lsp.buf_request_sync(0, method, p, 10000)
  if not answers then fail(method .. ": " .. tostring(err)) end
  for _, a in pairs(answers) do if a.result then return a.result end end
  fail(method .. ": " .. vim.inspect(answers))
end
vim.api.nvim_buf_set_lines(0, 2, 3, false, { "server." })
local items = ask("textDocument/completion", 2, 7).items
local found = false
for _, i in ipairs(items) do if i.label == "wait_for_unit" then found = true end end
if not found then fail("completion") end
vim.api.nvim_buf_set_lines(0, 2, 3, false, { "server.wait_for_unit(unit)" })
if not vim.inspect(ask("textDocument/hover", 2, 10)):find("Wait until a systemd unit is active", 1, true) then fail("hover") end
vim.lsp.util.apply_workspace_edit(ask("textDocument/rename", 1, 1, { newName = "service" }), "utf-16")
local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
if text ~= 'server: Machine\nservice = "nginx.service"\nserver.wait_for_unit(service)' then fail("rename: " .. text) end
if not vim.wait(20000, function() return #vim.diagnostic.get(0) == 0 end, 50) then fail("diagnostics stay") end
print("ok")
vim.cmd("quitall!")
`

// The set-up is docs/editors.md's for Neovim 0.7 and later.
func TestNeovim(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Neovim for some seconds")
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"init.lua": setup(t, "lua"), "test.lua": neovimTest,
		"main.star": "server: Machine\nunit = \"nginx.service\"\nserver.wait_for_unti(unit)\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "nvim", "--headless", "--clean", "-u", "init.lua", "-c", "luafile test.lua")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(path)+":"+os.Getenv("PATH"), "XDG_STATE_HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CACHE_HOME="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "ok") {
		t.Errorf("%v\n%s", err, out)
	}
}
