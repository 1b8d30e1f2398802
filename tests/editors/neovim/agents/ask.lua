-- A question about lines goes out with them, once the user agrees; its answer leads to the code.

local s = require("scenario")

return function()
  vim.fn.inputlist = function()
    return 1
  end
  s.open("services/orders/src/orders/clients/notifications.py", "perf-blocking-in-async")
  local code = vim.api.nvim_get_current_win()
  vim.cmd("15,16Architrave ask What waits here?")
  s.wait_for_report("ask", "The event loop waits")
  s.wait_for_report("ask", "Done.")
  vim.api.nvim_set_current_win(code)
  vim.api.nvim_set_current_win(vim.fn.bufwinid(vim.fn.bufnr("^architrave://ask$")))
  vim.fn.search("notifications.py:15")
  s.press("ask", "<CR>")
  s.equal(code, vim.api.nvim_get_current_win())
  s.equal(15, vim.api.nvim_win_get_cursor(0)[1])
end
