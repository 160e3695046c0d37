"""Debian's Linux kernel and an initial file system, to measure beside Proteus in the same machine."""

import pathlib
import re
import subprocess

from .artifacts import existing
from .errors import VmError

METAPACKAGE = "linux-image-amd64"
FILES = {"init": "linux-init", "nothing": "linux-nothing"}    # in the file system: in the build
REGULAR_EXECUTABLE = 0o100755


def run(*command, folder=None):
    try:
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or ""
        raise VmError(f"{' '.join(map(str, command))}: {error}\n{said}") from error


def kernel_package():
    """The package that Debian's metapackage stands for at present."""
    found = re.search(r"Depends: (linux-image-\S+)", run("apt-cache", "depends", METAPACKAGE))
    if not found:
        raise VmError(f"apt-cache knows no {METAPACKAGE}; run apt-get update")
    return found[1]


def fetch_kernel(folder):
    """The kernel's file, downloaded and taken out of its package once."""
    folder.mkdir(parents=True, exist_ok=True)
    kernels = sorted(folder.glob("boot/vmlinuz-*"))
    if kernels:
        return kernels[-1]
    run("apt-get", "download", "-q", kernel_package(), folder=folder)
    package = max(folder.glob("linux-image-*.deb"))
    run("dpkg-deb", "--extract", package, folder)
    return max(folder.glob("boot/vmlinuz-*"))


def cpio_entry(name, mode, data):
    """One file of a "newc" archive: a header of hexadecimal fields, name and data padded to 4 bytes."""
    encoded = name.encode() + b"\0"
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
    return header + bytes(-len(header) % 4) + data + bytes(-len(data) % 4)


def make_initial_files(build, file):
    archive = b"".join(
        cpio_entry(name, REGULAR_EXECUTABLE, existing(build / "bench/linux" / source, "program").read_bytes())
        for name, source in FILES.items())
    file.write_bytes(archive + cpio_entry("TRAILER!!!", 0, b""))


def prepare(build):
    """(kernel, initial file system) for `tools/vm bench --boot linux`."""
    folder = pathlib.Path(build) / "bench/linux/debian"
    kernel = fetch_kernel(folder)
    files = folder / "linux-bench.cpio"
    make_initial_files(pathlib.Path(build), files)
    return kernel, files
