--- Code lenses: drawn when a buffer is entered or changed; their commands open reports.

local M = {}

local function name_of(uri)
  return type(uri) == "string" and vim.fs.basename(vim.uri_to_fname(uri)) or "the workspace"
end

--- The server's commands, where a lens or a code action asks for them.
M.commands = {
  ["architrave.review"] = function(command)
    local uri = command.arguments and command.arguments[1]
    require("architrave.run").show("review", "Review of " .. name_of(uri), command.command, command.arguments or {})
  end,
  ["architrave.explain"] = function(command)
    require("architrave.run").show("explain", "Explanation", command.command, command.arguments)
  end,
  ["architrave.refactor"] = function(command)
    require("architrave.run").show("refactor", "Refactoring", command.command, command.arguments)
  end,
}

---@param client vim.lsp.Client
---@param buffer integer
function M.attach(client, buffer)
  if vim.g.architrave_lenses == false or not client:supports_method("textDocument/codeLens") then
    return
  end
  local group = vim.api.nvim_create_augroup("architrave-lenses-" .. buffer, {})
  local refresh = function()
    vim.lsp.codelens.refresh({ bufnr = buffer })
  end
  vim.api.nvim_create_autocmd({ "BufEnter", "InsertLeave", "TextChanged" }, { group = group, buffer = buffer, callback = refresh })
  -- Nothing is known before the workspace is read.
  vim.api.nvim_create_autocmd("LspProgress", { group = group, pattern = "end", callback = refresh })
  refresh()
end

return M
