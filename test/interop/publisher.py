"""Behaves as the original's Publisher: binds PUB, linger 0, waits 0.3 s, one frame "channel SP json" a message.

Arguments: address. Each line of stdin is a Python literal (channel, message). Prints the JSON text of each as it was sent.
"""
import ast
import json
import sys
import time

import zmq

socket = zmq.Context().socket(zmq.PUB)
socket.linger = 0
socket.bind(sys.argv[1])
time.sleep(0.3)
print(socket.getsockopt_string(zmq.LAST_ENDPOINT), flush=True)
for line in sys.stdin:
    # NaN and Infinity are no literals, and the original's json module writes them all the same.
    channel, message = eval(line, {"__builtins__": {}, "nan": float("nan")}) if "nan" in line else ast.literal_eval(line)
    text = json.dumps(message)
    socket.send_string(channel + " " + text)
    print(text, flush=True)
