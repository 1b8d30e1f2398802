--- Progress of the server in the command line, and what can be stopped of it.

local M = {}

---@type table<string|integer, integer> The client of each progress that goes on.
M.running = {}

function M.show(event)
  local client = vim.lsp.get_client_by_id(event.data.client_id)
  if not client or client.name ~= "architrave" then
    return
  end
  local token, value = event.data.params.token, event.data.params.value
  if value.kind == "end" then
    M.running[token] = nil
    vim.api.nvim_echo({ { "" } }, false, {})
    return
  end
  if value.kind == "begin" then
    M.running[token] = client.id
    M.title = value.title
  end
  local percentage = value.percentage and (" %d %%"):format(value.percentage) or ""
  vim.api.nvim_echo({ { (M.title or "Architrave") .. percentage } }, false, {})
end

--- Stop what the server does of itself: the reading of the workspace.
---@return integer How many were stopped.
function M.stop()
  local count = 0
  for token, id in pairs(M.running) do
    local client = vim.lsp.get_client_by_id(id)
    if client then
      client:notify("window/workDoneProgress/cancel", { token = token })
      count = count + 1
    end
  end
  return count
end

return M
