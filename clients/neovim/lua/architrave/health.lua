--- `:checkhealth architrave`.

local architrave = require("architrave")

local M = {}

local OLDEST = "0.1.0"

function M.check()
  local health = vim.health
  health.start("Architrave")
  if vim.fn.has("nvim-0.11") == 1 then
    health.ok("Neovim " .. tostring(vim.version()))
  else
    health.error("Neovim 0.11 or newer is needed", { "Update Neovim." })
    return
  end
  local config = vim.lsp.config["architrave"]
  local command = config and config.cmd
  if type(command) == "table" then
    M.program(command[1])
  end
  if vim.lsp.is_enabled and not vim.lsp.is_enabled("architrave") then
    health.warn("the server is not enabled", { 'Put `vim.lsp.enable("architrave")` into your configuration.' })
  end
  local client = architrave.client()
  if not client then
    health.info("no server runs; one is started when a file of its languages is opened")
    return
  end
  health.ok(("the server runs in %s"):format(client.root_dir or "no folder"))
  local agents = vim.tbl_get(architrave.statuses, client.id, "agents")
  if not agents or not agents.installed then
    health.info("agents are not installed; everything else works without them")
  elseif agents.key then
    health.ok(("agents: %s, %s of $%.2f today"):format(agents.model or "", architrave.dollars(agents.spent), agents.allowed))
  else
    health.info("agents have no key: set ANTHROPIC_API_KEY before Neovim starts")
  end
end

---@param program string
function M.program(program)
  local health = vim.health
  if vim.fn.executable(program) == 0 then
    health.error(("`%s` is not there"):format(program), {
      "Install it: `pipx install architrave`, or `pip install .` in a clone.",
      'Or say where it is: `vim.lsp.config("architrave", { cmd = { "/path/to/architrave", "server" } })`.',
    })
    return
  end
  local said = vim.system({ program, "--version" }, { text = true }):wait(10000)
  local version = said.stdout and said.stdout:match("architrave (%S+)")
  if not version then
    health.error(("`%s --version` says nothing of use"):format(program), { vim.trim(said.stderr or "") })
  elseif vim.version.lt(version, OLDEST) then
    health.warn(("architrave %s is older than this plugin needs (%s)"):format(version, OLDEST))
  else
    health.ok(("architrave %s, %s"):format(version, vim.fn.exepath(program)))
  end
end

return M
