"""What a linked file says of itself: where it wants to be, and its functions."""

import re
import subprocess


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def image_base(file):
    """Of a PE file."""
    return int(re.search(r"ImageBase: 0x([0-9A-F]+)", output_of("llvm-readobj-19", "--file-headers", file))[1], 16)


def functions(file):
    """(address, name) of each, by address."""
    rows = (line.split() for line in output_of("llvm-nm-19", "--defined-only", "-n", file).splitlines())
    return [(int(address, 16), name) for address, kind, name in rows if kind in "tT"]
