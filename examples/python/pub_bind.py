#!/usr/bin/env python3
"""Puts a message a second on a Zerospan channel: a PUB socket that binds, and the server connects to it.

    zerospan serve --bus-address tcp://127.0.0.1:5557 --bus-source tcp://127.0.0.1:5555
    python3 pub_bind.py room1

Native subscribers then connect to port 5557. Needs pyzmq (Debian: python3-zmq).
"""
import json
import sys
import time

import zmq

channel = sys.argv[1] if len(sys.argv) > 1 else "room1"
address = sys.argv[2] if len(sys.argv) > 2 else "tcp://127.0.0.1:5555"  # the server's --bus-source

socket = zmq.Context().socket(zmq.PUB)
socket.linger = 0
socket.bind(address)
count = 0
while True:
    # The server looks for a source that is not there every 0.1 s: what is sent before it is found is lost.
    time.sleep(1)
    count += 1
    socket.send_string(channel + " " + json.dumps({"count": count}))
