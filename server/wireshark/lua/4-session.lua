-- What is kept ------------------------------------------------------------------------------------------------
-- Wireshark reads a packet more than once, and in any order. What a packet does to its session is worked out when
-- it is read for the first time, in the order of the capture, and kept: later readings only show it.

local sessions, websockets, kept, newest, visit

local function forget_everything()
  sessions = {} -- by session id
  websockets = {} -- by TCP stream: what the request for the WebSocket said
  kept = {} -- by frame: what each of its messages did, in order
  newest = 0 -- the last frame that was taken into account
  visit = {} -- the reading that is going on
end
forget_everything()
engineio.init = forget_everything

-- Begins a reading of the packet, unless it has begun: `after` ends it.
local function reading(pinfo)
  local number = pinfo.number
  if visit.frame ~= number then
    visit = { frame = number, messages = 0, infos = 0, first = kept[number] == nil and number > newest }
  end
  return visit
end

-- On the first reading calls `make` and keeps what it gives; on later ones gives back what was kept.
local function remember(pinfo, make)
  local now = reading(pinfo)
  now.messages = now.messages + 1
  if now.first then
    newest = now.frame
    kept[now.frame] = kept[now.frame] or {}
    kept[now.frame][now.messages] = make()
  end
  local mine = kept[now.frame]
  return mine and mine[now.messages] or {}
end

local function session_of(sid)
  local session = sessions[sid]
  if session == nil then
    session = {
      sid = sid,
      beat = nil, -- the server's last ping
      acks = { up = {}, down = {} }, -- events that want an answer, by who sent them: up is the client's way
      attachments = {}, -- binary parts that are still to come, likewise
      recoverable = {}, -- namespaces whose events bear an offset
    }
    sessions[sid] = session
  end
  return session
end

-- A question and its answer: ping and pong, event and ack.
local function ask(pinfo)
  return { asked = pinfo.number, asked_at = pinfo.rel_ts }
end

local function answer(pair, pinfo)
  if pair == nil or pair.answered ~= nil then return nil end
  pair.answered = pinfo.number
  pair.answered_at = pinfo.rel_ts
  return pair
end

local function time_between(pair)
  local nanoseconds = math.floor((pair.answered_at - pair.asked_at) * 1e9 + 0.5)
  local seconds = math.floor(nanoseconds / 1e9)
  return NSTime.new(seconds, nanoseconds - seconds * 1e9)
end

-- Showing -----------------------------------------------------------------------------------------------------

local function show_info(pinfo, protocol, words)
  local now = reading(pinfo)
  pinfo.cols.protocol = protocol
  if now.infos == 0 then
    pinfo.cols.info = words
  elseif now.infos < 20 then
    pinfo.cols.info:append(" · " .. words)
  end
  now.infos = now.infos + 1
end

-- A value that stands nowhere in the bytes.
local function add_generated(tree, field, ...)
  tree:add(field, ...):set_generated()
end

local function big(number)
  return UInt64.new(number % 4294967296, math.floor(number / 4294967296) % 4294967296)
end

-- Wireshark gives up a packet of more than 500 layers, so behind so many messages in one packet they get no layers of
-- their own: they are read all the same.
local MANY = 40

local function layers_left(pinfo)
  return reading(pinfo).messages < MANY
end

local function show_json(tvb, pinfo, tree)
  if tvb:len() == 0 or not layers_left(pinfo) then return end
  local protocol, info = tostring(pinfo.cols.protocol), tostring(pinfo.cols.info)
  Dissector.get("json"):call(tvb:range():tvb(), pinfo, tree)
  -- What it wrote there would push out what the message is.
  pinfo.cols.protocol = protocol
  pinfo.cols.info = info
end
