"""A PUB that connects and numbers its messages: three parts each, the channel, the JSON text, the number.

Arguments: address. Each line of stdin is a Python literal (channel, message, number).
"""
import ast
import json
import sys
import time

import zmq

socket = zmq.Context().socket(zmq.PUB)
socket.connect(sys.argv[1])
time.sleep(0.3)
print("ready", flush=True)
for line in sys.stdin:
    channel, message, number = ast.literal_eval(line)
    socket.send_multipart([channel.encode(), json.dumps(message).encode(), str(number).encode()])
