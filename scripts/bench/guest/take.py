#!/usr/bin/env python3
"""Boots the guest under QEMU's software emulation, has it do a list of phases, and takes its memory after each.

take.py GUEST-DIRECTORY OUT-PREFIX MEBIBYTES SEED SCALE PHASE[,PHASE…]…      makes OUT-PREFIX1.img, OUT-PREFIX2.img, …

Of phases with a comma between them the memory is taken after the last only.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time

BOOT_SECONDS = 900
PHASE_SECONDS = 900


class Qmp:
    def __init__(self, path):
        self.socket = connect(path)
        self.stream = self.socket.makefile("rw")
        self.stream.readline()
        self("qmp_capabilities")

    def __call__(self, command, **arguments):
        self.stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.stream.flush()
        while True:
            answer = json.loads(self.stream.readline())
            if "error" in answer:
                raise SystemExit(f"QEMU refused {command}: {answer['error']}")
            if "return" in answer:
                return


def connect(path):
    for _ in range(100):
        try:
            end = socket.socket(socket.AF_UNIX)
            end.connect(path)
            return end
        except OSError:
            end.close()
            time.sleep(0.1)
    raise SystemExit(f"QEMU does not listen at {path}")


def expect(port, words, seconds):
    """Reads lines until one begins with one of the words; other lines are noise of the serial port."""
    port.settimeout(seconds)
    line = b""
    while True:
        try:
            byte = port.recv(1)
        except TimeoutError:
            raise SystemExit(f"the guest did not say '{words}' within {seconds} s") from None
        if not byte:
            raise SystemExit("the guest is gone")
        if byte != b"\n":
            line += byte
            continue
        text = line.decode(errors="replace").strip()
        line = b""
        if text.startswith("failed"):
            raise SystemExit(f"the guest: {text}")
        if text.startswith(words):
            return text


def main(guest, prefix, mebibytes, seed, scale, phases):
    with tempfile.TemporaryDirectory(prefix="vfrt-bench-guest.") as run:
        # Writes of the guest go to a file of their own: every boot begins with the same disk.
        subprocess.run(
            ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", os.path.abspath(f"{guest}/root.img"), f"{run}/disk.qcow2"],
            check=True,
        )
        qemu = subprocess.Popen(
            ["qemu-system-x86_64", "-accel", "tcg,tb-size=256", "-m", str(mebibytes), "-nodefaults", "-display", "none", "-no-reboot"]
            # A PVH guest is entered behind the code that would move the kernel to a random address.
            + ["-kernel", f"{guest}/vmlinuz", "-initrd", f"{guest}/initrd"]
            + ["-append", "root=/dev/vda rw console=ttyS0 quiet nokaslr mitigations=off net.ifnames=0"]
            + ["-drive", f"file={run}/disk.qcow2,if=virtio,cache=unsafe", "-device", "virtio-rng-pci"]
            + ["-serial", f"file:{prefix}console.log", "-serial", f"unix:{run}/port,server=on,wait=off"]
            + ["-qmp", f"unix:{run}/qmp,server=on,wait=off"],
            stdin=subprocess.DEVNULL,
        )
        try:
            qmp = Qmp(f"{run}/qmp")
            port = connect(f"{run}/port")
            begun = time.monotonic()
            expect(port, "ready", BOOT_SECONDS)
            print(f"  booted in {time.monotonic() - begun:.0f} s", flush=True)
            for number, together in enumerate(phases, 1):
                for phase in together.split(","):
                    port.sendall(f"{phase} {seed} {scale}\n".encode())
                    print(f"  {expect(port, f'done {phase}', PHASE_SECONDS)}", flush=True)
                # Let what was started in the background end.
                time.sleep(2)
                qmp("stop")
                qmp("pmemsave", val=0, size=mebibytes << 20, filename=f"{prefix}{number}.img")
                qmp("cont")
            qmp("quit")
        finally:
            # Also when the guest did not do what it was told.
            qemu.kill()
            qemu.wait()


if __name__ == "__main__":
    main(sys.argv[1], os.path.abspath(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), sys.argv[6:])
