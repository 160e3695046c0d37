"""The cache and the memory of programs: it takes what is free, and gives way to who needs it."""

import json
import re
import subprocess

import pytest


@pytest.fixture
def volume(tmp_path):
    disk = tmp_path / "disk.img"
    with open(disk, "wb") as file:
        file.truncate(256 << 20)
    subprocess.run(["/usr/sbin/mkfs.vfat", "-F", "32", "-s", "8", disk], check=True, capture_output=True)
    return disk


@pytest.mark.parametrize("memory,megabytes", [("128M", 32), ("256M", 128)])
def test_memory_is_given_back(build, tools, volume, memory, megabytes):
    """A program that takes all memory gets an error in the end; the file is read and written meanwhile."""
    shown = subprocess.run(
        [tools / "vm", "exec", "--build", build, "--memory", memory, "--timeout", "240", "--disk", f"nvme:{volume}",
         f"filebench D: --pressure --megabytes {megabytes}", "mem", "echo alive", "sync"],
        check=True, capture_output=True, text=True).stdout
    assert "filebench:" not in shown, shown
    found = json.loads(re.search(r"^\{.*\}", shown, re.MULTILINE)[0])
    assert found["end"] in ("c000012d", "c0000017", "c000009a"), found
    assert found["before"] >= megabytes * 256 // 2, found   # most of the file was in memory
    assert found["under"] < found["before"] // 2, found
    assert found["after"] > found["under"], found
    assert re.search(r"^cache +\d+ KiB", shown, re.MULTILINE) and "alive" in shown
    subprocess.run(["/usr/sbin/fsck.vfat", "-n", volume], check=True, capture_output=True)
