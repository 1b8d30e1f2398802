-- A review opens beside the code; its links lead back, lenses open it too, and `q` closes it.

local s = require("scenario")

return function()
  local path = "services/orders/src/orders/api/routes/orders.py"
  s.open(path)
  local code = vim.api.nvim_get_current_win()
  vim.cmd("Architrave review")
  s.wait_for_report("review", "## Findings")
  local report = s.report("review")
  assert(report:find("# Review of services/orders/src/orders/api/routes/orders.py", 1, true), report)
  assert(report:find("`GET /v1/orders/summary` `?orders%.py:39"), report)

  local window = vim.fn.bufwinid(vim.fn.bufnr("^architrave://review$"))
  vim.api.nvim_set_current_win(code)
  vim.api.nvim_set_current_win(window)
  vim.fn.search("orders.py:39")
  s.press("review", "<CR>")
  s.equal(code, vim.api.nvim_get_current_win())
  s.equal(39, vim.api.nvim_win_get_cursor(0)[1])

  s.press("review", "q")
  s.equal(-1, vim.fn.bufnr("^architrave://review$"))

  vim.api.nvim_set_current_win(code)
  s.wait("lenses", function()
    return vim.iter(vim.lsp.codelens.get(0)):any(function(lens)
      return lens.command and lens.command.title:find("review this module", 1, true) ~= nil
    end)
  end)
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  vim.lsp.codelens.run()
  s.wait_for_report("review", "## Findings")
end
