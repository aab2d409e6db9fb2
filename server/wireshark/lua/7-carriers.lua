-- Over WebSocket: one packet a message ------------------------------------------------------------------------

local CONTINUATION, TEXT, BINARY, CONTROL = 0, 1, 2, 8

-- What the message that ends here began as: a fragment does not say, and the first may have come in another packet.
local function message_opcode(link, pinfo)
  local opcodes = { websocket_opcode() }
  for i = #opcodes, 1, -1 do
    local opcode = opcodes[i].value
    if opcode ~= CONTINUATION and (opcode < CONTROL or i == #opcodes) then return opcode end
  end
  return link.begun[pinfo.src_port] or TEXT
end

engineio:register_heuristic("ws", function(tvb, pinfo, tree)
  local stream = latest(tcp_stream)
  local link = stream and websockets[stream]
  if not link or link.version ~= 4 or tvb:len() == 0 then return false end
  -- The heuristic's fields are known only while its reading lasts.
  local opcode = remember(pinfo, function() return { opcode = message_opcode(link, pinfo) } end).opcode
  opcode = opcode or message_opcode(link, pinfo)
  local up = pinfo.src_port == link.client_port and tostring(pinfo.src) == link.client
  -- The heuristic is a layer already: it needs no other.
  told = { link = link, up = up, part = opcode == BINARY and "binary" or "packet" }
  dissect_engineio(tvb, pinfo, tree)
  return true
end)

-- Over polling: packets joined by 0x1e, in the bodies of HTTP -------------------------------------------------

local SEPARATOR = "\30"

local function dissect_packets(tvb, pinfo, tree, link, up)
  local text = tvb:raw()
  local at = 1
  repeat
    local stop = text:find(SEPARATOR, at, true) or #text + 1
    if stop > at then call_engineio(tvb:range(at - 1, stop - at):tvb(), pinfo, tree, link, up, "packet") end
    at = stop + 1
  until at > #text
end

-- Whether the body was Engine.IO's, and is shown.
local function dissect_body(tvb, pinfo, tree)
  local answered = latest(http_response_for)
  local uri = answered or latest(http_request_uri)
  local link = uri and tvb:len() > 0 and link_of(uri)
  if not link then return false end
  local code = answered and latest(http_response_code)
  if code == 400 or code == 403 then
    call_engineio(tvb, pinfo, tree, link, false, "refusal")
    return true
  end
  if link.transport ~= "polling" or link.version ~= 4 then return false end
  if answered and tvb:len() == 2 and tvb:raw() == "ok" then
    call_engineio(tvb, pinfo, tree, link, false, "reply")
    return true
  end
  if not tvb:raw(0, 1):find("^[0-6b]") then return false end
  dissect_packets(tvb, pinfo, tree, link, answered == nil)
  return true
end

-- Bodies of these types are looked at; those of others go on to whoever had them before.
local before_us = {}

function bodies.dissector(tvb, pinfo, tree)
  if dissect_body(tvb, pinfo, tree) then return tvb:len() end
  local other = before_us[(pinfo.match_string or ""):lower()]
  return other and other:call(tvb, pinfo, tree) or 0
end

local media_types = DissectorTable.get("media_type")
for _, media_type in ipairs({ "text/plain", "application/octet-stream", "text/html", "application/json" }) do
  before_us[media_type] = media_types:get_dissector(media_type)
  media_types:add(media_type, bodies)
end

-- Behind every packet: the requests themselves ----------------------------------------------------------------

local function show_query(tree, range, link)
  local subtree = tree:add(engineio, range)
  if link.version > 0 then add_generated(subtree, E["version"], big(link.version)) end
  show_link(subtree, link, link.session)
end

function after.dissector(tvb, pinfo, tree)
  for _, request in ipairs({ http_request_uri() }) do
    local link = link_of(request.value)
    local stream = latest(tcp_stream)
    if link and stream then
      show_query(tree, request.range, link)
      if link.transport == "websocket" and not websockets[stream] then
        link.client, link.client_port, link.begun = tostring(pinfo.src), pinfo.src_port, {}
        websockets[stream] = link
      end
    end
  end
  -- What a message began as that goes on in another packet.
  local link = next(websockets) and websockets[latest(tcp_stream)]
  if link then
    for _, opcode in ipairs({ websocket_opcode() }) do
      if opcode.value == TEXT or opcode.value == BINARY then link.begun[pinfo.src_port] = opcode.value end
    end
  end
  visit = {}
  told = nil
end
register_postdissector(after)
