-- Defines `:Architrave`. Everything else is loaded when it is first used.

if vim.g.loaded_architrave then
  return
end
vim.g.loaded_architrave = true

vim.api.nvim_create_user_command("Architrave", function(call)
  require("architrave.commands").run(call)
end, {
  bang = true,
  nargs = "*",
  range = true,
  desc = "Architrave: review, explain, refactor, fix, design, ask, findings, log; with ! the agents do it",
  complete = function(lead, line)
    return require("architrave.commands").complete(lead, line)
  end,
})

vim.api.nvim_create_autocmd("LspProgress", {
  group = vim.api.nvim_create_augroup("architrave", {}),
  callback = function(event)
    require("architrave.progress").show(event)
  end,
})
