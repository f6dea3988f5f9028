#!/usr/bin/env python3
"""Makes random pools, unevenly loaded, in the text format of Ganeti's htools (htools(1), "text backend"); shared storage.

usage: pools.py HOSTS GUESTS_PER_HOST SEED MIXED FILL > pool.data

MIXED is 1 for hosts of three sizes, 0 for one. FILL is the share of memory that guests use. The same arguments give the same bytes.
"""
import random
import sys

DOM0_MIB = 4096
SMALL, MIDDLE, LARGE = (16, 65536), (32, 131072), (64, 262144)
GUEST_MIB = [2048, 4096, 8192, 16384]
GUEST_WEIGHTS = [4, 4, 2, 1]
VCPUS_PER_CPU_MAX = 4
SPEC = "256,1,1024,1,1,1|128,1,1024,1,1,1;1048576,64,4194304,16,8,12|diskless,file,sharedfile,plain,blockdev,drbd,rbd,ext|8.0|64.0"


def main(hosts, per_host, seed, mixed, fill):
    draw = random.Random(seed)
    sizes = [draw.choice([SMALL, MIDDLE, LARGE]) if mixed else MIDDLE for _ in range(hosts)]
    kinds = [draw.choices(range(4), GUEST_WEIGHTS)[0] for _ in range(hosts * per_host)]
    room = sum(memory - DOM0_MIB for _, memory in sizes)
    scale = room * fill / sum(GUEST_MIB[kind] for kind in kinds)
    free = [memory - DOM0_MIB for _, memory in sizes]
    vcpus_of = [0] * hosts
    # Some hosts are liked more than others: that makes the pool uneven.
    liked = [draw.random() for _ in range(hosts)]
    guests = []
    for guest in sorted(range(len(kinds)), key=lambda one: -GUEST_MIB[kinds[one]]):
        memory = max(256, int(GUEST_MIB[kinds[guest]] * scale) // 256 * 256)
        vcpus = draw.choice([1, 2, 2, 4, 4, 8])
        host = place(draw, liked, free, vcpus_of, sizes, memory, vcpus)
        if host is not None:
            free[host] -= memory
            vcpus_of[host] += vcpus
            guests.append((guest, memory, vcpus, host))
    print("group-01|fake-uuid-01|preferred||\n")
    for host, (cpus, memory) in enumerate(sizes):
        print(f"h{host:04d}|{memory}|{DOM0_MIB}|{free[host]}|1048576|1048576|{cpus}|N|fake-uuid-01|12")
    print()
    for guest, memory, vcpus, host in sorted(guests):
        print(f"vm{guest:05d}|{memory}|20480|{vcpus}|running|Y|h{host:04d}||ext||1")
    print(f"\n\n|{SPEC}\ngroup-01|{SPEC}")


def place(draw, liked, free, vcpus_of, sizes, memory, vcpus):
    for _ in range(200):
        host = draw.choices(range(len(liked)), liked)[0]
        if free[host] >= memory and vcpus_of[host] + vcpus <= sizes[host][0] * VCPUS_PER_CPU_MAX:
            return host
    fitting = [host for host in range(len(free)) if free[host] >= memory]
    return max(fitting, key=lambda host: free[host]) if fitting else None


main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "1", float(sys.argv[5]))
