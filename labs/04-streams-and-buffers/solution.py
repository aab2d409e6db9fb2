# Lab 04: Streams and buffers, solved in Python.
import os
import socket
import threading
import time

HOST = os.environ.get("WIRELAB_HOST", "127.0.0.1")
ECHO_PORT = int(os.environ["WIRELAB_TCP_PORT"])
NUL_PORT = int(os.environ["WIRELAB_DOOR_PORT"])
LENGTH_PORT = int(os.environ["WIRELAB_DOOR2_PORT"])
LIMIT_S = 20


def connect(port):
    return socket.create_connection((HOST, port), LIMIT_S)


# Step 2: three messages, in three calls.
with connect(ECHO_PORT) as three:
    for word in (b"one", b"two", b"three"):
        three.sendall(word)
    echoed = 0
    while echoed < 11:
        chunk = three.recv(1024)
        print("a chunk of the echo:", chunk)
        echoed += len(chunk)

# Step 3: messages that end with a NUL. What is not complete yet waits in `kept`.
with connect(NUL_PORT) as nul:
    kept = b""
    while chunk := nul.recv(1024):
        *messages, kept = (kept + chunk).split(b"\0")
        for message in messages:
            nul.sendall(message[::-1] + b"\0")


def receive_exactly(connection, count):
    """Fewer only if the other side has ended before."""
    received = b""
    while len(received) < count and (chunk := connection.recv(count - len(received))):
        received += chunk
    return received


# Step 5: messages that come behind their length.
with connect(LENGTH_PORT) as sized:
    while prefix := receive_exactly(sized, 4):
        message = receive_exactly(sized, int.from_bytes(prefix, "big"))
        sized.sendall(prefix + message[::-1])

# Step 12: write much, and read nothing of what comes back; read on when no write has got on for a while.
SIZE = 2_400_000
PIECE = b"x" * 60_000
last_write = time.monotonic()


def write_all(connection):
    global last_write
    for _ in range(SIZE // len(PIECE)):
        connection.sendall(PIECE)
        last_write = time.monotonic()


with connect(ECHO_PORT) as flood:
    # sendall waits where there is no room, so it has a thread of its own.
    writer = threading.Thread(target=write_all, args=(flood,))
    writer.start()
    while time.monotonic() - last_write < 2.5:
        time.sleep(0.1)
    unread = 0
    while unread < SIZE:
        unread += len(flood.recv(65536))
    writer.join()
    print("read in the end:", unread, "bytes")
