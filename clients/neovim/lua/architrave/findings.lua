--- Findings of the whole workspace, as quickfix items, and those under the cursor.

local architrave = require("architrave")

local M = {}

local TYPES = { "E", "W", "I", "N" }

--- Put the findings of the workspace, or those whose rule begins with a prefix, into the quickfix list.
---@param prefix? string
function M.list(prefix)
  local client = architrave.client()
  if not client then
    return architrave.tell("no server runs for this buffer.", vim.log.levels.WARN)
  end
  client:request("workspace/diagnostic", { previousResultIds = {} }, function(problem, result)
    if problem then
      return architrave.tell(problem.message, vim.log.levels.WARN)
    end
    local items = M.items(result.items, prefix or "", client.offset_encoding)
    vim.fn.setqflist({}, " ", { title = "Architrave", items = items })
    if #items == 0 then
      architrave.tell("nothing was found.")
    else
      vim.cmd("botright copen")
    end
  end)
end

---@param reports table[]
---@param prefix string
---@param encoding string
---@return table[]
function M.items(reports, prefix, encoding)
  local items = {}
  for _, report in ipairs(reports) do
    local locations = {}
    for _, diagnostic in ipairs(report.items or {}) do
      if vim.startswith(tostring(diagnostic.code), prefix) then
        table.insert(locations, { uri = report.uri, range = diagnostic.range, diagnostic = diagnostic })
      end
    end
    for _, item in ipairs(vim.lsp.util.locations_to_items(locations, encoding)) do
      local diagnostic = item.user_data.diagnostic
      item.text = ("%s [%s]"):format(diagnostic.message, diagnostic.code)
      item.type = TYPES[diagnostic.severity] or "I"
      item.user_data = nil
      table.insert(items, item)
    end
  end
  table.sort(items, function(one, other)
    if one.filename ~= other.filename then
      return one.filename < other.filename
    end
    return one.lnum < other.lnum
  end)
  return items
end

--- Return what Architrave found at the cursor, as the server sent it.
---@return table[]
function M.here()
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  local found = {}
  for _, diagnostic in ipairs(vim.diagnostic.get(0, { lnum = row - 1 })) do
    local sent = vim.tbl_get(diagnostic, "user_data", "lsp")
    if sent and sent.source == "architrave" then
      local is_under = diagnostic.lnum < row - 1 or diagnostic.col <= column
      table.insert(found, is_under and 1 or #found + 1, sent)
    end
  end
  return found
end

--- Hand one of the findings at the cursor to a function; where there are several the user picks.
---@param with fun(finding: table)
function M.pick(with)
  local found = M.here()
  if #found == 0 then
    return architrave.tell("nothing was found on this line.")
  elseif #found == 1 then
    return with(found[1])
  end
  local options = {
    prompt = "Which finding?",
    format_item = function(finding)
      return ("%s [%s]"):format(finding.message, finding.code)
    end,
  }
  vim.ui.select(found, options, function(finding)
    if finding then
      with(finding)
    end
  end)
end

return M
