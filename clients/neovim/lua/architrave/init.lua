--- Which client serves a buffer, and what it last said of itself.

local M = {}

---@type table<integer, table> What `architrave/status` said last, by client.
M.statuses = {}

--- Return the client of a buffer, or any when the buffer has none (a report, a start screen).
---@param buffer? integer
---@return vim.lsp.Client?
function M.client(buffer)
  return vim.lsp.get_clients({ name = "architrave", bufnr = buffer or 0 })[1] or vim.lsp.get_clients({ name = "architrave" })[1]
end

--- Return what was spent, never as nothing where it is something.
---@param cost number
---@return string
function M.dollars(cost)
  return cost > 0 and cost < 0.01 and "<$0.01" or ("$%.2f"):format(cost)
end

--- Return a few words for a status line: findings, what runs, what was spent.
---@return string
function M.status()
  local client = M.client()
  local status = client and M.statuses[client.id]
  if not client then
    return ""
  elseif not status then
    return "Architrave"
  elseif status.state ~= "ready" then
    return "Architrave " .. status.state
  end
  local count = 0
  for _, number in pairs(status.findings or {}) do
    count = count + number
  end
  local agents = status.agents or {}
  local spent = (agents.spent or 0) > 0 and " " .. M.dollars(agents.spent) or ""
  return ("Architrave %d%s%s"):format(count, #(agents.runs or {}) > 0 and " …" or "", spent)
end

---@param message string
---@param level? integer
function M.tell(message, level)
  vim.notify("Architrave: " .. message, level or vim.log.levels.INFO)
end

return M
