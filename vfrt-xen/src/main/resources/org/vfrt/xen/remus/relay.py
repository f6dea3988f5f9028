# Stands between 'xl remus' and vfrt on the guest's own host.
#
#   relay.py relay FIFO PIDFILE STALL LIMIT
#       what xl is told to run as its receiver: says what 'xl migrate-receive' would say, and hands on what comes. While Xen copies what the guest has changed the
#       guest stands still, so it is taken as fast as it comes, up to LIMIT MiB; and when nobody takes any of it for STALL seconds while no more can be
#       held, this ends, and xl lets the guest go on by itself. Nothing on the way may hold the guest up for longer.
#   relay.py carry FIFO ENDED
#       what vfrt's shell runs: writes what comes to its standard output, until it ends or vfrt is gone, which is when its standard input ends. The file ENDED is there
#       when xl has ended.
import collections
import errno
import fcntl
import os
import select
import sys
import time

BANNER = b"xl migration receiver ready, send binary domain data.\n"
PIECE = 1 << 20
# So long the other side may take to be there.
OPEN_SECONDS = 60
# So long nobody may take anything while there is room: the guest is not held up, but what is kept of it grows old.
LONG_SECONDS = 300


def larger(pipe):
    """A pipe of 64 KiB means sixteen times as many turns. Where a larger one is not allowed, so be it."""
    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIECE)
    except OSError:
        pass


def opened(path):
    """A FIFO can be opened for writing when somebody reads it."""
    until = time.monotonic() + OPEN_SECONDS
    while True:
        try:
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as e:
            if e.errno != errno.ENXIO or time.monotonic() > until:
                raise
        time.sleep(0.05)


def relay(path, pid_file, stall, limit):
    with open(pid_file, "w") as file:
        file.write("%d\n" % os.getpid())
    out = opened(path)
    os.write(1, BANNER)
    for pipe in (0, out):
        larger(pipe)
        os.set_blocking(pipe, False)
    held = collections.deque()
    size = 0
    ended = False
    moved = time.monotonic()
    while held or not ended:
        full = size >= limit
        patience = stall if full or ended else LONG_SECONDS
        left = moved + patience - time.monotonic() if held else None
        if left is not None and left <= 0:
            sys.exit("nothing was taken for %d seconds" % patience)
        readable, writable, _ = select.select([] if full or ended else [0], [out] if held else [], [], left)
        if readable:
            piece = os.read(0, PIECE)
            if not held:
                moved = time.monotonic()
            if piece:
                held.append(memoryview(piece))
                size += len(piece)
            else:
                ended = True
        if writable:
            count = os.write(out, held[0])
            moved = time.monotonic()
            size -= count
            rest = held.popleft()[count:]
            if rest:
                held.appendleft(rest)


def carry(path, ended):
    fifo = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    larger(fifo)
    began = False
    while True:
        readable, _, _ = select.select([fifo, 0], [], [], 1)
        if 0 in readable and not os.read(0, PIECE):
            return
        if fifo in readable:
            try:
                piece = os.read(fifo, PIECE)
            except BlockingIOError:
                continue
            if not piece and began:
                return
            began = began or bool(piece)
            rest = memoryview(piece)
            while rest:
                rest = rest[os.write(1, rest):]
        elif not began and os.path.exists(ended):
            sys.exit("xl ended before it sent anything")


if __name__ == "__main__":
    try:
        if sys.argv[1] == "relay":
            relay(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]) << 20)
        else:
            carry(sys.argv[2], sys.argv[3])
    except BrokenPipeError:
        sys.exit("nobody takes the stream any more")
