--- A report: a scratch buffer of Markdown in a window beside the code, written while it comes.
---
--- `q` closes it and stops what writes it, `<CR>` follows the link under the cursor.

local M = {}

---@class architrave.Report
---@field buffer integer
---@field text string
---@field on_close? fun()
---@field keys table<string, fun()>
---@field links table<integer, string> Where the links lead, by the mark on their name.
local Report = {}
Report.__index = Report

---@type table<string, architrave.Report>
local reports = {}
local links_space = vim.api.nvim_create_namespace("architrave-links")

--- Return the report of a kind, empty and shown; each kind has one.
---@param kind string
---@return architrave.Report
function M.open(kind)
  local report = reports[kind]
  if report and report.on_close then
    report.on_close()
  end
  if not report or not vim.api.nvim_buf_is_valid(report.buffer) then
    report = setmetatable({ buffer = M.buffer(kind), text = "", keys = {}, links = {} }, Report)
    reports[kind] = report
  end
  report:clear()
  if vim.fn.bufwinid(report.buffer) == -1 then
    local window = vim.api.nvim_open_win(report.buffer, false, { split = "right" })
    vim.wo[window].conceallevel = 2
    vim.wo[window].wrap = true
    vim.wo[window].linebreak = true
    vim.wo[window].number = false
    vim.wo[window].relativenumber = false
    vim.wo[window].signcolumn = "no"
    vim.wo[window].winfixbuf = true
  end
  return report
end

---@param kind string
---@return integer
function M.buffer(kind)
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_name(buffer, "architrave://" .. kind)
  vim.bo[buffer].buftype = "nofile"
  vim.bo[buffer].bufhidden = "wipe"
  vim.bo[buffer].swapfile = false
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].filetype = "markdown"
  pcall(vim.treesitter.start, buffer, "markdown")
  vim.keymap.set("n", "q", "<Cmd>close<CR>", { buffer = buffer, desc = "Close the report" })
  vim.keymap.set("n", "<CR>", M.follow, { buffer = buffer, desc = "Follow the link under the cursor" })
  vim.api.nvim_create_autocmd("BufWipeout", {
    buffer = buffer,
    callback = function()
      local report = reports[kind]
      reports[kind] = nil
      if report and report.on_close then
        report.on_close()
      end
    end,
  })
  return buffer
end

function Report:clear()
  self.text = ""
  self.on_close = nil
  for key in pairs(self.keys) do
    pcall(vim.keymap.del, "n", key, { buffer = self.buffer })
  end
  self.keys = {}
  self:draw()
end

---@param text string
function Report:append(text)
  self.text = self.text .. text
  self:draw()
end

---@param text string
function Report:set(text)
  self.text = text
  self:draw()
end

--- Offer something under a key, and say so at the end of the report.
---@param key string
---@param title string
---@param run fun()
function Report:offer(key, title, run)
  self.keys[key] = run
  vim.keymap.set("n", key, run, { buffer = self.buffer, desc = title })
end

---@param last? string A line about how it stands, below the text.
function Report:draw(last)
  if not vim.api.nvim_buf_is_valid(self.buffer) then
    return
  end
  local lines, links = M.readable(self.text)
  if last then
    lines = self.text == "" and { last } or vim.list_extend(lines, lines[#lines] == "" and { "---", last } or { "", "---", last })
  end
  vim.bo[self.buffer].modifiable = true
  vim.api.nvim_buf_set_lines(self.buffer, 0, -1, false, lines)
  vim.bo[self.buffer].modifiable = false
  vim.bo[self.buffer].modified = false
  vim.api.nvim_buf_clear_namespace(self.buffer, links_space, 0, -1)
  self.links = {}
  for _, link in ipairs(links) do
    local options = { end_col = link.last, hl_group = "@markup.link" }
    self.links[vim.api.nvim_buf_set_extmark(self.buffer, links_space, link.row, link.first, options)] = link.uri
  end
end

---@class architrave.Link
---@field row integer
---@field first integer
---@field last integer
---@field uri string

--- Return the lines of Markdown as they are best read where it is not rendered, and the links to files in them. Outside of code, what is
--- escaped stands for itself, and a link is its name alone.
---@param text string
---@return string[]
---@return architrave.Link[]
function M.readable(text)
  local lines, links, is_code = {}, {}, false
  for line in vim.gsplit(text:gsub("| | |\n|%-%-%-|%-%-%-|\n", ""), "\n", { plain = true }) do
    if line:find("^%s*```") then
      is_code = not is_code
    elseif not is_code then
      line = M.linked(line, #lines, links)
    end
    table.insert(lines, line)
  end
  return lines, links
end

---@param line string
---@param row integer
---@param links architrave.Link[]
---@return string
function M.linked(line, row, links)
  local read, start = "", 1
  while true do
    local first, last, name, uri = line:find("%[([^%[%]]*)%]%((file:[^)]+)%)", start)
    if not first then
      return read .. M.unescaped(line:sub(start))
    end
    read = read .. M.unescaped(line:sub(start, first - 1))
    local shown = M.unescaped(name)
    table.insert(links, { row = row, first = #read, last = #read + #shown, uri = uri })
    read, start = read .. shown, last + 1
  end
end

---@param text string
---@return string
function M.unescaped(text)
  local first, last = text:find("(`+).-%1")
  if first then
    return M.unescaped(text:sub(1, first - 1)) .. text:sub(first, last) .. M.unescaped(text:sub(last + 1))
  end
  text = text:gsub("&#(%d+);", function(number)
    return vim.fn.nr2char(tonumber(number), true)
  end)
  return (text:gsub("\\(%p)", "%1"))
end

--- Open the file that the link under the cursor names, at its line, in the window that the user came from.
function M.follow()
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  local buffer = vim.api.nvim_get_current_buf()
  local report = vim.iter(reports):find(function(_, item)
    return item.buffer == buffer
  end)
  local marks = vim.api.nvim_buf_get_extmarks(buffer, links_space, { row - 1, 0 }, { row - 1, -1 }, { details = true })
  for _, mark in ipairs(marks) do
    if column >= mark[3] and column < mark[4].end_col then
      return M.open_file(reports[report].links[mark[1]])
    end
  end
end

---@param uri string
function M.open_file(uri)
  local file, number = uri:match("^(.-)#L(%d+)")
  vim.cmd.wincmd("p")
  if vim.wo.winfixbuf then
    vim.cmd.split()
    vim.wo.winfixbuf = false
  end
  local buffer = vim.fn.bufadd(vim.uri_to_fname(file or uri))
  vim.bo[buffer].buflisted = true
  vim.api.nvim_win_set_buf(0, buffer)
  vim.api.nvim_win_set_cursor(0, { math.min(tonumber(number or 1), vim.api.nvim_buf_line_count(0)), 0 })
end

return M
