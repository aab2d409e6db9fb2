# Lab 03: TCP, open and close, solved in Python.
import os
import socket
import struct
import time

HOST = os.environ.get("WIRELAB_HOST", "127.0.0.1")
PORT = int(os.environ.get("WIRELAB_TCP_PORT", "4001"))
CLOSED_PORT = int(os.environ.get("WIRELAB_CLOSED_PORT", "4009"))
LIMIT_S = 10


def say(connection, line):
    connection.sendall(line)
    print("echo:", connection.recv(1024).decode().strip())


# Steps 2 to 5: open, send, close in good order.
with socket.create_connection((HOST, PORT), LIMIT_S) as polite:
    say(polite, b"hello\n")
    polite.shutdown(socket.SHUT_WR)
    polite.recv(1024)

# Step 7: a close that lingers for 0 seconds is an abort.
with socket.create_connection((HOST, PORT), LIMIT_S) as rude:
    say(rude, b"bye\n")
    rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

# Step 8: knock where nobody is at home. On the lab network the door takes us in first, and resets us then.
try:
    with socket.create_connection((HOST, CLOSED_PORT), LIMIT_S) as refused:
        refused.recv(1024)
except OSError as error:
    print("refused:", error)

# Steps 11 and 12: a connection that stays idle while the lab pulls the cable, and a line that is lost.
with socket.create_connection((HOST, PORT), LIMIT_S) as patient:
    say(patient, b"hello\n")
    time.sleep(10)
    say(patient, b"still here\n")
    time.sleep(2)
    say(patient, b"and again\n")
