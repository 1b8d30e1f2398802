--- `:Architrave`: its words, what completes them, and what they do. With `!` the agents do it.

local architrave = require("architrave")
local findings = require("architrave.findings")
local run = require("architrave.run")

local M = {}

---@class architrave.Call
---@field bang boolean
---@field rest string What stands behind the word.
---@field range integer
---@field line1 integer
---@field line2 integer

local function uri()
  return vim.uri_from_bufnr(0)
end

local function folder()
  local client = architrave.client()
  return client and client.root_dir and vim.uri_from_fname(client.root_dir) or nil
end

local function named(finding)
  return { uri = uri(), rule = finding.code, subject = vim.tbl_get(finding, "data", "subject") or "" }
end

---@param prompt string
---@param given string
---@param with fun(text: string)
local function asked(prompt, given, with)
  if given ~= "" then
    return with(given)
  end
  vim.ui.input({ prompt = prompt }, function(text)
    if text and text ~= "" then
      with(text)
    end
  end)
end

---@type table<string, { complete?: fun(): string[], run: fun(call: architrave.Call) }>
M.words = {}

M.words.review = {
  complete = function()
    return { "file", "workspace", "change" }
  end,
  run = function(call)
    local what, base = call.rest:match("^(%S*)%s*(.*)$")
    if what == "change" then
      base = base ~= "" and base or "HEAD"
      run.show("review", "Review since " .. base, "architrave.review", { { uri = folder(), base = base } })
    elseif what == "workspace" then
      run.show("review", "Review of the workspace", "architrave.review", call.bang and { vim.empty_dict() } or {})
    else
      local name = vim.fs.basename(vim.api.nvim_buf_get_name(0))
      run.show("review", "Review of " .. name, "architrave.review", call.bang and { { uri = uri() } } or { uri() })
    end
  end,
}

M.words.explain = {
  complete = function()
    local rules = {}
    for _, diagnostic in ipairs(vim.diagnostic.get()) do
      if diagnostic.source == "architrave" then
        rules[tostring(diagnostic.code)] = true
      end
    end
    return vim.tbl_keys(rules)
  end,
  run = function(call)
    if call.bang then
      findings.pick(function(finding)
        run.show("explain", "Why " .. finding.code .. " here", "architrave.explain", { named(finding) })
      end)
      return
    end
    local rule = call.rest ~= "" and call.rest or vim.tbl_get(findings.here(), 1, "code")
    if rule then
      return run.show("explain", rule, "architrave.explain", { rule })
    end
    local client = architrave.client()
    local place = vim.lsp.util.make_position_params(0, client and client.offset_encoding or "utf-8")
    run.show("explain", "What is known here", "architrave.explain", { { uri = place.textDocument.uri, position = place.position } })
  end,
}

M.words.refactor = {
  run = function()
    findings.pick(function(finding)
      run.show("refactor", "Refactor: " .. finding.code, "architrave.refactor", { named(finding) })
    end)
  end,
}

M.words.fix = {
  complete = function()
    return vim.list_extend({ "file" }, M.words.explain.complete())
  end,
  run = function(call)
    if call.bang and call.rest ~= "" then
      run.show("refactor", "Remove all " .. call.rest, "architrave.fixAll", { { uri = folder(), rule = call.rest } })
    elseif call.rest == "file" then
      M.execute("architrave.fixAll", { uri() })
    else
      findings.pick(require("architrave.fix").preview)
    end
  end,
}

M.words.design = {
  run = function(call)
    local selected = call.range > 0 and table.concat(vim.api.nvim_buf_get_lines(0, call.line1 - 1, call.line2, false), "\n") or ""
    asked("What is to be designed? ", call.rest ~= "" and call.rest or selected, function(brief)
      run.show("design", "Design", "architrave.design", { { uri = folder(), brief = brief, scaffold = call.bang } })
    end)
  end,
}

M.words.ask = {
  run = function(call)
    asked("Ask: ", call.rest, function(question)
      local about = { question = question, uri = uri() }
      if call.range > 0 then
        about.range = { start = { line = call.line1 - 1, character = 0 }, ["end"] = { line = call.line2, character = 0 } }
      end
      run.show("ask", question, "architrave.ask", { about })
    end)
  end,
}

M.words.findings = {
  complete = function()
    return { "api-", "data-", "ops-", "perf-", "sec-", "sys-" }
  end,
  run = function(call)
    findings.list(call.rest)
  end,
}

M.words.stop = {
  run = function()
    local count = run.stop() + require("architrave.progress").stop()
    architrave.tell(count == 0 and "nothing runs." or count == 1 and "1 run is stopped." or ("%d runs are stopped."):format(count))
  end,
}

M.words.restart = {
  run = function()
    for _, client in ipairs(vim.lsp.get_clients({ name = "architrave" })) do
      client:stop(true)
    end
    vim.defer_fn(function()
      for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
        if vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].buftype == "" then
          -- What `vim.lsp.enable()` does when a file is opened.
          vim.api.nvim_exec_autocmds("FileType", { group = "nvim.lsp.enable", buffer = buffer })
        end
      end
    end, 500)
  end,
}

M.words.log = {
  run = function()
    vim.cmd.tabedit(vim.fn.fnameescape(vim.lsp.get_log_path()))
    vim.cmd.normal({ "G", bang = true })
  end,
}

--- Have the server carry out a command that says nothing when it succeeds.
---@param command string
---@param arguments table
function M.execute(command, arguments)
  local client = architrave.client()
  if not client then
    return architrave.tell("no server runs for this buffer.", vim.log.levels.WARN)
  end
  client:request("workspace/executeCommand", { command = command, arguments = arguments }, function(problem)
    if problem then
      architrave.tell(problem.message, vim.log.levels.WARN)
    end
  end)
end

function M.run(call)
  local word = call.fargs[1]
  local known = M.words[word or ""]
  if not known then
    local words = vim.tbl_keys(M.words)
    table.sort(words)
    return architrave.tell(("say one of: %s"):format(table.concat(words, ", ")), vim.log.levels.WARN)
  end
  local rest = vim.trim(call.args:sub(#word + 1))
  known.run({ bang = call.bang, rest = rest, range = call.range, line1 = call.line1, line2 = call.line2 })
end

---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local before = line:sub(1, #line - #lead)
  local word = before:match("Architrave!?%s+(%S+)%s+$")
  local offered = {}
  if word then
    offered = M.words[word] and M.words[word].complete and M.words[word].complete() or {}
  elseif before:match("Architrave!?%s+$") then
    offered = vim.tbl_keys(M.words)
  end
  table.sort(offered)
  return vim.tbl_filter(function(item)
    return vim.startswith(item, lead)
  end, offered)
end

return M
