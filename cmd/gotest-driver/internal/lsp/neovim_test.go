package lsp

import (
	"testing"
)

const neovimTest = `
local function fail(what) io.stderr:write("FAIL: " .. what .. "\n"); vim.cmd("cquit 1") end
vim.cmd("edit main.star")
if not vim.wait(120000, function() return #vim.diagnostic.get(0) > 0 end, 50) then fail("no diagnostics") end
local d = vim.diagnostic.get(0)[1]
if d.lnum ~= 2 or not d.message:find("wait_for_unit") then fail("diagnostic: " .. vim.inspect(d)) end
local function ask(method, line, col, more)
  local p = { textDocument = vim.lsp.util.make_text_document_params(), position = { line = line, character = col } }
  for k, v in pairs(more or {}) do p[k] = v end
  local answers, err = vim.lsp.buf_request_sync(0, method, p, 60000)
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
if not vim.wait(120000, function() return #vim.diagnostic.get(0) == 0 end, 50) then fail("diagnostics stay") end
print("all done")
vim.cmd("quitall!")
`

// The set-up is docs/editors.md's for Neovim 0.7 and later.
func TestNeovim(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Neovim for some seconds")
	}
	inEditor(t, map[string]string{"init.lua": setup(t, "lua"), "test.lua": neovimTest},
		"nvim", "--headless", "--clean", "-u", "init.lua", "-c", "luafile test.lua")
}
