-- What an agent says comes while it says it, and closing the report stops it.

local s = require("scenario")

return function()
  vim.fn.inputlist = function()
    return 1
  end
  s.open("services/orders/src/orders/clients/notifications.py", "perf-blocking-in-async")
  vim.api.nvim_win_set_cursor(0, { 15, 12 })
  vim.cmd("Architrave! explain")
  s.wait_for_report("explain", "The event loop waits for the reply.")
  assert(#require("architrave.run").running() == 1)
  s.press("explain", "q")
  s.wait("nothing runs", function()
    return #require("architrave.run").running() == 0
  end)
end
