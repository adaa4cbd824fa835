"""Prints each frame that a SUB socket receives, byte for byte, as a Python literal.

Arguments: address, prefixes.
"""
import sys

import zmq

socket = zmq.Context().socket(zmq.SUB)
socket.linger = 0
socket.connect(sys.argv[1])
for prefix in sys.argv[2:]:
    socket.setsockopt_string(zmq.SUBSCRIBE, prefix)
while True:
    print(socket.recv_multipart(), flush=True)
