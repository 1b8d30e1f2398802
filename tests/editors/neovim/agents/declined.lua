-- Who does not agree to what an agent would send goes on with the rules alone.

local s = require("scenario")

return function()
  local asked
  vim.fn.inputlist = function(options)
    asked = options
    for number, option in ipairs(options) do
      if option:find("Not", 1, true) then
        return number - 1 -- The first line is the question.
      end
    end
  end
  s.open("services/orders/src/orders/clients/notifications.py", "perf-blocking-in-async")
  vim.api.nvim_win_set_cursor(0, { 15, 12 })
  vim.cmd("Architrave refactor")
  s.wait("the question", function()
    return asked ~= nil
  end)
  s.wait("nothing runs", function()
    return #require("architrave.run").running() == 0
  end)
  assert(#s.diagnostics("perf-blocking-in-async") == 1)
end
