-- JSON --------------------------------------------------------------------------------------------------------
-- A node is { kind, first, last, children, key }: places in the text, with what was good of a text that breaks off.

local MAX_DEPTH = 100
local MAX_NODES = 10000
local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

-- The text that a string literal stands for; nil when it is not valid.
local function unquote(literal)
  local inside = literal:match('^"(.*)"$')
  if inside == nil then return nil end
  if not inside:find("\\", 1, true) then return inside end
  local parts, at = {}, 1
  while at <= #inside do
    local slash = inside:find("\\", at, true)
    if slash == nil then
      parts[#parts + 1] = inside:sub(at)
      break
    end
    parts[#parts + 1] = inside:sub(at, slash - 1)
    local letter = inside:sub(slash + 1, slash + 1)
    if letter == "u" then
      local hex = inside:match("^%x%x%x%x", slash + 2)
      if hex == nil then return nil end
      local code = tonumber(hex, 16)
      at = slash + 6
      local low = code >= 0xD800 and code < 0xDC00 and inside:match("^\\u([dD][c-fC-F]%x%x)", at)
      if low then
        code = 0x10000 + (code - 0xD800) * 1024 + tonumber(low, 16) - 0xDC00
        at = at + 6
      elseif code >= 0xD800 and code < 0xE000 then
        code = 0xFFFD
      end
      parts[#parts + 1] = utf8(code)
    elseif ESCAPES[letter] then
      parts[#parts + 1] = ESCAPES[letter]
      at = slash + 2
    else
      return nil
    end
  end
  return table.concat(parts)
end

-- Where a string literal that begins at `at` ends; nil when it does not.
local function string_end(text, at)
  at = at + 1
  while true do
    local stop = text:find('["\\%c]', at)
    local c = stop and text:byte(stop)
    if c == 0x22 then return stop end
    if c == 0x7F then
      at = stop + 1
    elseif c == 0x5C then
      at = stop + 2
    else
      return nil
    end
  end
end

local read_value

local function read_inside(reader, node, close)
  local text = reader.text
  reader.depth = reader.depth + 1
  if reader.depth > MAX_DEPTH then return false end
  reader.at = reader.at + 1
  while true do
    reader.at = text:find("[^ \t\r\n]", reader.at) or #text + 1
    local byte = text:byte(reader.at)
    if byte == nil then return false end
    if byte == close then break end
    if #node.children > 0 then
      if byte ~= 0x2C then return false end
      reader.at = text:find("[^ \t\r\n]", reader.at + 1) or #text + 1
    end
    local key
    if node.kind == "object" then
      local stop = text:byte(reader.at) == 0x22 and string_end(text, reader.at)
      key = stop and unquote(text:sub(reader.at, stop))
      if not key then return false end
      reader.at = text:find("[^ \t\r\n]", stop + 1) or #text + 1
      if text:byte(reader.at) ~= 0x3A then return false end
      reader.at = reader.at + 1
    end
    if not read_value(reader, key, function(child) node.children[#node.children + 1] = child end) then
      return false
    end
  end
  reader.at = reader.at + 1
  reader.depth = reader.depth - 1
  return true
end

-- `begun` is given the node before it is whole. Answers whether the value was good to its end.
read_value = function(reader, key, begun)
  local text = reader.text
  reader.at = text:find("[^ \t\r\n]", reader.at) or #text + 1
  reader.nodes = reader.nodes + 1
  local c = text:sub(reader.at, reader.at)
  if c == "" or reader.nodes > MAX_NODES then return false end
  local node = { first = reader.at, last = reader.at, children = {}, key = key }
  local good = false
  if c == "{" or c == "[" then
    node.kind = c == "{" and "object" or "array"
    begun(node)
    good = read_inside(reader, node, c == "{" and 0x7D or 0x5D)
  elseif c == '"' then
    node.kind = "string"
    begun(node)
    local stop = string_end(text, reader.at)
    if stop and unquote(text:sub(reader.at, stop)) then
      reader.at = stop + 1
      good = true
    end
  elseif c:find("[-%d]") then
    node.kind = "number"
    begun(node)
    local digits = text:match("^[-+.%deE]+", reader.at)
    if digits:find("^-?%d") and not digits:find("^-?0%d") and tonumber(digits) then
      reader.at = reader.at + #digits
      good = true
    end
  else
    local word = text:match("^%a+", reader.at)
    if word ~= "true" and word ~= "false" and word ~= "null" then return false end
    node.kind = word
    begun(node)
    reader.at = reader.at + #word
    good = true
  end
  node.last = math.min(reader.at - 1, #text)
  return good
end

-- The root node, and whether the text is JSON from end to end.
local function parse_json(text)
  local reader = { text = text, at = 1, depth = 0, nodes = 0 }
  local root
  local good = read_value(reader, nil, function(node) root = node end)
  if good and text:find("[^ \t\r\n]", reader.at) then good = false end
  return root, good
end

local function member(node, name)
  if node == nil or node.kind ~= "object" then return nil end
  for i = #node.children, 1, -1 do
    if node.children[i].key == name then return node.children[i] end
  end
end

local function source_of(text, node)
  return text:sub(node.first, node.last)
end

local function string_of(text, node)
  return node and node.kind == "string" and unquote(source_of(text, node)) or nil
end

local function number_of(text, node)
  return node and node.kind == "number" and tonumber(source_of(text, node)) or nil
end
