# Lab 05: UDP, solved in Python. An ordinary program, that comes to the lab network by the door.
import os
import socket
import time

HOST = os.environ.get("WIRELAB_HOST", "127.0.0.1")
UDP = (HOST, int(os.environ.get("WIRELAB_UDP_PORT", "4002")))
CLOSED = (HOST, int(os.environ.get("WIRELAB_CLOSED_PORT", "4009")))
LISTEN = (HOST, int(os.environ.get("WIRELAB_LISTEN_PORT", "4010")))
DOOR = (HOST, int(os.environ.get("WIRELAB_DOOR_PORT", "4010")))


def udp_socket(seconds=5.0):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.settimeout(seconds)
    return made


def heard(client):
    try:
        return client.recv(65535)
    except OSError as error:
        print("heard nothing:", error)
        return None


# Step 2: three messages, each in a datagram of its own.
client = udp_socket()
for message in (b"hello\n", b"", b"good bye\n"):
    client.sendto(message, UDP)
    print("echo:", heard(client))

# Step 6: one socket for all who call.
server = udp_socket()
server.bind(LISTEN)
callers = [udp_socket() for _ in "ABC"]
for name, caller in zip("ABC", callers):
    caller.sendto(f"hello from {name}".encode(), DOOR)
for _ in callers:
    message, sender = server.recvfrom(65535)
    server.sendto(b"port %d said: %s" % (sender[1], message), sender)
for caller in callers:
    print("answer:", heard(caller))

# Step 11: only a connected socket is told what ICMP says; behind the door to the lab network not even that one.
knocker = udp_socket(0.5)
knocker.connect(CLOSED)
knocker.send(b"anybody?\n")
heard(knocker)

# Step 8: more than one frame holds.
client.sendto(b"x" * 4000, UDP)
heard(client)

# Step 10: count, until a number does not come back; and one more, which does.
client.settimeout(0.5)
number, missing = 0, 0
while number < 40 and (missing == 0 or number == missing):
    number += 1
    client.sendto(str(number).encode(), UDP)
    if heard(client) is None:
        missing = number
    time.sleep(0.25)
