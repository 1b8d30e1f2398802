-- On a finding its rule is explained, elsewhere what is known of the place; a rule that is not there is said.

local s = require("scenario")

return function()
  s.open(s.MAIN)
  vim.fn.search("CORSMiddleware, ")
  vim.cmd("Architrave explain")
  s.wait_for_report("explain", "## Why it matters")
  assert(s.report("explain"):find("# sec-cors-wildcard-credentials", 1, true))

  vim.cmd("Architrave explain data-fk-without-index")
  s.wait_for_report("explain", "# data-fk-without-index")
  vim.cmd("Architrave explain no-such-rule")
  s.wait_for_report("explain", "no-such-rule")

  s.open("services/orders/src/orders/api/routes/orders.py")
  vim.api.nvim_win_set_cursor(0, { 13, 2 })
  vim.cmd("Architrave explain")
  s.wait_for_report("explain", "GET /v1/orders")
end
