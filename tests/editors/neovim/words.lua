-- Reviews of the workspace and of a change, designs and questions: without a key, what the rules know is said.

local s = require("scenario")

local function asked_instead(text)
  vim.ui.input = function(_, answered)
    answered(text)
  end
end

return function()
  s.git("init", "--quiet")
  s.git("add", ".")
  s.git("commit", "--quiet", "--message", "As it was")
  s.open(s.SEARCH, "sec-sql-string-build")

  vim.cmd("Architrave review workspace")
  s.wait_for_report("review", "sec-cors-wildcard-credentials")
  assert(s.report("review"):find("`GET /v1/orders/summary` `?orders%.py:39"), s.report("review"))

  vim.fn.setline(19, (vim.fn.getline(19):gsub("SELECT", "SELECT DISTINCT")))
  vim.cmd.write()
  vim.cmd("Architrave review change")
  s.wait_for_report("review", "Made without a model.")
  assert(s.report("review"):find("1 file has changed, 1 line added, 1 removed", 1, true), s.report("review"))

  asked_instead("A service that books parcels with carriers")
  vim.cmd("Architrave design")
  s.wait_for_report("design", "Made without a model.")
  assert(s.report("design"):find("# Design: A service that books parcels with carriers", 1, true), s.report("design"))
  assert(s.report("design"):find("## What is to be decided", 1, true), s.report("design"))

  asked_instead("Which routes are there?")
  vim.cmd("Architrave ask")
  s.wait_for_report("ask", "Made without a model.")
  assert(s.report("ask"):find("# Which routes are there?", 1, true), s.report("ask"))

  vim.cmd("Architrave nonsense")
  assert(vim.fn.execute("messages"):find("say one of: ask, design, explain", 1, true))
end
