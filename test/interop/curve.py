"""A ZeroMQ program with or without a key of CURVE: takes what a server sends, and sends it what stdin says.

Arguments: the server's addresses for subscribers and for publishers, its public key or "none", and where there is one the file of
this program's own certificate. Each line of stdin is sent as it stands; each frame that comes is printed.
"""
import sys
import threading

import zmq
import zmq.auth

address, ingress, server_key = sys.argv[1:4]
context = zmq.Context()


def secured(socket):
    socket.linger = 0
    if server_key != "none":
        socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(sys.argv[4])
        socket.curve_serverkey = server_key.encode()
    return socket


def send():
    publisher = secured(context.socket(zmq.PUB))
    publisher.connect(ingress)
    for line in sys.stdin:
        publisher.send_string(line.rstrip("\n"))


threading.Thread(target=send, daemon=True).start()
subscriber = secured(context.socket(zmq.SUB))
subscriber.subscribe(b"")
subscriber.connect(address)
print("ready", flush=True)
while True:
    print(subscriber.recv_string(), flush=True)
