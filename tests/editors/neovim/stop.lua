-- The reading of a large workspace can be stopped.

local s = require("scenario")

return function()
  local text = ("def step(value):\n    return round(value * 2, 2)\n\n\n"):rep(200)
  vim.fn.mkdir("more")
  for number = 1, 600 do
    vim.fn.writefile(vim.split(text, "\n"), ("more/steps_%d.py"):format(number))
  end
  vim.cmd.edit(s.MAIN)
  s.wait("progress", function()
    return next(require("architrave.progress").running) ~= nil
  end)
  vim.cmd("Architrave stop")
  s.wait("it is stopped", function()
    return next(require("architrave.progress").running) == nil
  end)
  s.equal({}, s.diagnostics())
end
