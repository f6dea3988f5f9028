#!/usr/bin/python3
"""The load of the guest whose memory scripts/bench/store stores.

Reads 'PHASE SEED SCALE' from the second serial port, does that phase's work, and answers 'done PHASE SECONDS'. The host takes an
image after each, so that every image shows a known point. SEED makes guests of one system differ; SCALE fits the work to the memory.
"""

import os
import random
import socket
import sqlite3
import subprocess
import sys
import time
import tty

with open("/usr/share/dict/words", encoding="utf-8") as dictionary:
    WORDS = dictionary.read().split()


class Load:
    def __init__(self, seed, scale):
        self.scale = scale
        self.random = random.Random(seed)
        self.objects = {}
        self.hog = []
        self.connect()
        self.db = sqlite3.connect("/var/lib/load.db")
        self.db.execute("pragma journal_mode=wal")
        self.db.execute("pragma cache_size=-16000")
        self.db.execute("create table if not exists t(id integer primary key, name text, value text, n real)")

    def connect(self):
        for _ in range(300):
            try:
                self.redis = socket.create_connection(("127.0.0.1", 6379)).makefile("rwb")
                return
            except OSError:
                time.sleep(0.2)
        raise OSError("redis does not answer")

    def text(self, words):
        return " ".join(self.random.choices(WORDS, k=words))

    def set_keys(self, keys):
        for at in range(0, len(keys), 200):
            part = keys[at : at + 200]
            for key in part:
                name, value = b"session:%d" % key, self.text(28).encode()
                self.redis.write(b"*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n" % (len(name), name, len(value), value))
            self.redis.flush()
            for _ in part:
                self.redis.readline()

    def rows(self, count):
        for i in range(count):
            row = (self.random.randrange(50000 * self.scale), self.text(2), self.text(18), self.random.random())
            self.db.execute("insert or replace into t values(?,?,?,?)", row)
            if i % 50 == 0:
                self.db.commit()
        self.db.commit()

    def live_objects(self, count):
        for _ in range(count):
            key = self.random.randrange(40000 * self.scale)
            self.objects[key] = {"name": self.text(3), "values": [self.random.random() for _ in range(6)], "text": self.text(9)}

    def log(self, lines):
        with open("/var/log/load.log", "a", encoding="utf-8") as log:
            for _ in range(lines):
                log.write("%f INFO worker-%d %s\n" % (time.time(), self.random.randrange(8), self.text(7)))

    def first(self):
        self.set_keys(range(50000 * self.scale))
        self.rows(15000 * self.scale)
        self.live_objects(25000 * self.scale)
        self.log(15000 * self.scale)
        shell("cat /usr/lib/x86_64-linux-gnu/*.so* /usr/bin/* >/dev/null")

    def moderate(self):
        self.set_keys([self.random.randrange(50000 * self.scale) for _ in range(2500 * self.scale)])
        self.rows(1200 * self.scale)
        self.live_objects(1500 * self.scale)
        self.log(3000 * self.scale)

    def idle(self):
        time.sleep(20)

    def archive(self):
        """Moderate, a restart of the service, and an archive."""
        self.moderate()
        shell("systemctl restart redis-server")
        self.connect()
        shell("tar -C /usr/lib/python3.11 -cf - asyncio email json unittest | gzip -1 >/var/tmp/python.tgz")

    def heavy(self):
        """A compilation, and a memory hog that is still there when the image is taken."""
        self.moderate()
        self.moderate()
        for unit in range(3):
            with open("/var/tmp/unit%d.c" % unit, "w", encoding="ascii") as source:
                source.write("#include <stdio.h>\n#include <stdlib.h>\n#include <math.h>\n")
                for function in range(60):
                    source.write("double f%d(double x) { for (int i = 0; i < %d; i++) x = x * %d + i; return x; }\n"
                                 % (function, self.random.randrange(2, 99), self.random.randrange(2, 99)))
        shell("cd /var/tmp && for unit in 0 1 2; do gcc -O2 -g -c unit$unit.c; done")
        shell("tar -cf /var/tmp/libraries.tar -C /usr/lib gcc python3.11")
        paragraph = self.text(3000).encode()
        for _ in range(30 * self.scale):
            self.hog.append(bytearray(os.urandom(1 << 20)))
            self.hog.append(bytearray(b"".join(self.text(400).encode() + paragraph[: self.random.randrange(4000)] for _ in range(300))))


def shell(command):
    subprocess.run(command, shell=True, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main():
    with open("/dev/ttyS1", "r+b", buffering=0) as port:
        tty.setraw(port)
        load = None
        port.write(b"ready\n")
        line = b""
        while True:
            byte = port.read(1)
            if byte != b"\n":
                line += byte or b""
                continue
            phase, seed, scale = line.decode().split()
            line = b""
            begun = time.monotonic()
            try:
                load = load or Load(int(seed), int(scale))
                getattr(load, phase)()
                port.write(b"done %s %.1f\n" % (phase.encode(), time.monotonic() - begun))
            except Exception as trouble:  # noqa: BLE001 - whatever it is, the host must hear of it
                port.write(b"failed %s %s\n" % (phase.encode(), repr(trouble).encode()))


sys.exit(main())
