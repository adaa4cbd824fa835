#!/usr/bin/env python3
"""Votes on every question that it is asked, on one channel: by plain ZeroMQ, without a library of Zerospan.

    zerospan serve
    python3 bot.py vote.eve

A SUB socket hears the question, and a PUB socket sends the vote. A frame is the channel's name, one space, and JSON.
Needs pyzmq (Debian: python3-zmq).
"""
import json
import os
import random
import sys
import time

import zmq

channel = sys.argv[1] if len(sys.argv) > 1 else "vote.eve"
address = os.environ.get("BUS_ADDRESS", "tcp://127.0.0.1:5555")  # the server's --bus-address
ingress = os.environ.get("BUS_INGRESS", "tcp://127.0.0.1:5556")  # the server's --bus-ingress

context = zmq.Context()
hears = context.socket(zmq.SUB)
hears.setsockopt_string(zmq.SUBSCRIBE, channel + " ")  # with the space: vote.eve does not hear vote.evelyn
hears.connect(address)
speaks = context.socket(zmq.PUB)
speaks.connect(ingress)
print(channel + ": ready to vote")
while True:
    question = json.loads(hears.recv_string().split(" ", 1)[1])
    if not isinstance(question, dict) or not question.get("options"):
        continue  # its own vote comes by on this channel, too
    time.sleep(random.random() * 2)
    choice = random.choice(question["options"])
    speaks.send_string(channel + " " + json.dumps({"id": question.get("id"), "choice": choice}))
    print(channel, "votes", choice)
