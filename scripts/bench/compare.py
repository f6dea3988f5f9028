"""The measuring part of scripts/bench/store: stores and restores the same streams with every tool, in turns, and prints what came of it.

Markdown goes to stdout, what is going on to stderr. Nothing fails on a number; a wrong byte, or a tool that fails, ends it all.
"""

import argparse
import fcntl
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20
# What a restore's reader takes at a time, and the pipe's size: the reader must not be what is measured.
PIECE = MIB
F_SETPIPE_SZ = 1031
# Images with more changed pages are measured and shown, but promise nothing about a later checkpoint's time.
LATER_CHANGED_MAX = 0.16
CHAIN = 8
STORE_CLASS = "org.vfrt.core.store.StoreBench"


def say(text):
    print(text, file=sys.stderr, flush=True)


@dataclass
class Image:
    name: str
    guest: str
    stream: Path
    mebibytes: int
    zero: float = 0
    changed: float = 1
    known: float = 0


@dataclass
class Step:
    """One process: its input, and where its output goes when it is not the restored stream."""

    command: list
    stdin: Path | None = None
    stdout: Path | None = None


@dataclass
class Cost:
    wall: float
    cpu: float
    peak_mib: float


# --- the tools


class Tool:
    """One repository in a directory of its own."""

    name = ""
    encrypted = False

    def __init__(self, directory, settings):
        self.repository = directory / "repository"
        self.around = directory / "around"  # caches and keys: dropped from memory, and not counted
        self.settings = settings
        self.repository.mkdir(parents=True)
        self.around.mkdir()
        for step in self.begin():
            run([step], self.environment())

    def environment(self):
        return {}

    def begin(self):
        return []

    def store(self, image):
        raise NotImplementedError

    def restore(self, image):
        raise NotImplementedError


class Vfrt(Tool):
    name = "vfrt"

    def __init__(self, directory, settings):
        self.ids = {}
        super().__init__(directory, settings)
        # The tool makes the directory, closed to others.
        self.repository.rmdir()

    def java(self, *arguments, options=()):
        return [*self.settings.java, *options, "-cp", self.settings.class_path, STORE_CLASS, *map(str, arguments)]

    def identifier(self, image):
        number = self.ids.setdefault(image.name, len(self.ids) + 1)
        return f"20260101T{number:06d}Z-{number:08x}"

    def store(self, image):
        command = self.java("store", self.repository, self.identifier(image), image.guest, image.mebibytes)
        return [Step(command, stdin=image.stream)]

    def restore(self, image):
        return [Step(self.java("restore", self.repository, self.identifier(image)))]


class Restic(Tool):
    name = "restic"
    encrypted = True

    def environment(self):
        return {
            "RESTIC_REPOSITORY": str(self.repository),
            "RESTIC_CACHE_DIR": str(self.around),
            "RESTIC_PASSWORD": "measured only",
        }

    def begin(self):
        return [Step(["restic", "-q", "init"])]

    def store(self, image):
        options = ["--stdin", "--stdin-filename", "image", "--host", image.guest, "--tag", image.name]
        return [Step(["restic", "-q", "backup", *options], stdin=image.stream)]

    def restore(self, image):
        return [Step(["restic", "-q", "dump", "--tag", image.name, "latest", "/image"])]


class Borg(Tool):
    name = "borg"
    encrypted = True
    chunks = ()

    def environment(self):
        return {"BORG_BASE_DIR": str(self.around), "BORG_PASSPHRASE": "measured only"}

    def begin(self):
        return [Step(["borg", "init", "-e", "repokey-blake2", str(self.repository)])]

    def store(self, image):
        options = ["--compression", "zstd,1", *self.chunks, "--stdin-name", "image"]
        return [Step(["borg", "create", *options, f"{self.repository}::{image.name}", "-"], stdin=image.stream)]

    def restore(self, image):
        return [Step(["borg", "extract", "--stdout", f"{self.repository}::{image.name}", "image"])]


class BorgFixed(Borg):
    name = "borg fixed,65536"
    chunks = ("--chunker-params", "fixed,65536")


class Casync(Tool):
    name = "casync"

    def index(self, image):
        return str(self.repository / f"{image.name}.caibx")

    def store(self, image):
        return [Step(["casync", f"--store={self.repository}/chunks.castr", "make", self.index(image), str(image.stream)])]

    def restore(self, image):
        # It writes to files only.
        out = self.around / "image"
        command = ["casync", f"--store={self.repository}/chunks.castr", "extract", self.index(image), str(out)]
        return [Step(command), Step(["cat", str(out)])]


class Zstd(Tool):
    name = "zstd -1 -T2"

    def file(self, image):
        return str(self.repository / f"{image.name}.zst")

    def store(self, image):
        return [Step(["zstd", "-q", "-1", "-T2", "-o", self.file(image), str(image.stream)])]

    def restore(self, image):
        return [Step(["zstd", "-q", "-dc", self.file(image)])]


class PatchFrom(Zstd):
    """Each image as the difference to the one before; all of them are needed for the last."""

    name = "zstd --patch-from"

    def __init__(self, directory, settings):
        self.chains = {}
        super().__init__(directory, settings)

    def store(self, image):
        chain = self.chains.setdefault(image.guest, [])
        chain.append(image)
        if len(chain) == 1:
            return super().store(image)
        base = f"--patch-from={chain[-2].stream}"
        return [Step(["zstd", "-q", "-1", "-T2", "--long=31", base, "-o", self.file(image), str(image.stream)])]

    def restore(self, image):
        chain = self.chains[image.guest]
        steps = []
        base = []
        for link in chain[: chain.index(image) + 1]:
            out = None if link is image else self.around / link.name
            steps.append(Step(["zstd", "-q", "-dc", "--long=31", "--memory=2048MB", *base, self.file(link)], stdout=out))
            base = [f"--patch-from={out}"]
        return steps


class Copy(Tool):
    name = "cp"

    def store(self, image):
        return [Step(["cp", str(image.stream), str(self.repository / image.name)])]

    def restore(self, image):
        return [Step(["cat", str(self.repository / image.name)])]


TOOLS = [Vfrt, Restic, Borg, BorgFixed, Casync, Zstd, PatchFrom, Copy]
# At this size the others take minutes and say nothing new.
LARGE_TOOLS = [Vfrt, Restic, Borg, BorgFixed, Zstd, Copy]


# --- measuring


def run(steps, environment, restored=None):
    """Runs the steps one after the other; the last one's output is compared with the stream that should be restored."""
    cost = Cost(0, 0, 0)
    for number, step in enumerate(steps):
        compared = restored if number == len(steps) - 1 else None
        with open(step.stdin or os.devnull, "rb") as source, open(step.stdout or os.devnull, "wb") as sink, Log() as log:
            begun = time.monotonic()
            process = subprocess.Popen(
                step.command,
                stdin=source,
                stdout=subprocess.PIPE if compared else sink,
                stderr=log.file,
                env={**os.environ, **environment},
            )
            wrong = compare(process.stdout, compared) if compared else None
            # The usage of exactly this process and of those it waited for.
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            cost.wall += time.monotonic() - begun
            if process.returncode != 0:
                raise SystemExit(f"'{' '.join(step.command)}' ended with {process.returncode}:\n{log.text()}")
            if wrong:
                raise SystemExit(f"'{' '.join(step.command)}' restored something else: {wrong}")
        cost.cpu += usage.ru_utime + usage.ru_stime
        cost.peak_mib = max(cost.peak_mib, usage.ru_maxrss / 1024)
    return cost


class Log:
    """A program's stderr, kept for the case that it fails."""

    def __enter__(self):
        self.file = tempfile.TemporaryFile()
        return self

    def __exit__(self, *_):
        self.file.close()

    def text(self):
        self.file.seek(0)
        return self.file.read().decode(errors="replace")[-2000:]


def compare(pipe, stream):
    """Reads the pipe to its end and returns how it differs from the file, None when it does not."""
    try:
        fcntl.fcntl(pipe, F_SETPIPE_SZ, PIECE)
    except OSError:
        pass  # a smaller pipe does as well
    wrong = None
    at = 0
    # Read, not mapped: mapped pages would count as memory of the programs started from here.
    with open(stream, "rb", buffering=0) as expected, pipe:
        while piece := os.read(pipe.fileno(), PIECE):
            if not wrong and os.pread(expected.fileno(), len(piece), at) != piece:
                wrong = f"a byte at {at} to {at + len(piece)}"
            at += len(piece)
        size = os.fstat(expected.fileno()).st_size
    return wrong or (None if at == size else f"{at} bytes instead of {size}")


def files(*directories):
    for directory in directories:
        for parent, _, names in os.walk(directory):
            for name in names:
                yield os.path.join(parent, name)


def size(directory):
    return sum(os.lstat(file).st_size for file in files(directory))


def drop_from_cache(*directories):
    for file in files(*directories):
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def load_into_cache(file):
    with open(file, "rb", buffering=0) as source:
        while source.read(PIECE):
            pass


def sync(directory):
    subprocess.run(["sync", "-f", directory], check=True)


def empty(directory):
    for entry in list(directory.iterdir()):
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def measure_store(tool, image):
    """Stores one image, and returns its cost, syncing included, and the bytes added."""
    # What others wrote before is not this tool's to wait for.
    sync(tool.repository.parent)
    before = size(tool.repository)
    cost = run(tool.store(image), tool.environment())
    begun = time.monotonic()
    sync(tool.repository)
    cost.wall += time.monotonic() - begun
    return cost, size(tool.repository) - before


def measure_restore(tool, image):
    if isinstance(tool, (Casync, PatchFrom)):
        # Their images between steps, of the restore before.
        empty(tool.around)
    drop_from_cache(tool.repository, tool.around)
    return run(tool.restore(image), tool.environment(), restored=image.stream)


class Measured:
    """Costs over all rounds, by (tool, image), and bytes added."""

    def __init__(self):
        self.stores = defaultdict(list)
        self.restores = defaultdict(list)
        self.added = defaultdict(list)

    def wall(self, what, tool, image):
        return min(cost.wall for cost in what[tool, image])

    def cpu(self, what, tool, image):
        return min(cost.cpu for cost in what[tool, image])

    def peak(self, tool):
        return max(cost.peak_mib for what in (self.stores, self.restores) for key, costs in what.items() if key[0] == tool for cost in costs)

    def bytes(self, tool, image):
        # Content-defined chunking draws its table anew for each repository.
        return statistics.median(self.added[tool, image])


def measure(series, tools, settings, measured, restored):
    """One round: each image stored by every tool before the next image's turn; then the restores, in any order."""
    directory = settings.work / "round"
    shutil.rmtree(directory, ignore_errors=True)
    opened = [tool(directory / str(number), settings) for number, tool in enumerate(tools)]
    for image in series:
        load_into_cache(image.stream)
        for tool in settings.random.sample(opened, len(opened)):
            cost, added = measure_store(tool, image)
            measured.stores[tool.name, image.name].append(cost)
            measured.added[tool.name, image.name].append(added)
            say(f"  store {image.name:8} {tool.name:18} {cost.wall:7.2f} s {cost.cpu:7.2f} s CPU {added / MIB:8.1f} MiB")
    pairs = [(tool, image) for image in restored for tool in opened]
    for tool, image in settings.random.sample(pairs, len(pairs)):
        load_into_cache(image.stream)
        cost = measure_restore(tool, image)
        measured.restores[tool.name, image.name].append(cost)
        say(f"  restore {image.name:8} {tool.name:18} {cost.wall:5.2f} s {cost.cpu:7.2f} s CPU")
    shutil.rmtree(directory)


# --- what only vfrt is asked


def measure_chain(first, settings):
    """Wall time of a restore at the end of a chain of differences, and of the same image that is stored whole."""
    directory = settings.work / "chain"
    shutil.rmtree(directory, ignore_errors=True)
    long, whole = Vfrt(directory / "long", settings), Vfrt(directory / "whole", settings)
    run(long.store(first), {})
    last = first
    for step in range(1, CHAIN + 1):
        image = Image(f"little{step}", first.guest, directory / f"little{step}.stream", first.mebibytes)
        command = [*settings.java, "-cp", settings.class_path, "org.vfrt.core.image.LittleChanged", str(step)]
        run([Step(command, stdin=last.stream, stdout=image.stream)], {})
        if last is not first:
            last.stream.unlink()
        run(long.store(image), {})
        last = image
    run(whole.store(last), {})
    sync(directory)
    walls = defaultdict(list)
    for _ in range(max(3, settings.rounds)):
        for tool in settings.random.sample([long, whole], 2):
            walls[tool].append(measure_restore(tool, last).wall)
    shutil.rmtree(directory)
    return min(walls[long]), min(walls[whole])


def measure_alone(image, settings):
    """Bytes of an image in a store that has nothing else."""
    directory = settings.work / "alone"
    shutil.rmtree(directory, ignore_errors=True)
    _, added = measure_store(Vfrt(directory, settings), image)
    shutil.rmtree(directory)
    return added


def report_of(command, what, settings, options=()):
    """Runs a measurement of StoreBench's own and returns what it prints, and its peak memory in MiB."""
    directory = settings.work / what
    shutil.rmtree(directory, ignore_errors=True)
    tool = Vfrt(directory, settings)
    out = settings.work / "report"
    try:
        cost = run([Step(tool.java(what, tool.repository, *command, options=options), stdout=out)], {})
    finally:
        shutil.rmtree(directory)
    values = dict(word.split("=") for word in out.read_text(encoding="ascii").split())
    return {key: float(value) for key, value in values.items()}, cost.peak_mib


# --- printing


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "|".join("---" if number == 0 else "---:" for number in range(len(head))) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def print_costs(title, tools, images, restored, measured):
    print(f"### {title}\n")
    print("Wall / CPU seconds.\n")
    head = ["tool", *(f"store {image.name}" for image in images), *(f"restore {image.name}" for image in restored), "peak MiB"]

    def row(tool):
        def cells(what, of):
            return [f"{measured.wall(what, tool.name, i.name):.2f} / {measured.cpu(what, tool.name, i.name):.2f}" for i in of]

        stores, restores = cells(measured.stores, images), cells(measured.restores, restored)
        return [tool.name, *stores, *restores, f"{measured.peak(tool.name):.0f}"]

    table(head, [row(tool) for tool in tools])
    print("MiB added to the repository.\n")
    rows = []
    for tool in tools:
        added = [measured.bytes(tool.name, image.name) / MIB for image in images]
        rows.append([tool.name, *(f"{value:.1f}" for value in added), f"{sum(added):.1f}"])
    table(["tool", *(image.name for image in images), "all"], rows)


@dataclass
class Ratio:
    """The worst of several ratios, and where it was."""

    value: float | None
    where: str = ""

    def text(self):
        return "na" if self.value is None else f"{self.value:.3f}"


def worst(values):
    known = [(value, where) for value, where in values if value is not None]
    return Ratio(*max(known)) if known else Ratio(None)


class Ratios:
    """vfrt beside the others."""

    def __init__(self, measured, web, large, settings):
        self.measured = measured
        self.web = web
        self.large = large
        self.all = web + large
        self.later = [i for i in web[1:] + large[1:] if i.changed <= LATER_CHANGED_MAX]
        self.settings = settings

    def wall(self, what, peer, images):
        m = self.measured
        return worst([(m.wall(what, "vfrt", i.name) / m.wall(what, peer, i.name), i.name) for i in images])

    def cpu(self, peer, images):
        m = self.measured
        return worst([(m.cpu(m.stores, "vfrt", i.name) / m.cpu(m.stores, peer, i.name), i.name) for i in images])

    def bytes(self, peer, images):
        m = self.measured
        return Ratio(sum(m.bytes("vfrt", i.name) for i in images) / sum(m.bytes(peer, i.name) for i in images))


def print_result(ratios, chain, shared, ingest, heap):
    m, web, large = ratios.measured, ratios.web, ratios.large
    first = [series[0] for series in (web, large) if series]
    idle = [image for image in web if image.name == "idle"]
    restored = ratios.settings.restored
    values = {
        "series_bytes_vs_restic": (ratios.bytes("restic", web), 0.75, "bytes of the series / restic"),
        "series_bytes_vs_borgfixed": (ratios.bytes("borg fixed,65536", web), 0.80, "bytes of the series / borg fixed,65536"),
        "series_bytes_vs_patchfrom": (ratios.bytes("zstd --patch-from", web), 1.20, "bytes of the series / zstd --patch-from"),
        "idle_bytes_vs_restic": (ratios.bytes("restic", idle), 0.02, "bytes of the idle image / restic"),
        "later_time_vs_restic": (ratios.wall(m.stores, "restic", ratios.later), 0.55, "store a later one / restic"),
        "later_time_vs_borgfixed": (ratios.wall(m.stores, "borg fixed,65536", ratios.later), 0.80, "store a later one / borg fixed,65536"),
        "first_time_vs_restic": (ratios.wall(m.stores, "restic", first), 0.70, "store the first / restic"),
        "restore_time_vs_restic": (ratios.wall(m.restores, "restic", restored), 0.60, "restore to a pipe / restic"),
        "restore_time_vs_borgfixed": (ratios.wall(m.restores, "borg fixed,65536", restored), 0.80, "restore to a pipe / borg fixed,65536"),
        "cpu_vs_restic": (ratios.cpu("restic", ratios.all), 1.0, "CPU of a store / restic"),
        "shared_fraction": (Ratio(shared), -0.30, "second guest: part that was there already"),
        "ingest_mb_s": (Ratio(ingest), -600, "MB/s, 90 % of the pages unchanged"),
        "heap_mib_64g": (Ratio(heap), 256, "heap in MiB, guest of 64 GiB"),
        "later_large_time_vs_zstd": (
            ratios.wall(m.stores, "zstd -1 -T2", [image for image in ratios.later if image in large]),
            1.0,
            "store a later one of at least 1.5 GiB / zstd -1 -T2 of all of it",
        ),
        "chain_restore_vs_whole": (Ratio(chain[0] / chain[1]), 1.3, f"restore after {CHAIN} differences / of a whole image"),
    }
    print("### Goals\n")
    print("The worst image counts.\n")
    rows = []
    for key, (ratio, goal, meaning) in values.items():
        met = "not measured" if ratio.value is None else "met" if (ratio.value >= -goal if goal < 0 else ratio.value <= goal) else "not met"
        rows.append([meaning, f"{'≥' if goal < 0 else '≤'} {abs(goal):g}", number(key, ratio), ratio.where, met])
    table(["what", "goal", "measured", "worst at", ""], rows)
    print("RESULT " + " ".join(f"{key}={number(key, ratio)}" for key, (ratio, _, _) in values.items()))


def number(key, ratio):
    if ratio.value is None:
        return "na"
    return f"{ratio.value:.0f}" if key in ("ingest_mb_s", "heap_mib_64g") else f"{ratio.value:.3f}"


def settings_of(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--streams", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--java", type=Path, required=True, help="file: java and its options, one a line")
    parser.add_argument("--class-path", required=True)
    parser.add_argument("--digests", type=Path, required=True, help="file: what the images have in common")
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--ingest-mib", type=int, required=True)
    parser.add_argument("--heap-gib", type=int, required=True)
    parser.add_argument("--quick", action="store_true")
    settings = parser.parse_args(arguments)
    settings.java = settings.java.read_text(encoding="utf-8").splitlines()
    # The same order in every run, so that runs can be compared.
    settings.random = random.Random(3)
    return settings


def images_of(settings):
    images = {}
    for line in settings.digests.read_text(encoding="utf-8").splitlines():
        file, pages, zero, changed, known = line.split()
        guest, name = Path(file).stem.split("-", 1)
        label = name if guest == "web" else guest if guest == "second" else f"{guest}-{name}"
        images[Path(file).stem] = Image(
            label, guest, settings.streams / file, int(pages) // 256, float(zero), float(changed), float(known)
        )
    web = [image for image in images.values() if image.guest == "web"]
    second = [image for image in images.values() if image.guest == "second"]
    large = [] if settings.quick else [image for image in images.values() if image.guest == "large"]
    return web, second, large


def main():
    settings = settings_of(sys.argv[1:])
    web, second, large = images_of(settings)
    # A chain of differences takes as long as all its links together.
    restored = [image for image in web if not settings.quick or image.name in ("first", "archive", "heavy")]
    settings.restored = restored + large
    measured = Measured()
    for turn in range(1, settings.rounds + 1):
        say(f"round {turn} of {settings.rounds}")
        measure(web + second, TOOLS, settings, measured, restored)
        if large:
            measure(large, LARGE_TOOLS, settings, measured, large)
    say("chain of differences")
    chain = measure_chain(web[0], settings)
    alone = measure_alone(second[0], settings)
    shared = max(0.0, 1 - measured.bytes("vfrt", second[0].name) / alone)
    say("ingest")
    ingest, _ = report_of([settings.ingest_mib, 2 if settings.quick else 4], "ingest", settings)
    # A store that keeps every byte would fill the disk.
    deduplicates = measured.bytes("vfrt", "idle") < web[0].stream.stat().st_size / 4
    heap = None
    if deduplicates:
        say(f"heap at {settings.heap_gib} GiB")
        heap = report_of([settings.heap_gib << 10], "heap", settings, options=("-Xmx256m",))

    print("### Images\n")
    rows = [
        [i.name, f"{i.mebibytes} MiB", f"{100 * i.zero:.1f} %", f"{100 * i.changed:.1f} %" if i not in (web[0], *second, *large[:1]) else "",
         f"{100 * i.known:.1f} %"]
        for i in web + second + large
    ]
    table(["image", "memory", "zero pages", "changed since the one before", "non-zero pages that some image before it has"], rows)
    print_costs("Stored and restored: 512 MiB", TOOLS, web + second, restored, measured)
    if large:
        print_costs("Stored and restored: 1.5 GiB", LARGE_TOOLS, large, large, measured)
    print("### vfrt alone\n")
    rows = [
        [f"restore after {CHAIN} differences; of the same image stored whole", f"{chain[0]:.2f} s; {chain[1]:.2f} s"],
        ["second guest: bytes added; alone in a store", f"{measured.bytes('vfrt', second[0].name) / MIB:.1f} MiB; {alone / MIB:.1f} MiB"],
        [
            f"ingest of {settings.ingest_mib} MiB, 90 % unchanged: all; the slowest; the first one; the generator alone",
            f"{ingest['ingest_mb_s']:.0f}; {ingest['slowest_mb_s']:.0f}; {ingest['first_mb_s']:.0f}; {ingest['generator_mb_s']:.0f} MB/s",
        ],
    ]
    if heap:
        values, peak = heap
        rows.append([
            f"a guest of {settings.heap_gib} GiB with -Xmx256m: first; 2 % changed; restore",
            f"{values['first_s']:.0f} s; {values['later_s']:.0f} s; {values['restore_s']:.0f} s",
        ])
        rows.append(["its most heap in use; peak memory of the process", f"{values['heap_mib']:.0f} MiB; {peak:.0f} MiB"])
    else:
        rows.append([f"a guest of {settings.heap_gib} GiB", "not tried: the store keeps every byte"])
    table(["what", "measured"], rows)
    ratios = Ratios(measured, web, large, settings)
    proved = heap and settings.heap_gib == 64
    print_result(ratios, chain, shared, ingest["ingest_mb_s"], heap[0]["heap_mib"] if proved else None)


if __name__ == "__main__":
    main()
