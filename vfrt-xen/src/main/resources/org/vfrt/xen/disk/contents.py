# What snapshots hold. Runs on the host that has the disks, started by disks.sh.
#
#   read-file PATH [EARLIER]   sends a file, or what differs from an earlier snapshot of the same file
#   read-device PATH           sends a device; its input is what thin_delta(8) says of its changes, or nothing
#   write PATH BYTES [COMMAND…]  takes what is sent, to its end; COMMAND says by its exit code whether there is still room
#
# Sent is a sequence of frames: a letter, two numbers of 8 bytes, little-endian, and for some of them bytes.
#   D at length   length bytes, which are at that place; whole pages
#   U at length   as in the earlier snapshot
#   N             nothing: it goes on
#   E read        the end; so many bytes were read of the snapshot
import fcntl, os, re, struct, subprocess, sys, threading, time
from array import array

PAGE = 4096
PIECE = 1 << 18
ZEROS = bytes(PIECE)
FRAME = struct.Struct('<cQQ')
out = sys.stdout.buffer


class Changed:
    """Parts that are to be read, in whole pages; told in ascending order."""

    def __init__(self):
        self.pairs = array('Q')

    def add(self, begin, end):
        begin, end = begin // PAGE * PAGE, -(-end // PAGE) * PAGE
        if self.pairs and self.pairs[-1] >= begin:
            self.pairs[-1] = max(self.pairs[-1], end)
        else:
            self.pairs.extend((begin, end))

    def __iter__(self):
        return zip(self.pairs[::2], self.pairs[1::2])


class Sender:

    def __init__(self, path):
        self.file = os.open(path, os.O_RDONLY)
        self.size = os.lseek(self.file, 0, os.SEEK_END)
        self.read = 0
        self.said = time.monotonic()

    def say(self, letter, at=0, length=0, data=b''):
        out.write(FRAME.pack(letter, at, length))
        out.write(data)
        self.said = time.monotonic()

    def nothing(self):
        self.say(b'N')
        out.flush()

    def send(self, changed, rest_unchanged):
        at = 0
        for begin, end in changed:
            if rest_unchanged and begin > at:
                self.say(b'U', at, begin - at)
            self.content(begin, min(end, self.size))
            at = end
        if rest_unchanged and at < self.size:
            self.say(b'U', at, -(-(self.size - at) // PAGE) * PAGE)
        self.say(b'E', self.read)
        out.flush()

    def content(self, begin, end):
        while begin < end:
            data = os.pread(self.file, min(PIECE, end - begin), begin)
            if not data:
                raise OSError('the snapshot is shorter than it was')
            self.read += len(data)
            if data != ZEROS[:len(data)]:
                self.say(b'D', begin, -(-len(data) // PAGE) * PAGE, data + bytes(-len(data) % PAGE))
            elif time.monotonic() - self.said > 5:
                self.nothing()
            # The host's memory is not for this.
            os.posix_fadvise(self.file, begin, len(data), os.POSIX_FADV_DONTNEED)
            begin += len(data)


# --- files -----------------------------------------------------------------------------------------------------------

FIEMAP, SYNC, EXTENTS = 0xC020660B, 1, 512
LAST, UNWRITTEN = 0x1, 0x800
# Where the place on the disk is not known, or is not that of this very piece: UNKNOWN, DELALLOC, ENCODED, ENCRYPTED, NOT_ALIGNED, INLINE, TAIL.
VAGUE = 0x2 | 0x4 | 0x8 | 0x80 | 0x100 | 0x200 | 0x400


def extents(path):
    """Yields where each part of a file is: begin, end, and the distance to its place on the disk, or None where that says nothing."""
    file = os.open(path, os.O_RDONLY)
    at, last = 0, False
    while not last:
        request = bytearray(32 + 56 * EXTENTS)
        struct.pack_into('=QQIIII', request, 0, at, (1 << 64) - 1 - at, SYNC, 0, EXTENTS, 0)
        fcntl.ioctl(file, FIEMAP, request)
        count, = struct.unpack_from('=I', request, 20)
        if not count:
            break
        for i in range(count):
            logical, physical, length, _, _, flags = struct.unpack_from('=QQQQQI', request, 32 + 56 * i)
            yield logical, logical + length, None if flags & VAGUE else (physical - logical, flags & UNWRITTEN)
            at, last = logical + length, bool(flags & LAST)
    os.close(file)


HOLE = ('hole',)


def parts(path, size):
    """The same for the whole file, holes too."""
    at = 0
    for begin, end, place in extents(path):
        if begin > at:
            yield at, begin, HOLE
        if min(end, size) > begin:
            yield begin, min(end, size), place
        at = end
    if at < size:
        yield at, size, HOLE
    yield size, sys.maxsize, HOLE


def read_file(path, earlier=None):
    sender = Sender(path)
    changed = Changed()
    # The same place on two disks says nothing.
    if earlier is not None and os.stat(earlier).st_dev != os.stat(path).st_dev:
        earlier = None
    if earlier is None:
        for begin, end, place in parts(path, sender.size):
            if place != HOLE:
                changed.add(begin, min(end, sender.size))
    else:
        compare(changed, sender.size, parts(path, sender.size), parts(earlier, os.stat(earlier).st_size))
    sender.send(changed, earlier is not None)


def compare(changed, size, now, then):
    """Blocks at the same place on the disk are the same blocks, since both files are there and neither is written to."""
    at = 0
    _, now_end, now_place = next(now)
    _, then_end, then_place = next(then)
    while at < size:
        end = min(now_end, then_end, size)
        if now_place is None or now_place != then_place:
            changed.add(at, end)
        at = end
        if at < size and at == now_end:
            _, now_end, now_place = next(now)
        if at < size and at == then_end:
            _, then_end, then_place = next(then)


# --- thin volumes ----------------------------------------------------------------------------------------------------

def changes(delta, size):
    """Returns what differs, or None where that is not told to its end."""
    block, changed, whole = 0, Changed(), False
    for line in delta:
        fields = dict(re.findall(r'(\w+)="(\d+)"', line))
        if 'data_block_size' in fields:
            block = int(fields['data_block_size']) * 512
        elif re.match(r'\s*<(different|left_only|right_only)\b', line):
            begin = int(fields['begin']) * block
            changed.add(begin, min(begin + int(fields['length']) * block, size))
        whole = whole or '</superblock>' in line
    return changed if whole and block else None


def read_device(path):
    sender = Sender(path)
    known = []
    # Of a large pool it may take minutes before the first line is there.
    reader = threading.Thread(target=lambda: known.append(changes(sys.stdin, sender.size)), daemon=True)
    reader.start()
    while reader.is_alive():
        reader.join(5)
        sender.nothing()
    changed = known[0] if known else None
    if changed is None:
        everything = Changed()
        everything.add(0, sender.size)
    sender.send(everything if changed is None else changed, changed is not None)


# --- the other way ---------------------------------------------------------------------------------------------------

def exactly(source, length):
    data = source.read(length)
    if len(data) != length:
        raise OSError('what was to be written did not come to its end')
    return data


def write(path, size, *room):
    size = int(size)
    source = sys.stdin.buffer
    file = os.open(path, os.O_WRONLY)
    looked = 0
    written = 0
    while True:
        letter, at, length = FRAME.unpack(exactly(source, FRAME.size))
        if letter == b'E':
            break
        if letter != b'D' or length > 64 << 20 or at >= size or at + length > -(-size // PAGE) * PAGE:
            raise OSError('what was to be written has no proper form')
        if room and written >= looked:
            looked = written + (64 << 20)
            if subprocess.call(room, stdin=subprocess.DEVNULL):
                raise OSError('the pool is nearly full')
        data = memoryview(exactly(source, length))[:size - at]
        while data:
            done = os.pwrite(file, data, at)
            data, at, written = data[done:], at + done, written + done
    os.fsync(file)
    os.close(file)


try:
    {'read-file': read_file, 'read-device': read_device, 'write': write}[sys.argv[1]](*sys.argv[2:])
except (OSError, ValueError) as e:
    sys.exit(str(getattr(e, 'strerror', None) or e))
