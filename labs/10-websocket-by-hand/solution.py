# Lab 10: WebSocket by hand, solved in Python.
import base64
import hashlib
import os
import re
import socketserver
import struct

CONTINUATION, TEXT, CLOSE, PING, PONG = 0, 1, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def answer_to(head):
    key = re.search(rb"(?im)^sec-websocket-key: (.*)\r$", head)[1]
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def frame_of(opcode, payload):
    """A frame of ours: whole (FIN), and never masked."""
    length = len(payload)
    size = bytes([length]) if length < 126 else struct.pack("!BH", 126, length)
    return bytes([0x80 | opcode]) + size + payload


def next_frame(stream):
    """Reads one frame; None when the client has gone."""
    header = stream.read(2)
    if len(header) < 2:
        return None
    length = header[1] & 0x7F
    if length == 126:
        (length,) = struct.unpack("!H", stream.read(2))
    is_masked = header[1] >= 0x80
    key = stream.read(4) if is_masked else bytes(4)
    payload = bytes(byte ^ key[i % 4] for i, byte in enumerate(stream.read(length)))
    return header[0] >= 0x80, header[0] & 0x0F, is_masked, payload


class Client(socketserver.StreamRequestHandler):
    def handle(self):
        head = b""
        for line in self.rfile:
            head += line
            if line == b"\r\n":
                break
        if not head.endswith(b"\r\n\r\n"):
            return
        self.wfile.write(answer_to(head))
        message = b""
        while frame := next_frame(self.rfile):
            is_final, opcode, is_masked, payload = frame
            if not is_masked:
                return self.wfile.write(frame_of(CLOSE, struct.pack("!H", 1002)))
            if opcode == CLOSE:
                return self.wfile.write(frame_of(CLOSE, payload))
            if opcode == PING:
                self.wfile.write(frame_of(PONG, payload))
            elif opcode in (TEXT, CONTINUATION):
                message += payload
                if is_final:
                    print("message:", message.decode(), flush=True)
                    self.wfile.write(frame_of(TEXT, message))
                    message = b""


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


address = (os.environ.get("WIRELAB_HOST", "127.0.0.1"), int(os.environ["WIRELAB_LISTEN_PORT"]))
with Server(address, Client) as server:
    server.serve_forever()
