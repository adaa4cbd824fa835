"""Reads segments of a log on disk, by docs/log-format.md alone.

Arguments: a file, and names of channels. Prints a line of JSON for each entry of its packs; then, where the file has a
footer, one for each channel that is named, and one for each put key. Anything that is wrong ends it with an error.
"""
import base64
import json
import struct
import sys
import zlib

UNKNOWN = 0xFFFFFFFFFFFFFFFF


def u(size, data, at):
    return struct.unpack_from({1: "<B", 2: "<H", 4: "<I", 8: "<Q"}[size], data, at)[0]


def check(is_good, what):
    if not is_good:
        sys.exit(what)


def count(data, at):
    value = u(8, data, at)
    return None if value == UNKNOWN else value


def say(**line):
    print(json.dumps(line, ensure_ascii=False))


class Cursor:
    def __init__(self, data, at):
        self.data, self.at = data, at

    def number(self, size):
        self.at += size
        return u(size, self.data, self.at - size)

    def bytes(self, length):
        self.at += length
        return self.data[self.at - length : self.at]

    def text(self, size):
        return self.bytes(self.number(size)).decode()


def read_pack(data, at, last, chain):
    check(data[at : at + 4] == b"ZPAK", f"no pack at {at}")
    end = at + u(4, data, at + 4)
    check(zlib.crc32(data[at + 12 : end]) == u(4, data, at + 8), f"the pack at {at} is damaged")
    check(u(4, data, at + 12) == chain, f"the pack at {at} does not follow the one before")
    offset, time, before = u(8, data, at + 16), u(8, data, at + 24), u(8, data, at + 40)
    check(before == last and offset > before, f"packs are missing before {at}")
    entries = u(4, data, at + 48)
    cursor = Cursor(data, at + 56)
    while cursor.at < end:
        start = cursor.at
        flags, _, channels, payload = struct.unpack_from("<BBHI", data, start)
        cursor.at += 8
        missed = None
        if flags & 1:
            missed = count(data, cursor.at)
            cursor.at += 8
        names = [cursor.text(1) for _ in range(channels)]
        user = "" if flags & (1 | 8) else cursor.text(2)
        key = None
        if flags & 4:
            key = {"client": cursor.text(2), "id": cursor.number(8)}
            key["fingerprint"] = base64.b64encode(cursor.bytes(20)).decode()
            key["isMobile"] = flags & 16 != 0
        text = cursor.bytes(payload).decode()
        for name in names:
            line = {"offset": offset, "time": time, "channel": name}
            if flags & 1:
                say(**line, missed=missed)
            else:
                say(**line, message=text, user=user, republish=flags & 2 != 0, key=key)
            offset += 1
            entries -= 1
    check(cursor.at == end and entries == 0, f"the records of the pack at {at} do not fill it")
    return end, offset - 1, u(4, data, at + 8)


def bucket_of(name, seed, buckets):
    value = 2166136261 ^ seed
    for byte in name:
        value = (value ^ byte) * 16777619 % 2**32
    return (value ^ value >> 16) % buckets


class Footer:
    def __init__(self, data, before):
        self.data, self.before = data, before
        check(data[:4] == b"ZIDX" and u(8, data, 32) == before, "no footer")
        self.packs, channels, self.buckets, self.seed, publications, gaps, names = struct.unpack_from("<7I", data, 4)
        self.buckets_at = 40 + 24 * self.packs
        self.channels_at = self.buckets_at + 4 * (self.buckets + 1)
        self.offsets_at = self.channels_at + 12 * (channels + 1)
        self.gaps_at = self.offsets_at + 4 * publications
        self.names_at = self.gaps_at + 12 * gaps
        check(self.names_at + names == len(data), "a footer of another length")

    def find(self, name):
        at = self.buckets_at + 4 * bucket_of(name, self.seed, self.buckets)
        for number in range(u(4, self.data, at), u(4, self.data, at + 4)):
            row = struct.unpack_from("<6I", self.data, self.channels_at + 12 * number)
            if self.data[self.names_at + row[0] : self.names_at + row[3]] == name:
                offsets = [self.before + u(4, self.data, self.offsets_at + 4 * i) for i in range(row[1], row[4])]
                rows = [self.gaps_at + 12 * i for i in range(row[2], row[5])]
                gaps = [[self.before + u(4, self.data, at), count(self.data, at + 4)] for at in rows]
                return {"offsets": offsets, "gaps": gaps}
        return None

    def time_of(self, offset):
        for pack in range(self.packs):
            _, _, first, entries, time = struct.unpack_from("<4IQ", self.data, 40 + 24 * pack)
            if first <= offset - self.before < first + entries:
                return time
        sys.exit(f"no pack has {offset}")


def read_keys(data, footer):
    check(data[:4] == b"ZKEY", "no put keys")
    keys, owners, _ = struct.unpack_from("<3I", data, 4)
    owners_at = 24 + 40 * keys
    texts_at = owners_at + 8 * owners
    for row in range(24, owners_at, 40):
        offset, owner, number = struct.unpack_from("<2IQ", data, row)
        at, client, user = struct.unpack_from("<I2H", data, owners_at + 8 * owner)
        texts = Cursor(data, texts_at + at)
        offset += footer.before
        say(
            offset=offset,
            time=footer.time_of(offset),
            client=texts.bytes(client).decode(),
            user=texts.bytes(user).decode(),
            id=number,
            fingerprint=base64.b64encode(data[row + 16 : row + 36]).decode(),
            channels=u(2, data, row + 36),
            isMobile=u(2, data, row + 38) & 1 != 0,
        )


def main(path, *names):
    with open(path, "rb") as file:
        data = file.read()
    check(data[:4] == b"ZSEG" and zlib.crc32(data[:92]) == u(4, data, 92), "no segment")
    check(u(2, data, 4) == 1, "another version")
    before, chain = u(8, data, 8), u(4, data, 24)
    end, footer, keys = len(data), None, b""
    at = end - 72
    if data[at : at + 4] == b"ZEND":
        check(zlib.crc32(data[at : at + 68]) == u(4, data, at + 68), "the trailer is damaged")
        footer_at, footer_bytes, footer_crc, keys_bytes, keys_crc, last_crc = struct.unpack_from("<6I", data, at + 4)
        footer, keys = data[footer_at:at], data[footer_at - keys_bytes : footer_at]
        check(len(footer) == footer_bytes and zlib.crc32(footer) == footer_crc, "the footer is damaged")
        check(zlib.crc32(keys) == keys_crc, "the put keys are damaged")
        end = footer_at - keys_bytes
    at, last = 96, before
    while at < end:
        at, last, chain = read_pack(data, at, last, chain)
    if footer is None:
        return
    footer = Footer(footer, before)
    for name in names:
        say(channel=name, found=footer.find(name.encode()))
    if keys:
        read_keys(keys, footer)


main(*sys.argv[1:])
