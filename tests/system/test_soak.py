"""The whole system under load: files, disks, processes and devices that come and go, and nothing is left behind.

A short form runs always, an hour with --soak.
"""

import re
import time

import pytest

from machines import boot
from vmlib import samples

DISK = "-drive if=none,id=d0,format=raw,file=null-co://,file.read-zeroes=on,file.size=64M"
PORT = "-device pcie-root-port,id=p1,chassis=1,slot=1"
WARM_UP_ROUNDS = 3
SETTLE_SECONDS = 1      # until nobody looks at the disk that has come: who has it open refuses its removal
# Of what is committed and in use: caches of the Executive and of heaps fill up for a while, a leak goes on.
GROWTH_KIB = 1024


def files(shell):
    """A tree copied to the other disk, compared there and deleted."""
    assert re.search(r"^ *[1-9]\d* File\(s\) copied", shell.run("xcopy /s /y d:\\docs e:\\copy\\"), re.MULTILINE)
    assert "no differences" in shell.run("fc /b d:\\docs\\kernel.md e:\\copy\\kernel.md").lower()
    shell.run("rd /s /q e:\\copy")
    assert "copy\\kernel.md" not in shell.run("dir /s /b e:\\")


def disks(shell):
    assert "4K random read, depth 32" in shell.run("diskbench PhysicalDrive0 --block 4K --depth 32 --random --requests 2000")


def processes(shell):
    said = shell.run('for /l %i in (1,1,20) do @shell /c "echo p%i."')
    assert all(f"p{number}." in said for number in range(1, 21)), said


def is_unplugged(shell):
    """For QEMU first: to list disks is to open them, and that one must not be in use."""
    devices = shell.qmp.execute("qom-list", path="/machine/peripheral")
    return all(device["name"] != "plugged" for device in devices) and "hot" not in shell.run("disks")


def plugging(shell):
    shell.qmp.execute("device_add", driver="nvme", serial="hot", drive="d0", id="plugged", bus="p1")
    shell.wait_for("the arrival of a disk", lambda shell: ", hot" in shell.run("disks"))
    time.sleep(SETTLE_SECONDS)
    shell.qmp.execute("device_del", id="plugged")
    shell.wait_for("the removal of a disk", is_unplugged)


LOADS = (files, disks, processes, plugging)


def in_use(shell):
    """Committed KiB, pool KiB, and handles of all processes."""
    memory, handles = shell.run("mem"), shell.run("handles")
    committed, pool = (int(re.search(rf"^{word} +(\d+) KiB", memory, re.MULTILINE)[1]) for word in ("committed", "pool"))
    return committed, pool, sum(int(count) for count in re.findall(r"^ *\d+ +(\d+)\s*$", handles, re.MULTILINE))


@pytest.mark.parametrize("seconds", [
    pytest.param(120, id="short"),
    pytest.param(3600, id="hour", marks=pytest.mark.soak),
])
def test_nothing_is_left_behind(build, request, tmp_path, seconds):
    images = []
    for kind in ("nvme", "ahci"):
        samples.fill(tmp_path / f"{kind}.img", kind.upper(), fat=16, cluster=8)  # a table that is soon in memory
        images += ["--disk", f"{kind}:{tmp_path / f'{kind}.img'}"]
    with boot(build, request, f"{PORT} {DISK}", *images) as shell:
        for _ in range(WARM_UP_ROUNDS):
            for load in LOADS:
                load(shell)
        before, rounds, end = in_use(shell), 0, time.monotonic() + seconds
        while time.monotonic() < end or not rounds:
            for load in LOADS:
                load(shell)
            rounds += 1
        after = in_use(shell)
        said = f"{rounds} rounds: committed, pool, handles {before} -> {after}"
        print(said)
        assert after[2] == before[2], said
        assert after[0] - before[0] < GROWTH_KIB and after[1] - before[1] < GROWTH_KIB, said
