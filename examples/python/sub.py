#!/usr/bin/env python3
"""Prints what is put on Zerospan channels: a SUB socket that connects to the server.

    zerospan serve
    python3 sub.py room1 vote.

Without arguments it prints everything. ZeroMQ compares by prefix: room1 also hears room10; with a space behind it,
"room1 ", it is that channel alone. Needs pyzmq (Debian: python3-zmq).
"""
import json
import os
import sys

import zmq

address = os.environ.get("BUS_ADDRESS", "tcp://127.0.0.1:5555")  # the server's --bus-address

socket = zmq.Context().socket(zmq.SUB)
socket.connect(address)
for prefix in sys.argv[1:] or [""]:
    socket.setsockopt_string(zmq.SUBSCRIBE, prefix)
while True:
    channel, text = socket.recv_string().split(" ", 1)
    if channel.startswith("$"):
        continue  # the server's own, such as two servers that tell each other of themselves
    print(channel, json.loads(text), flush=True)
