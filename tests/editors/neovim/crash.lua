-- A server that is killed leaves the editor as it is; `:Architrave restart` brings it back.

local s = require("scenario")

return function()
  s.open(s.MAIN)
  local client = assert(vim.lsp.get_clients({ name = "architrave" })[1])
  vim.uv.kill(client.rpc and vim.fn.str2nr(vim.trim(vim.fn.system("pgrep -P " .. vim.fn.getpid() .. " -f 'architrave server$'"))), "sigkill")
  s.wait("no client", function()
    return #vim.lsp.get_clients({ name = "architrave" }) == 0
  end)
  vim.cmd("Architrave review")
  assert(vim.fn.execute("messages"):find("no server runs", 1, true))
  vim.cmd("Architrave restart")
  s.wait("the finding again", function()
    return #vim.lsp.get_clients({ name = "architrave" }) == 1 and #s.diagnostics() > 0
  end)
end
