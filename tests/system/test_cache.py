"""The cache and the memory of programs: it takes what is free, and gives way to who needs it."""

import json
import re
import subprocess

import pytest

import fatimages
from disks import boot, disk


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


@pytest.fixture
def machine(request, fat_root, tmp_path):
    """A shell on a machine with a volume D:."""
    image = fatimages.make(tmp_path / "volume.img", 16, "-F 16 -s 4")
    with boot(request, fat_root, *disk("nvme", image), disks=1) as shell:
        shell.wait_for("the volume", lambda: "bytes free" in shell.run("vol D:"))
        yield shell
    fatimages.check(image)


def test_locked_range_stays_locked(machine):
    """Whoever else opens the file, has it cached, and closes it."""
    said = machine.run("fstest locks D:\\locked.bin")
    assert "locks: c0000054 c0000054, then 00000000" in said, said
    machine.run("sync")


def test_view_of_a_file_that_is_replaced(machine):
    """Its pages go with what was in it, though nothing but a view has had them."""
    said = machine.run("fstest replaced D:\\replaced.bin")
    assert "replaced: 00000000, 20480 bytes, 0 of them not zero" in said, said
    machine.run("sync")


def test_all_see_the_same(machine):
    """Reads, writes and views of four programs at a time."""
    for number in range(4):
        machine.start(f"start /b fstest share D:\\shared.bin {number} 12")
    said = ""
    while said.count(" after ") < 4:
        said += machine.wait_for_output(" after ")
    machine.prompt()
    assert said.count("00000000 after") == 4, said
    machine.run("sync")


def test_nothing_stays_dirty(machine):
    """On an idle system all is written after five seconds, by its own clock; a slow machine gets some more."""
    said = machine.run("fstest settle D:\\settled.bin 512K")
    status, pages, left, taken = re.search(r"settle: (\w+), (\d+) pages, (\d+) left after (\d+) ms", said).groups()
    assert status == "00000000" and int(pages) >= 64 and left == "0", said
    assert int(taken) < 7500, said
    machine.run("sync")
