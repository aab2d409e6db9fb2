-- Socket.IO: <type>[<attachments>-][<namespace>,][<ack id>][JSON] ---------------------------------------------

local CONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = 0, 2, 3, 4, 5, 6

-- The parts of a packet, each with its place; nil when the text has not that form.
local function parse_packet(text)
  local digit = text:match("^[0-6]")
  if digit == nil then return nil end
  local packet = { type = tonumber(digit), nsp = "/" }
  local at = 2
  if packet.type >= BINARY_EVENT then
    local count = text:match("^(%d+)%-", at)
    if count == nil then return nil end
    packet.attachments = { value = tonumber(count), at = at, length = #count }
    at = at + #count + 1
  end
  if text:sub(at, at) == "/" then
    local comma = text:find(",", at, true)
    local stop = comma or #text + 1
    packet.nsp = clean(text:sub(at, stop - 1))
    packet.nsp_at, packet.nsp_length = at, stop - at
    at = comma and comma + 1 or stop
  end
  local id = text:match("^%d+", at)
  if id ~= nil then
    packet.ack = { id = id, at = at }
    at = at + #id
  end
  if at <= #text and not text:find('^[%[{"]', at) then return nil end
  packet.json_at = at
  return packet
end

-- More than any sane event has.
local MAX_ATTACHMENTS = 1000

-- What the packet does to its session.
local function record_packet(pinfo, packet, text, session, up)
  if session == nil then return {} end
  local way, back = up and "up" or "down", up and "down" or "up"
  local json = text:sub(packet.json_at)
  if packet.type == CONNECT then
    local root = parse_json(json)
    if string_of(json, member(root, "pid")) then session.recoverable[packet.nsp] = true end
  end
  local result = {}
  local event = packet.type == EVENT or packet.type == BINARY_EVENT
  if packet.ack ~= nil then
    local key = packet.nsp .. "," .. packet.ack.id
    if event then
      result.ack = ask(pinfo)
      session.acks[way][key] = result.ack
    else
      result.ack = answer(session.acks[back][key], pinfo)
      session.acks[back][key] = nil
    end
  end
  if packet.attachments ~= nil then
    local count = math.min(packet.attachments.value, MAX_ATTACHMENTS)
    result.attachments = { packet = pinfo.number, count = count, frames = {} }
    session.attachments[way] = count > 0 and result.attachments or nil
  end
  result.offset = packet.type == EVENT and not up and packet.ack == nil and session.recoverable[packet.nsp]
  return result
end

-- Shows a string member of a JSON object; answers its value.
local function show_string(tree, tvb, field, packet, json, node)
  local value = string_of(json, node)
  if value ~= nil then
    tree:add(field, tvb:range(packet.json_at - 2 + node.first, node.last - node.first + 1), clean(value))
  end
  return value
end

local function show_connect(tree, tvb, packet, json, root)
  for _, name in ipairs({ "sid", "pid", "offset" }) do
    show_string(tree, tvb, S[name], packet, json, member(root, name))
  end
end

local function show_refusal(tree, tvb, packet, json, root)
  local message = show_string(tree, tvb, S["error.message"], packet, json, member(root, "message"))
  return message and quoted(message)
end

local function show_event(tree, tvb, packet, json, root, result, whole)
  local name = root and root.kind == "array" and root.children[1]
  local event = name and (name.kind == "number" and source_of(json, name) or string_of(json, name))
  if not event then
    tree:add_proto_expert_info(socketio_note, "Event: expected a JSON array that begins with its name")
    return nil
  end
  local base = packet.json_at - 2
  tree:add(S["event"], tvb:range(base + name.first, name.last - name.first + 1), clean(event))
  local first, last = root.children[2], root.children[#root.children]
  -- The text of the arguments as they were sent, without the name.
  local from = first and first.first or name.last + 1
  local to = whole and root.last - 1 or (first and last.last or from - 1)
  local args = to >= from and json:sub(from, to) or ""
  tree:add(S["args"], tvb:range(base + from, #args), "[" .. clean(args) .. "]")
  if result.offset and first then show_string(tree, tvb, S["offset"], packet, json, last) end
  return quoted(event)
end

local function show_arguments(tree, tvb, packet, json, root)
  if root then
    local length = root.last - root.first + 1
    tree:add(S["args"], tvb:range(packet.json_at - 2 + root.first, length), clean(source_of(json, root)))
  end
end

local SHOW = {
  [CONNECT] = show_connect,
  [EVENT] = show_event,
  [ACK] = show_arguments,
  [CONNECT_ERROR] = show_refusal,
  [BINARY_EVENT] = show_event,
  [BINARY_ACK] = show_arguments,
}

local function show_ack(tree, packet, pair)
  if pair == nil or pair.answered == nil then return end
  if packet.type == EVENT or packet.type == BINARY_EVENT then
    add_generated(tree, S["ack_in"], pair.answered)
  else
    add_generated(tree, S["ack_to"], pair.asked)
    add_generated(tree, S["ack_time"], time_between(pair))
  end
end

-- What the carrying layer tells the layer that it calls.
local told

local function dissect_socketio(tvb, pinfo, root_tree)
  local session, up, attachment = told.session, told.up, told.attachment
  local tree = root_tree:add(socketio, tvb:range())
  if attachment ~= nil then
    add_generated(tree, S["attachment.of"], attachment.packet)
    add_generated(tree, S["attachment.number"], big(attachment.index))
    tree:add(S["attachment"], tvb:range())
    local words = "Socket.IO attachment %d of %d, %d bytes"
    show_info(pinfo, "Socket.IO", words:format(attachment.index + 1, attachment.count, tvb:len()))
    return tvb:len()
  end
  local text = tvb:raw()
  local packet = parse_packet(text)
  local result = remember(pinfo, function() return record_packet(pinfo, packet, text, session, up) end)
  tree:add(S["type"], tvb:range(0, 1), packet.type)
  local words = { "Socket.IO", SOCKETIO_TYPE[packet.type] }
  if packet.attachments ~= nil then
    local place = packet.attachments
    tree:add(S["attachments"], tvb:range(place.at - 1, place.length), big(place.value))
    if place.value > MAX_ATTACHMENTS then
      tree:add_proto_expert_info(socketio_note, "Attachments: more than any program sends")
    end
  end
  if packet.nsp_at ~= nil then
    tree:add(S["nsp"], tvb:range(packet.nsp_at - 1, packet.nsp_length), packet.nsp)
    words[#words + 1] = packet.nsp
  else
    add_generated(tree, S["nsp"], "/")
  end
  if packet.ack ~= nil then
    tree:add(S["ack_id"], tvb:range(packet.ack.at - 1, #packet.ack.id), big(tonumber(packet.ack.id)))
  end
  local json = text:sub(packet.json_at)
  local root, whole = parse_json(json)
  local show = SHOW[packet.type]
  words[#words + 1] = show and show(tree, tvb, packet, json, root, result, whole)
  if packet.ack ~= nil then
    local answers = packet.type == ACK or packet.type == BINARY_ACK
    words[#words + 1] = (answers and "" or "ack ") .. packet.ack.id
  end
  show_ack(tree, packet, result.ack)
  for _, frame in ipairs(result.attachments and result.attachments.frames or {}) do
    add_generated(tree, S["placeholder.frame"], frame)
  end
  show_info(pinfo, "Socket.IO", table.concat(words, " "))
  if #json > 0 then show_json(tvb:range(packet.json_at - 1):tvb(), pinfo, tree) end
  return tvb:len()
end

-- Only what stands above calls it with something to be told: Decode As has nothing.
function socketio.dissector(tvb, pinfo, tree)
  if told == nil then return 0 end
  return dissect_socketio(tvb, pinfo, tree)
end

local function call_socketio(tvb, pinfo, tree, about)
  told = about
  if layers_left(pinfo) then
    Dissector.get("socketio"):call(tvb, pinfo, tree)
  else
    dissect_socketio(tvb, pinfo, tree)
  end
end
