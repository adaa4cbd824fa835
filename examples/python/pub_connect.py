#!/usr/bin/env python3
"""Puts one message on a Zerospan channel: a PUB socket that connects to the server's ingress.

    zerospan serve
    python3 pub_connect.py room1 '{"text": "hello"}'

A frame is the channel's name, one space, and JSON. Needs pyzmq (Debian: python3-zmq).
"""
import json
import sys
import time

import zmq

channel = sys.argv[1] if len(sys.argv) > 1 else "room1"
message = json.loads(sys.argv[2]) if len(sys.argv) > 2 else "hello from Python"
address = sys.argv[3] if len(sys.argv) > 3 else "tcp://127.0.0.1:5556"  # the server's --bus-ingress

socket = zmq.Context().socket(zmq.PUB)
socket.linger = 1000  # ms: a message that waits is still sent when the program ends
socket.connect(address)
time.sleep(0.3)  # PUB drops what it sends before the server has subscribed
socket.send_string(channel + " " + json.dumps(message))
