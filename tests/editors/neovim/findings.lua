-- A finding is shown, its hover says why, and the quickfix list has those of the whole workspace.

local s = require("scenario")

return function()
  s.open(s.MAIN, "sec-cors-wildcard-credentials")
  local line = vim.fn.search("CORSMiddleware, ")
  s.equal(line - 1, s.diagnostics("sec-cors-wildcard-credentials")[1].lnum)

  vim.lsp.buf.hover()
  local function floating()
    return vim.iter(vim.api.nvim_list_wins()):find(function(window)
      return vim.api.nvim_win_get_config(window).relative ~= ""
    end)
  end
  s.wait("a hover", floating)
  local hover = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(floating()), 0, -1, false), "\n")
  assert(hover:find("Every origin may make requests", 1, true), hover)

  vim.cmd("Architrave findings")
  local count = tonumber(vim.env.ARCHITRAVE_FINDINGS)
  s.wait(count .. " findings", function()
    return #vim.fn.getqflist() == count
  end)
  vim.cmd("Architrave findings ops-")
  s.wait("the findings of operations", function()
    local items = vim.fn.getqflist()
    return #items > 0 and vim.iter(items):all(function(item)
      return item.text:find("[ops-", 1, true) ~= nil
    end)
  end)
end
