-- A fix is shown as a diff, changes nothing before it is accepted, and then the finding is gone.

local s = require("scenario")

return function()
  s.open(s.SEARCH, "sec-sql-string-build")
  local before, window = s.text(), vim.api.nvim_get_current_win()
  vim.api.nvim_win_set_cursor(0, { 19, 20 })
  vim.cmd("Architrave fix")
  s.wait_for_report("fix", "a` applies it")
  assert(s.report("fix"):find("\n+.*:prefix"), s.report("fix"))
  s.equal(before, s.text())

  s.press("fix", "a")
  vim.api.nvim_set_current_win(window)
  s.wait("the finding is gone", function()
    return #s.diagnostics("sec-sql-string-build") == 0
  end)
  assert(s.text():find("LIKE :prefix", 1, true), s.text())
  vim.cmd.undo()
  s.equal(before, s.text())
end
