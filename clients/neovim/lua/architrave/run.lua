--- Commands of the server whose outcome is a report. What runs can be stopped, and stops when its report is closed.

local architrave = require("architrave")
local report = require("architrave.report")

local M = {}

---@class architrave.Run
---@field client vim.lsp.Client
---@field id? integer The request, while it is under way.
---@field run? string What the server calls it, once it has said something.
---@field report architrave.Report
---@field title string
---@field text string
---@field step? string

---@type architrave.Run[] The eldest first.
local runs = {}

local TOLD = {
  Answer = "Done.",
  Proposal = "Checked, and ready to be applied: `a` applies it, `q` discards it.",
  Refused = "Nothing was changed.",
  Truncated = "Cut off: this is as far as it came.",
  Stale = "Files changed meanwhile; nothing was applied.",
  OverBudget = "Stopped: the budget is used up.",
  Cancelled = "Stopped.",
  Failed = "It did not succeed.",
  Applied = "Applied. `:wall` writes what is changed.",
}

--- Run a command and show what comes of it.
---@param kind string
---@param title string
---@param command string
---@param arguments table
function M.show(kind, title, command, arguments)
  local client = architrave.client()
  if not client then
    return architrave.tell("no server runs for this buffer; `:checkhealth architrave` says why.", vim.log.levels.WARN)
  end
  ---@type architrave.Run
  local run = { client = client, report = report.open(kind), title = title, text = "" }
  run.report:draw(title .. " …")
  run.report.on_close = function()
    M.stop(run)
  end
  table.insert(runs, run)
  local _, id = client:request("workspace/executeCommand", { command = command, arguments = arguments }, function(problem, result)
    M.forget(run)
    run.report.on_close = nil
    if problem then
      run.report:draw(problem.message)
    elseif type(result) == "table" and result.outcome then
      M.ended(run, result)
    else
      run.report:set(type(result) == "string" and result or "")
    end
  end)
  run.id = id
end

---@param run architrave.Run
---@param outcome table
function M.ended(run, outcome)
  if outcome.text and outcome.text ~= vim.NIL then
    run.report:set(outcome.text)
  end
  local said = { outcome.reason or TOLD[outcome.outcome] or outcome.outcome }
  if outcome.kind == "no-key" then
    table.insert(said, "Set ANTHROPIC_API_KEY before Neovim starts.")
  end
  if outcome.isOffline then
    table.insert(said, "Made without a model.")
  end
  if type(outcome.usage) == "table" then
    table.insert(said, ("%s, %.0f s."):format(architrave.dollars(outcome.usage.cost), outcome.usage.seconds))
  end
  if outcome.proposal then
    run.report:offer("a", "Apply", function()
      M.apply(run, outcome.proposal.id)
    end)
  end
  run.report:draw(table.concat(said, " "))
end

--- Apply a proposal that the user has seen. The server looks again whether anything changed, and sends the edit.
---@param run architrave.Run
---@param proposal string
function M.apply(run, proposal)
  local arguments = { { proposal = proposal, confirmed = true } }
  run.client:request("workspace/executeCommand", { command = "architrave.apply", arguments = arguments }, function(problem, result)
    local outcome = type(result) == "table" and result or {}
    run.report:draw(problem and problem.message or outcome.reason or TOLD[outcome.outcome] or TOLD.Applied)
  end)
end

--- Stop a run, or all of them.
---@param run? architrave.Run
---@return integer How many were stopped.
function M.stop(run)
  local stopped = run and { run } or M.running()
  for _, item in ipairs(stopped) do
    if item.id then
      item.client:cancel_request(item.id) -- Whose reply Neovim keeps to itself.
      item.report.on_close = nil
      M.forget(item)
      item.report:draw(TOLD.Cancelled)
    end
  end
  return #stopped
end

---@return architrave.Run[]
function M.running()
  return vim.list_extend({}, runs)
end

---@param run architrave.Run
function M.forget(run)
  run.id = nil
  for index, item in ipairs(runs) do
    if item == run then
      table.remove(runs, index)
      return
    end
  end
end

--- Text arrives with the name of its run, which the request does not know: the first unknown name is that of the eldest run without one.
---@param message { run: string, kind: string, text: string }
function M.stream(message)
  local run
  for _, item in ipairs(runs) do
    if item.run == message.run or (item.run == nil and run == nil) then
      run = item
      if item.run == message.run then
        break
      end
    end
  end
  if not run then
    return
  end
  run.run = message.run
  if message.kind == "text" then
    run.text = run.text .. message.text
  elseif message.kind == "reset" then
    run.text = ""
  elseif message.kind == "step" then
    run.step = message.text
  else
    return
  end
  run.report.text = run.text
  run.report:draw(run.step and (run.step .. " …") or (run.title .. " …"))
end

return M
