"""Disks that go while a volume on them is mounted."""

import re

import pytest

import fatimages
from disks import CONTROLLERS, MIB, boot, disk, make_image, need
from test_disk_hotplug import eject, host_of, hot, plug


def volume_alone(tmp_path):
    """A disk without a partition table."""
    return fatimages.make(tmp_path / "hot.img", 16, "-F 16 -s 2")


def see_volume(shell, there):
    shell.wait_for("a volume" if there else "no volume", lambda: ("D:" in shell.volumes()) == there)
    if there:                           # a device that has just arrived may not be ready for the first who asks
        shell.wait_for("its file system", lambda: re.search(r"[0-9A-F]{4}-[0-9A-F]{4}", shell.run("vol D:")))


def eject_volume(shell):
    eject(shell, lambda: "D:" not in shell.volumes())


def test_ejected(request, fat_root, tmp_path):
    """What was written is on the disk, though nobody has flushed it; the disk comes back with what it had."""
    other, image = make_image(tmp_path / "other.img", 2 * MIB), volume_alone(tmp_path)
    with boot(request, fat_root, *disk("nvme", other, "serial=other"), *hot(image), disks=1) as shell:
        for number in (1, 2, 3):
            plug(shell)
            see_volume(shell, True)
            if number > 1:
                assert f"words {number - 1}" in shell.run(f"type D:\\file{number - 1}.txt")
            shell.run(f"echo words {number} > D:\\file{number}.txt")
            shell.run("dir D:")
            eject_volume(shell)
    fatimages.check(image)
    assert set(fatimages.tree(image, tmp_path / "tree")) == {"file1.txt", "file2.txt", "file3.txt"}


def test_open_file_keeps_it(request, fat_root, tmp_path):
    """A disk is not taken from who has a file on it open; the log says who that is."""
    other, image = make_image(tmp_path / "other.img", 2 * MIB), volume_alone(tmp_path)
    with boot(request, fat_root, *disk("nvme", other, "serial=other"), *hot(image), disks=1) as shell:
        plug(shell)
        see_volume(shell, True)
        shell.start("fstest hold D:\\held.bin 6")
        shell.wait_for_output("is held")
        shell.qmp.execute("device_del", id="hot")
        shell.wait_for("the name of its holder", lambda: re.search(
            r"pnp: process \d+ \(\S+fstest\.exe\) has STORAGE\\\S+ open", shell.log()))
        said = shell.finish()
        assert "hold: 00000000" in said, said
        eject_volume(shell)
    fatimages.check(image)
    assert fatimages.tree(image, tmp_path / "tree")["held.bin"][0] == 65536


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_host_of_disk_dies(build, request, fat_root, tmp_path, controller):
    """A file that is open and mapped goes on, and so does the volume."""
    need(build, controller)
    image = volume_alone(tmp_path)
    service = CONTROLLERS[controller]["driver"]
    with boot(request, fat_root, *disk(controller, image), disks=1) as shell:
        see_volume(shell, True)
        first = host_of(shell, service)
        shell.start("start /b fstest hold D:\\held.bin 8")
        shell.wait_for_output("is held")
        shell.prompt()
        shell.start(f"kill {first}")
        shell.wait_for("a new host", lambda: host_of(shell, service) != first)
        shell.start("")
        shell.wait_for_output("hold: 00000000")
        shell.prompt()
        see_volume(shell, True)
        for number in range(10):
            shell.run(f"echo hi > D:\\new{number}.txt")
            assert "hi" in shell.run(f"type D:\\new{number}.txt")
        shell.run("sync")
    assert b"share" not in fatimages.call("fsck.vfat", "-n", image).stdout
    assert "new9.txt" in fatimages.tree(image, tmp_path / "tree")
