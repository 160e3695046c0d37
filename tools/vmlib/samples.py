"""Two disks to try things on: a FAT volume with some files on each, one on AHCI and one on NVMe."""

import pathlib
import tempfile

from .images import run_tool
from .options import REPOSITORY

DISK_MIB, START_MIB, SECTOR = 128, 1, 512
HELLO = '#include <stdio.h>\n\nint main(void)\n{\n    puts("Hello");\n}\n'


def fill(image, label, fat=32, cluster=1):
    """One partition over the disk. The cluster is in sectors."""
    with open(image, "wb") as file:
        file.truncate(DISK_MIB << 20)
    run_tool("sgdisk", "--clear", f"--new=1:{START_MIB}M:0", "--typecode=1:0700", f"--change-name=1:{label}", str(image))
    size = DISK_MIB - 2 * START_MIB
    run_tool("mkfs.vfat", "-F", str(fat), "-s", str(cluster), "-n", label, "--offset", str((START_MIB << 20) // SECTOR),
             str(image), str(size << 10))
    volume = f"{image}@@{START_MIB}M"
    with tempfile.TemporaryDirectory() as folder:
        hello = pathlib.Path(folder, "hello.c")
        hello.write_text(HELLO, encoding="ascii")
        run_tool("mcopy", "-s", "-i", volume, str(REPOSITORY / "README.md"), str(REPOSITORY / "docs"), str(hello), "::")


def disks(build):
    """For --disk. They are made once: what is changed on them stays."""
    folder = build / "vm/samples"
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("ahci", "nvme"):
        image = folder / f"{kind}.img"
        if not image.exists():
            fresh = image.with_suffix(".new")
            fill(fresh, f"{kind.upper()}DISK")
            fresh.rename(image)
        yield f"{kind}:{image}"
