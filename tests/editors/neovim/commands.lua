-- Words and rules complete; health is told; the log opens; help is there.

local s = require("scenario")

return function()
  local words = vim.fn.getcompletion("Architrave ", "cmdline")
  s.equal({ "ask", "design", "explain", "findings", "fix", "log", "refactor", "restart", "review", "stop" }, words)
  s.equal({ "refactor", "restart", "review" }, vim.fn.getcompletion("Architrave re", "cmdline"))
  s.equal({ "change", "file", "workspace" }, vim.fn.getcompletion("Architrave review ", "cmdline"))

  s.open(s.MAIN)
  assert(vim.tbl_contains(vim.fn.getcompletion("Architrave explain ", "cmdline"), "sec-cors-wildcard-credentials"))

  vim.cmd("checkhealth architrave")
  local health = s.text()
  assert(health:find("OK.*architrave %d+%.%d+"), health)
  assert(health:find("the server runs in", 1, true), health)
  assert(not health:find("ERROR", 1, true), health)
  vim.cmd.close()

  vim.cmd("Architrave log")
  s.equal(vim.lsp.get_log_path(), vim.api.nvim_buf_get_name(0))
  vim.cmd.tabclose()

  vim.cmd("help architrave")
  s.equal("help", vim.bo.filetype)
  assert(s.text():find("*architrave.txt*", 1, true))
end
