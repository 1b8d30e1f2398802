--- The fix of a finding: what it would change is shown first, as a diff, and applied when the user says so.

local architrave = require("architrave")
local report = require("architrave.report")

local M = {}

--- Show what the fix of a finding would change.
---@param finding table
function M.preview(finding)
  local client = assert(architrave.client())
  local buffer = vim.api.nvim_get_current_buf()
  local params = {
    textDocument = vim.lsp.util.make_text_document_params(buffer),
    range = finding.range,
    context = { diagnostics = { finding }, only = { "quickfix" } },
  }
  client:request("textDocument/codeAction", params, function(problem, actions)
    for _, action in ipairs(problem and {} or actions or {}) do
      if vim.tbl_get(action, "data", "do") == "fix" and vim.tbl_get(action, "data", "rule") == finding.code then
        return M.resolve(client, action, buffer)
      end
    end
    architrave.tell(problem and problem.message or ("`%s` has no fix here."):format(finding.code), vim.log.levels.WARN)
  end, buffer)
end

---@param client vim.lsp.Client
---@param action table
---@param buffer integer
function M.resolve(client, action, buffer)
  client:request("codeAction/resolve", action, function(problem, resolved)
    if problem then
      return architrave.tell(problem.message, vim.log.levels.WARN)
    end
    local shown = report.open("fix")
    local diff = M.diff(resolved.edit, client.offset_encoding)
    shown:set(("# %s\n\n```diff\n%s```\n"):format(resolved.title, diff))
    shown:offer("a", "Apply", function()
      vim.lsp.util.apply_workspace_edit(resolved.edit, client.offset_encoding)
      shown:draw("Applied.")
    end)
    shown:draw("It was tried on the whole workspace: nothing new comes up. `a` applies it, `q` discards it.")
  end, buffer)
end

--- Return what an edit changes, as a unified diff.
---@param edit table
---@param encoding string
---@return string
function M.diff(edit, encoding)
  local parts = {}
  for _, change in ipairs(edit.documentChanges or {}) do
    if change.textDocument then
      table.insert(parts, M.diff_of(change.textDocument.uri, change.edits, encoding))
    end
  end
  for uri, edits in pairs(edit.changes or {}) do
    table.insert(parts, M.diff_of(uri, edits, encoding))
  end
  return table.concat(parts)
end

---@param uri string
---@param edits table[]
---@param encoding string
---@return string
function M.diff_of(uri, edits, encoding)
  local file = vim.uri_to_fname(uri)
  local known = vim.fn.bufnr(file)
  local old = known ~= -1 and vim.api.nvim_buf_is_loaded(known) and vim.api.nvim_buf_get_lines(known, 0, -1, false)
    or (vim.fn.filereadable(file) == 1 and vim.fn.readfile(file) or {})
  local scratch = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(scratch, 0, -1, false, old)
  vim.lsp.util.apply_text_edits(vim.deepcopy(edits), scratch, encoding)
  local new = vim.api.nvim_buf_get_lines(scratch, 0, -1, false)
  vim.api.nvim_buf_delete(scratch, { force = true })
  local name = vim.fn.fnamemodify(file, ":.")
  local before, after = table.concat(old, "\n") .. "\n", table.concat(new, "\n") .. "\n"
  return ("--- %s\n+++ %s\n%s"):format(name, name, vim.diff(before, after, { ctxlen = 3 }))
end

return M
