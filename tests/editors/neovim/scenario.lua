-- What scenarios share: each is a file that returns a function; it runs in a Neovim of its own, in the folder of the shop.

local M = {}

M.MAIN = "services/orders/src/orders/main.py"
M.SEARCH = "services/billing/src/main/java/com/example/shop/billing/repository/InvoiceSearch.java"

--- Wait until a condition holds; what it is called is the message when it does not.
function M.wait(what, condition, seconds)
  if not vim.wait((seconds or 60) * 1000, condition, 20) then
    error("not so after " .. (seconds or 60) .. " s: " .. what .. "\n" .. M.shown(), 2)
  end
end

function M.diagnostics(rule)
  return vim.tbl_filter(function(diagnostic)
    return diagnostic.source == "architrave" and (rule == nil or diagnostic.code == rule)
  end, vim.diagnostic.get(0))
end

--- Open a file and wait for its first finding.
function M.open(path, rule)
  vim.cmd.edit(path)
  M.wait("a finding in " .. path, function()
    return #M.diagnostics(rule) > 0
  end)
end

--- Return the text of the report of a kind, "" while there is none.
function M.report(kind)
  local buffer = vim.fn.bufnr("^architrave://" .. kind .. "$")
  return buffer == -1 and "" or table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n")
end

function M.wait_for_report(kind, text)
  M.wait(("`%s` in the report `%s`"):format(text, kind), function()
    return M.report(kind):find(text, 1, true) ~= nil
  end)
end

function M.press(kind, key)
  vim.api.nvim_set_current_win(vim.fn.bufwinid(vim.fn.bufnr("^architrave://" .. kind .. "$")))
  vim.api.nvim_feedkeys(vim.keycode(key), "xt", false)
end

--- Run git in the shop, which is nobody's repository yet.
function M.git(...)
  local identity = { "-c", "user.name=Shop", "-c", "user.email=shop@example.com" }
  local done = vim.system(vim.list_extend(vim.list_extend({ "git" }, identity), { ... })):wait()
  assert(done.code == 0, done.stderr)
end

function M.text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

function M.equal(expected, actual)
  assert(vim.deep_equal(expected, actual), ("expected %s, was %s"):format(vim.inspect(expected), vim.inspect(actual)))
end

--- What is on the screen, for messages about what is not as it should be.
function M.shown()
  local parts = { vim.fn.execute("messages") }
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    local buffer = vim.api.nvim_win_get_buf(window)
    table.insert(parts, ("--- %s\n%s"):format(vim.api.nvim_buf_get_name(buffer), table.concat(vim.api.nvim_buf_get_lines(buffer, 0, 40, false), "\n")))
  end
  return table.concat(parts, "\n")
end

function M.run(file)
  local scenario = dofile(file)
  local is_good, problem = xpcall(scenario, debug.traceback)
  if not is_good then
    io.stderr:write(problem .. "\n")
  end
  vim.cmd("cquit " .. (is_good and 0 or 1))
end

return M
