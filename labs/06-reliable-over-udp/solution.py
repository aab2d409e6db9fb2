# Lab 06: Reliable over UDP, solved in Python.
import hashlib
import os
import socket
import time

HOST = os.environ.get("WIRELAB_HOST", "127.0.0.1")
PORT = int(os.environ["WIRELAB_DOOR_PORT"])
BLOCK = 512
TIMEOUT_S = 0.25
TRIES = 12

# 2048 bytes in 64 lines of 32: four blocks, to the byte.
FILE = b"".join(f"{n} ".ljust(31, ".").encode() + b"\n" for n in range(64))


def data(block):
    piece = FILE[(block - 1) * BLOCK : block * BLOCK]
    return (3).to_bytes(2, "big") + block.to_bytes(2, "big") + piece


def deliver(sender, block):
    for _ in range(TRIES):
        sender.sendto(data(block), (HOST, PORT))
        until = time.monotonic() + TIMEOUT_S
        while (left := until - time.monotonic()) > 0:
            sender.settimeout(left)
            try:
                message = sender.recv(1024)
            except TimeoutError:
                break
            # An acknowledgement of an earlier block says nothing new: go on waiting.
            if int.from_bytes(message[2:4], "big") == block:
                return message
        print(f"block {block}: nothing within {TIMEOUT_S} s, so once more")
    raise OSError(f"block {block}: no acknowledgement after {TRIES} tries")


print(f"sending {len(FILE)} bytes, sha256 {hashlib.sha256(FILE).hexdigest()[:8]}")
for _ in range(24):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        begun = time.monotonic()
        # The last block is one that is not full; for this file it is the fifth, with no bytes at all.
        for block in range(1, len(FILE) // BLOCK + 2):
            answer = deliver(sender, block)
        milliseconds = 1000 * (time.monotonic() - begun)
        print(f"{milliseconds:.0f} ms; the receiver: {answer[4:].decode()}")
    time.sleep(0.4)
