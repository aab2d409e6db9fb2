-- wirelab.lua: Engine.IO v4 and Socket.IO v5 for Wireshark and tshark, 4.0 and later.
--
-- Written by `wirelab wireshark-plugin`; the fields below are those of Wirelab's own reader, with the same names.
--
-- To install it, copy this file into Wireshark's personal plugins folder: Help > About Wireshark > Folders >
-- Personal Lua Plugins (on Linux ~/.local/lib/wireshark/plugins), then Analyze > Reload Lua Plugins. Or, for
-- once: wireshark -X lua_script:wirelab.lua, tshark -X lua_script:wirelab.lua -r FILE.
--
-- It reads sessions over WebSocket and over HTTP polling, also inside TLS that Wireshark decrypts. A session is
-- known by the request that began it, so the capture must hold that: the GET with EIO=4 in its query.
--
-- Filters to try: socketio.event == "chat", engineio.rtt > 0.1, socketio.ack_time, engineio.sid == "…"
-- tshark -2 also knows what comes later (response_in, ack_in), but builds no tree the first time unless something
-- wants one: give it a display filter, such as -2 -Y frame.

local engineio = Proto("engineio", "Engine.IO")
local socketio = Proto("socketio", "Socket.IO")
-- These two have no fields: one stands between HTTP and the bodies, the other comes behind every packet.
local bodies = Proto("wirelab", "Wirelab: bodies of HTTP polling")
local after = Proto("wirelab_after", "Wirelab: Engine.IO's requests")

-- Fields ------------------------------------------------------------------------------------------------------

--@fields

local engineio_note = ProtoExpert.new("engineio.note", "Engine.IO", expert.group.MALFORMED, expert.severity.WARN)
local socketio_note = ProtoExpert.new("socketio.note", "Socket.IO", expert.group.MALFORMED, expert.severity.WARN)
engineio.experts = { engineio_note }
socketio.experts = { socketio_note }

local tcp_stream = Field.new("tcp.stream")
local http_request_uri = Field.new("http.request.uri")
local http_response_for = Field.new("http.response_for.uri")
local http_response_code = Field.new("http.response.code")
local websocket_opcode = Field.new("websocket.opcode")

-- The value of a field's last occurrence so far: the message that is being read.
local function latest(field)
  local found = { field() }
  local last = found[#found]
  return last and last.value
end
