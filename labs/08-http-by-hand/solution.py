# Lab 08: HTTP by hand, solved in Python.
import os
import re
import socket

host = os.environ.get("WIRELAB_HOST", "127.0.0.1")
port = int(os.environ["WIRELAB_DOOR_PORT"])


def ask(request):
    """Sends a request as it stands on a connection of its own; returns all that came until the server closed."""
    with socket.create_connection((host, port), timeout=5) as connection:
        connection.sendall(request.encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    print(answer.decode()[:300])
    return answer.decode()


def read_answer(stream):
    """Reads one answer from a connection that stays open: its length says where it ends."""
    head = b""
    for line in stream:
        head += line
        if line == b"\r\n":
            break
    length = int(re.search(rb"(?im)^content-length: (\d+)", head)[1])
    answer = (head + stream.read(length)).decode()
    print(answer)
    return answer


ask("GET / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")

ask("HEAD /long HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")
ask("HEAD /nowhere HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")

first = ask("GET /note HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")
etag = re.search(r"(?im)^etag: (.*)\r$", first)[1]
again = f"GET /note HTTP/1.1\r\nHost: lab\r\nIf-None-Match: {etag}\r\nConnection: close\r\n\r\n"
ask(again)

note = "Written by hand.\n"
ask(f"PUT /note HTTP/1.1\r\nHost: lab\r\nContent-Length: {len(note)}\r\nConnection: close\r\n\r\n{note}")
ask(again)

ask("GET /long HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")

with socket.create_connection((host, port), timeout=5) as connection:
    stream = connection.makefile("rb")
    connection.sendall(b"GET /visits HTTP/1.1\r\nHost: lab\r\n\r\n")
    read_answer(stream)
    connection.sendall(b"GET /visits HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")
    cookie = re.search(r"(?im)^set-cookie: ([^;]*)", read_answer(stream))[1]

ask(f"GET /visits HTTP/1.1\r\nHost: lab\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n")
