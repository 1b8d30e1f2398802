-- The reading of a large workspace can be stopped, and goes on when the user says so.

local s = require("scenario")

return function()
  local asked, found
  vim.fn.inputlist = function(options)
    asked, found = options[1], #s.diagnostics()
    return 1
  end
  local text = ("def step(value):\n    return round(value * 2, 2)\n\n\n"):rep(60)
  vim.fn.mkdir("more")
  for number = 1, 400 do
    vim.fn.writefile(vim.split(text, "\n"), ("more/steps_%d.py"):format(number))
  end
  vim.cmd.edit(s.MAIN)
  s.wait("progress", function()
    return next(require("architrave.progress").running) ~= nil
  end)
  vim.cmd("Architrave stop")
  s.wait("the question whether to go on", function()
    return asked ~= nil
  end)
  assert(asked:find("was stopped", 1, true), asked)
  s.equal(0, found)
  s.wait("a finding", function()
    return #s.diagnostics() > 0
  end, 240)
end
