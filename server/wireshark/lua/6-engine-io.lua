-- Engine.IO ---------------------------------------------------------------------------------------------------

local OPEN, PING, PONG, MESSAGE = 0, 2, 3, 4

-- What every packet of a session has.
local function show_link(tree, link, session)
  add_generated(tree, E["transport"], link.transport)
  if session then add_generated(tree, E["sid"], session.sid) end
end

-- What the packet does to its session.
local function record_engine_packet(pinfo, kind, text, link, up)
  local payload = text:sub(2)
  if kind == OPEN and not up then
    local sid = string_of(payload, member(parse_json(payload), "sid"))
    if sid then link.session = session_of(clean(sid)) end
  end
  local session = link.session
  local pair
  if kind == PING and payload == "probe" then
    pair = ask(pinfo)
    link.probe = pair
  elseif kind == PONG and payload == "probe" then
    pair = answer(link.probe, pinfo)
  elseif session and kind == PING and not up then
    pair = ask(pinfo)
    session.beat = pair
  elseif session and kind == PONG and up then
    pair = answer(session.beat, pinfo)
  end
  return { session = session, pair = pair }
end

local function show_open(tree, tvb, text)
  local json = text:sub(2)
  local root, whole = parse_json(json)
  local function place(node) return tvb:range(node.first, node.last - node.first + 1) end
  for name, field in pairs({ pingInterval = "ping_interval", pingTimeout = "ping_timeout", maxPayload = "max_payload" }) do
    local node = member(root, name)
    local value = number_of(json, node)
    if value and value >= 0 then tree:add(E["open." .. field], place(node), big(value)) end
  end
  local upgrades = member(root, "upgrades")
  if upgrades then
    local names = {}
    for _, child in ipairs(upgrades.children) do names[#names + 1] = clean(string_of(json, child) or "?") end
    tree:add(E["open.upgrades"], place(upgrades), table.concat(names, ", "))
  end
  if not whole then tree:add_proto_expert_info(engineio_note, "Open: expected a JSON object") end
end

local function show_pair(tree, kind, pair)
  if pair == nil or pair.answered == nil then return end
  if kind == PING then
    add_generated(tree, E["response_in"], pair.answered)
  else
    add_generated(tree, E["response_to"], pair.asked)
    add_generated(tree, E["rtt"], time_between(pair))
  end
end

local function dissect_packet(tvb, pinfo, root_tree, tree, link, up)
  local text = tvb:raw()
  local kind = (text:byte(1) or 0) - 0x30
  if kind < 0 or kind > 6 then
    tree:add_proto_expert_info(engineio_note, "Type: expected a digit from 0 to 6")
    return
  end
  local result = remember(pinfo, function() return record_engine_packet(pinfo, kind, text, link, up) end)
  local session = result.session
  tree:add(E["type"], tvb:range(0, 1), kind)
  show_link(tree, link, session)
  local payload = text:sub(2)
  if #payload > 0 or kind == MESSAGE or kind == OPEN then
    tree:add(E["payload"], tvb:range(1), clean(payload))
  end
  if kind == MESSAGE then
    if parse_packet(payload) ~= nil then
      call_socketio(tvb:range(1):tvb(), pinfo, root_tree, { session = session, up = up })
    else
      show_info(pinfo, "Engine.IO", "Engine.IO message 4")
    end
    return
  end
  local probe = (kind == PING or kind == PONG) and payload == "probe" and "probe" or ""
  show_info(pinfo, "Engine.IO", ("Engine.IO %s %d%s"):format(ENGINEIO_TYPE[kind], kind, probe))
  if kind == OPEN then
    show_open(tree, tvb, text)
    if #payload > 0 then show_json(tvb:range(1):tvb(), pinfo, tree) end
  end
  show_pair(tree, kind, result.pair)
end

-- Binary: the bytes of an earlier packet's placeholder, or an Engine.IO message of its own.
local function dissect_binary(tvb, pinfo, root_tree, tree, link, up)
  local result = remember(pinfo, function()
    local awaited = link.session and link.session.attachments[up and "up" or "down"]
    if not awaited then return { session = link.session } end
    awaited.frames[#awaited.frames + 1] = pinfo.number
    local index = #awaited.frames - 1
    if index + 1 >= awaited.count then link.session.attachments[up and "up" or "down"] = nil end
    return {
      session = link.session,
      attachment = { packet = awaited.packet, index = index, count = awaited.count },
    }
  end)
  add_generated(tree, E["type"], MESSAGE)
  show_link(tree, link, result.session)
  add_generated(tree, E["binary"], true)
  if result.attachment == nil or tvb == nil then
    local words = "Engine.IO message 4, %d bytes of binary"
    show_info(pinfo, "Engine.IO", words:format(tvb and tvb:len() or 0))
    if tvb ~= nil then Dissector.get("data"):call(tvb, pinfo, root_tree) end
    return
  end
  call_socketio(tvb, pinfo, root_tree, { session = result.session, up = up, attachment = result.attachment })
end

local function dissect_base64(tvb, pinfo, root_tree, tree, link, up)
  local encoded = tvb:raw():sub(2)
  tree:add(E["payload"], tvb:range(1), clean(encoded))
  local bytes = decode_base64(encoded)
  if bytes == nil then
    tree:add_proto_expert_info(engineio_note, "Binary message: expected base64 behind the b")
  end
  local inner = bytes and #bytes > 0 and ByteArray.new(bytes, true):tvb("Decoded base64") or nil
  dissect_binary(inner, pinfo, root_tree, tree, link, up)
end

-- The "ok" with which the server takes a POST: no packet, but part of the session.
local function dissect_reply(tvb, tree, link)
  show_link(tree, link, link.session)
  tree:add(E["payload"], tvb:range(), clean(tvb:raw()))
end

-- A refusal: {"code","message"}, or the bare words where a WebSocket was asked for.
local function dissect_refusal(tvb, pinfo, tree, link)
  local text = tvb:raw()
  local root = parse_json(text)
  local bare = root == nil or root.kind ~= "object"
  local code = not bare and number_of(text, member(root, "code"))
  local message = bare and text or string_of(text, member(root, "message"))
  if bare then
    for number, meaning in pairs(ENGINEIO_ERROR_CODE) do
      if meaning == text then code = number end
    end
  end
  show_link(tree, link, link.session)
  if code and code >= 0 then tree:add(E["error.code"], tvb:range(), code) end
  if message then tree:add(E["error.message"], tvb:range(), clean(message)) end
  show_info(pinfo, "Engine.IO", ("Engine.IO error%s %s"):format(code and " " .. code or "", quoted(message or "")))
  if not bare then show_json(tvb, pinfo, tree) end
end

-- One packet or body; `told` says which, and of which session.
local function dissect_engineio(tvb, pinfo, root_tree)
  local link, up, part = told.link, told.up, told.part
  local tree = root_tree:add(engineio, tvb:range())
  if part == "reply" then
    dissect_reply(tvb, tree, link)
  elseif part == "refusal" then
    dissect_refusal(tvb, pinfo, tree, link)
  elseif part == "binary" then
    dissect_binary(tvb, pinfo, root_tree, tree, link, up)
  elseif link.transport == "polling" and tvb:range(0, 1):uint() == 0x62 then
    dissect_base64(tvb, pinfo, root_tree, tree, link, up)
  else
    dissect_packet(tvb, pinfo, root_tree, tree, link, up)
  end
  return tvb:len()
end

function engineio.dissector(tvb, pinfo, tree)
  if told == nil or told.link == nil then return 0 end
  return dissect_engineio(tvb, pinfo, tree)
end

local function call_engineio(tvb, pinfo, tree, link, up, part)
  told = { link = link, up = up, part = part }
  if layers_left(pinfo) then
    Dissector.get("engineio"):call(tvb, pinfo, tree)
  else
    dissect_engineio(tvb, pinfo, tree)
  end
end

-- What a request's address says of its session; nil when it is none of Engine.IO's.
local function link_of(uri)
  local query = uri:match("%?(.*)$")
  if query == nil then return nil end
  local function parameter(name)
    return ("&" .. query):match("&" .. name .. "=([^&]*)")
  end
  local version, transport = parameter("EIO"), parameter("transport")
  local path = uri:gsub("^%a+://[^/]*", "")
  local usual = path:find("^/socket%.io/") or path:find("^/engine%.io/")
  if transport == nil or (version == nil and not usual) then return nil end
  local sid = parameter("sid")
  return {
    query = query,
    transport = clean(transport),
    version = version and version:find("^%d$") and tonumber(version) or 0,
    session = sid and sid ~= "" and session_of(clean(sid)) or nil,
  }
end
