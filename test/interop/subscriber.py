"""Behaves as the original's Subscriber: connects SUB, subscribes to prefixes, splits at the first space.

Arguments: address, prefixes. Prints for each message a Python literal (channel, message).
"""
import json
import sys

import zmq

socket = zmq.Context().socket(zmq.SUB)
socket.linger = 0
socket.connect(sys.argv[1])
for prefix in sys.argv[2:]:
    socket.setsockopt_string(zmq.SUBSCRIBE, prefix)
while True:
    channel, text = socket.recv_string().split(" ", 1)
    print(ascii((channel, json.loads(text))), flush=True)
