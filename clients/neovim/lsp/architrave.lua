-- What `vim.lsp.enable("architrave")` starts. Change it with `vim.lsp.config("architrave", { … })`.

---@type vim.lsp.Config
return {
  cmd = { "architrave", "server" },
  filetypes = {
    "dockerfile", "env", "go", "gomod", "groovy", "hcl", "java", "javascript", "javascriptreact", "jproperties", "json", "json5", "jsonc", "kotlin",
    "prisma", "python", "requirements", "rust", "sh", "sql", "terraform", "terraform-vars", "toml", "typescript", "typescriptreact", "xml", "yaml",
  },
  root_markers = { "architrave.toml", ".git" },
  capabilities = {
    -- Reports go into a buffer of their own (lua/architrave/report.lua), not into files that the server opens.
    window = { showDocument = { support = false } },
    experimental = { architrave = { stream = true, status = true, proposals = true } },
  },
  handlers = {
    ["architrave/stream"] = function(_, message)
      require("architrave.run").stream(message)
    end,
    ["architrave/status"] = function(_, status, context)
      require("architrave").statuses[context.client_id] = status
    end,
  },
  commands = require("architrave.lenses").commands,
  on_attach = function(client, buffer)
    require("architrave.lenses").attach(client, buffer)
  end,
}
