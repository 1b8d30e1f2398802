-- An agent's proposal is shown with its proof, changes nothing before it is accepted, and then the finding is gone.

local s = require("scenario")
local PATH = "services/orders/src/orders/clients/notifications.py"

return function()
  local asked
  vim.fn.inputlist = function(options)
    asked = options[1]
    return 1
  end
  s.open(PATH, "perf-blocking-in-async")
  local before, window = s.text(), vim.api.nvim_get_current_win()
  vim.api.nvim_win_set_cursor(0, { 15, 12 })
  vim.cmd("Architrave refactor")
  s.wait_for_report("refactor", "a` applies it")
  assert(asked:find("127.0.0.1", 1, true), asked)
  assert(s.report("refactor"):find("+        await asyncio.to_thread(requests.post, ", 1, true), s.report("refactor"))
  assert(s.report("refactor"):find("The finding is gone", 1, true), s.report("refactor"))
  s.equal(before, s.text())

  s.press("refactor", "a")
  s.wait_for_report("refactor", "Applied.")
  vim.api.nvim_set_current_win(window)
  s.wait("the finding is gone", function()
    return #s.diagnostics("perf-blocking-in-async") == 0
  end)
  assert(s.text():find("await asyncio.to_thread", 1, true), s.text())
end
