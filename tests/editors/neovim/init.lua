-- The configuration of a user who has the server elsewhere: three lines.
vim.opt.runtimepath:prepend(vim.env.ARCHITRAVE_PLUGIN)
vim.lsp.config("architrave", { cmd = { vim.env.ARCHITRAVE, "server" } })
vim.lsp.enable("architrave")
