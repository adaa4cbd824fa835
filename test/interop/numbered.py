"""A publisher that connects and numbers its messages: three parts each, the channel, the JSON text, the number.

Arguments: address. Each line of stdin is a Python literal (channel, message, number).
"""
import ast
import json
import sys

import zmq

# As PUB, but it hears who subscribes: what is sent before that is lost.
socket = zmq.Context().socket(zmq.XPUB)
socket.connect(sys.argv[1])
socket.recv()
print("ready", flush=True)
for line in sys.stdin:
    channel, message, number = ast.literal_eval(line)
    socket.send_multipart([channel.encode(), json.dumps(message).encode(), str(number).encode()])
