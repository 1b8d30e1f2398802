-- With the lines of docs/editors.md and nothing else, a file that is opened has its findings.

local s = require("scenario")

return function()
  s.wait("a finding in the file that was opened", function()
    return #s.diagnostics("sec-cors-wildcard-credentials") > 0
  end)
  s.equal(2, vim.fn.exists(":Architrave"))
end
