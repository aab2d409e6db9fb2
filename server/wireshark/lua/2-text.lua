-- Text --------------------------------------------------------------------------------------------------------

local function continues(byte)
  return byte ~= nil and byte >= 0x80 and byte < 0xC0
end

-- How many bytes the UTF-8 character at `at` has; nil where there is none.
local function character_length(text, at)
  local first, second = text:byte(at, at + 1)
  if first < 0x80 then return 1 end
  if first < 0xC2 or first > 0xF4 or not continues(second) then return nil end
  if first < 0xE0 then return 2 end
  if (first == 0xE0 and second < 0xA0) or (first == 0xED and second >= 0xA0) then return nil end
  if not continues(text:byte(at + 2)) then return nil end
  if first < 0xF0 then return 3 end
  if (first == 0xF0 and second < 0x90) or (first == 0xF4 and second >= 0x90) then return nil end
  return continues(text:byte(at + 3)) and 4 or nil
end

-- The same text with U+FFFD for bytes that are no UTF-8.
local function clean(text)
  if not text:find("[\128-\255]") then return text end
  local parts, at = {}, 1
  while at <= #text do
    local length = character_length(text, at)
    parts[#parts + 1] = length and text:sub(at, at + length - 1) or "\239\191\189"
    at = at + (length or 1)
  end
  return table.concat(parts)
end

local function utf8(code)
  if code < 0x80 then return string.char(code) end
  if code < 0x800 then return string.char(0xC0 + math.floor(code / 64), 0x80 + code % 64) end
  if code < 0x10000 then
    return string.char(0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
  end
  return string.char(0xF0 + math.floor(code / 262144), 0x80 + math.floor(code / 4096) % 64,
    0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
end

-- In quotes, for the info column; cut after 60 characters or so.
local function quoted(text)
  local shown = text:gsub('[%c"\\]', function(c)
    if c == '"' or c == "\\" then return "\\" .. c end
    return string.format("\\u%04x", c:byte())
  end)
  return #shown > 60 and '"' .. clean(shown:sub(1, 60)) .. '"…' or '"' .. shown .. '"'
end

-- Base64 ------------------------------------------------------------------------------------------------------

local SIXBIT = {}
for i = 1, 64 do
  SIXBIT[("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"):byte(i)] = i - 1
end

-- The bytes as a string (RFC 4648 section 4); nil when the text is no base64.
local function decode_base64(text)
  text = text:gsub("[ \t\n\f\r]", "")
  if #text % 4 == 0 then text = text:gsub("==?$", "") end
  if #text % 4 == 1 or text:find("[^%w+/]") then return nil end
  local parts = {}
  for at = 1, #text, 4 do
    local a, b, c, d = text:byte(at, at + 3)
    local bits = SIXBIT[a] * 262144 + SIXBIT[b] * 4096 + (SIXBIT[c] or 0) * 64 + (SIXBIT[d] or 0)
    local bytes = string.char(math.floor(bits / 65536), math.floor(bits / 256) % 256, bits % 256)
    parts[#parts + 1] = bytes:sub(1, d and 3 or c and 2 or 1)
  end
  return table.concat(parts)
end
