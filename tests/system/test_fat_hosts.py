"""The hosts under a file system end and start again: what was written through the cache is on the disk in the end."""

import array
import re
import time

import pytest

import fatimages
from disks import CONTROLLERS, MIB, boot, disk, need
from test_disk_hotplug import host_of
from test_fat_power import Promises, damage

VOLUME = 32                             # MiB


def volume(tmp_path):
    return fatimages.make(tmp_path / "volume.img", VOLUME, "-F 16 -s 4 -i 12345678")


def content(length, tag):
    """What fstest writes."""
    return array.array("Q", range(tag << 56, (tag << 56) + length // 8)).tobytes()


def see_volume(shell):
    shell.wait_for("the volume", lambda: "D:" in shell.volumes())
    shell.wait_for("its file system", lambda: "1234-5678" in shell.run("vol D:"))


def grow(shell, seconds, name="grown.bin"):
    """A program writes on and on while the following happens."""
    shell.start(f"start /b fstest grow D:\\{name} 3 {seconds}")
    shell.wait_for_output("it grows")


def grown(shell, *others):
    """The length that the file has in the end; this and the other programs have ended well."""
    said = shell.wait_for_output("grow: ") + shell.prompt()
    for program in (*others, "grow"):
        assert f"{program}: 00000000" in said, said
    return int(re.search(r"grown to (\d+)", said)[1])


def file_system_host(shell):
    return re.findall(r"driver host fastfat is process (\d+)", shell.log())[-1]


def from_outside(image, tmp_path, cut=False):
    """A file system that has ended leaves what a power cut leaves of its metadata."""
    if cut:
        assert not damage(image, Promises(""))
    else:
        fatimages.check(image)
    fatimages.tree(image, tmp_path / "tree")
    return tmp_path / "tree"


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_storage_host_dies(build, request, fat_root, tmp_path, controller):
    """Nothing that a cached write has taken is lost; who has the files open notices a pause."""
    need(build, controller)
    image = volume(tmp_path)
    service = CONTROLLERS[controller]["driver"]
    with boot(request, fat_root, *disk(controller, image), disks=1) as shell:
        see_volume(shell)
        first = host_of(shell, service)
        grow(shell, 20)
        shell.start("start /b fstest follow D:\\grown.bin 3 15")
        shell.prompt()
        shell.run("md D:\\new")
        assert "put: 00000000" in shell.run("fstest put D:\\new\\before.bin 1M 5")
        shell.run(f"kill {first}")
        shell.wait_for("a new host", lambda: host_of(shell, service) != first)
        see_volume(shell)
        assert "look: 00000000" in shell.run("fstest look D:\\new\\before.bin 1M 5")
        assert "put: 00000000" in shell.run("fstest put D:\\after.bin 1M 6")
        size = grown(shell, "follow")
        assert "is there again" in shell.log()
        shell.run("sync")
        shell.run("sync")
    tree = from_outside(image, tmp_path)
    assert (tree / "new/before.bin").read_bytes() == content(MIB, 5)
    assert (tree / "after.bin").read_bytes() == content(MIB, 6)
    assert (tree / "grown.bin").read_bytes() == content(size, 3)


def test_file_system_host_dies(build, request, fat_root, tmp_path):
    """What had not even reached a directory on the disk is there; open files go on, mapped ones too."""
    need(build, "nvme")
    image = volume(tmp_path)
    with boot(request, fat_root, *disk("nvme", image), disks=1) as shell:
        see_volume(shell)
        shell.run("md D:\\old")
        shell.run("echo words > D:\\old\\name.txt")
        assert "attributes: 0 wrong" in shell.run("fstest attributes D: 7 60")
        grow(shell, 25)
        shell.start("start /b fstest follow D:\\grown.bin 3 20")
        shell.start("start /b fstest hold D:\\held.bin 15")
        shell.wait_for_output("it is held")
        shell.prompt()
        for turn in (1, 2):
            first = file_system_host(shell)
            shell.run(f"md D:\\new{turn}\\er")
            assert "put: 00000000" in shell.run(f"fstest put D:\\new{turn}\\er\\before.bin 1M 5")
            shell.run(f"kill {first}")
            assert "look: 00000000" in shell.run(f"fstest look D:\\new{turn}\\er\\before.bin 1M 5")
            shell.wait_for("a new host", lambda: file_system_host(shell) != first)
        assert "put: 00000000" in shell.run("fstest put D:\\after.bin 1M 6")
        size = grown(shell, "hold", "follow")
        assert "attributes: 0 wrong" in shell.run("fstest attributes D: 8 60")
        shell.run("sync")
        assert "are lost" not in shell.log() and "loses" not in shell.log()
    tree = from_outside(image, tmp_path, cut=True)
    for turn in (1, 2):
        assert (tree / f"new{turn}/er/before.bin").read_bytes() == content(MIB, 5)
    assert (tree / "after.bin").read_bytes() == content(MIB, 6)
    assert (tree / "grown.bin").read_bytes() == content(size, 3)
    assert b"words" in (tree / "old/name.txt").read_bytes()


def test_renamed_before(build, request, fat_root, tmp_path):
    """What is written later goes to the file that was renamed, or to what is below a directory that was."""
    need(build, "nvme")
    image = volume(tmp_path)
    with boot(request, fat_root, *disk("nvme", image), disks=1) as shell:
        see_volume(shell)
        shell.run("md D:\\before")
        grow(shell, 12, "before\\grown.bin")
        shell.prompt()
        shell.run("fstest put D:\\first.bin 64K 4")
        shell.run("ren D:\\first.bin second.bin")
        time.sleep(2)                   # the names are on the disk
        shell.run(f"kill {file_system_host(shell)}")
        assert "look: 00000000" in shell.run("fstest look D:\\second.bin 64K 4")
        size = grown(shell)
        shell.run("sync")
    tree = from_outside(image, tmp_path, cut=True)
    assert (tree / "second.bin").read_bytes() == content(65536, 4)
    assert (tree / "before/grown.bin").read_bytes() == content(size, 3)
    assert not (tree / "first.bin").exists()


def test_what_is_open_is_kept(build, request, fat_root, tmp_path):
    """Locks, also one that waits, who waits for a change, and files that are to be deleted."""
    need(build, "nvme")
    image = volume(tmp_path)
    with boot(request, fat_root, *disk("nvme", image), disks=1) as shell:
        see_volume(shell)
        shell.start("start /b fstest keep D: 8")
        shell.wait_for_output("it is kept")
        shell.prompt()
        for _ in range(2):
            first = file_system_host(shell)
            shell.run(f"kill {first}")
            shell.wait_for("a new host", lambda: file_system_host(shell) != first)
            see_volume(shell)
        said = shell.wait_for_output("keep: ") + shell.prompt()
        assert "keep: 0 wrong" in said, said
        shell.run("sync")
    tree = from_outside(image, tmp_path, cut=True)
    assert sorted(file.name for file in tree.iterdir()) == ["kept.bin", "watched"]


def test_new_names_are_kept(build, request, fat_root, tmp_path):
    """What was made, renamed and deleted a moment before the end, and had not reached the disk."""
    need(build, "nvme")
    image = volume(tmp_path)
    with boot(request, fat_root, *disk("nvme", image), disks=1) as shell:
        see_volume(shell)
        for words in ("md D:\\old\\deep", "echo 1 > D:\\old\\deep\\one.txt", "echo 2 > D:\\two.txt",
                      "echo 3 > D:\\three.txt", "echo 4 > D:\\four.txt", "sync"):
            shell.run(words)
        changes = ["md D:\\made\\below", "echo n > D:\\made\\new.txt", "ren D:\\made\\new.txt newer.txt", "ren D:\\old older",
                   "move D:\\two.txt D:\\older\\deep\\second.txt", "del D:\\three.txt", "echo 5 > D:\\tmp.txt",
                   "move /y D:\\tmp.txt D:\\four.txt", "rd D:\\made\\below"]
        for words in (changes, []):         # the fresh one ends, too
            first = file_system_host(shell)
            shell.run("&".join([*words, f"kill {first}"]))
            shell.wait_for("a new host", lambda: file_system_host(shell) != first)
            see_volume(shell)
        shell.run("sync")
    tree = from_outside(image, tmp_path, cut=True)
    files = {str(file.relative_to(tree)): file.read_text().strip() for file in tree.rglob("*") if file.is_file()}
    assert files == {"made/newer.txt": "n", "older/deep/one.txt": "1", "older/deep/second.txt": "2", "four.txt": "5"}
    assert not (tree / "old").exists() and not (tree / "made/below").exists()


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_both_hosts_die(build, request, fat_root, tmp_path, controller):
    need(build, controller)
    image = volume(tmp_path)
    service = CONTROLLERS[controller]["driver"]
    with boot(request, fat_root, *disk(controller, image), disks=1) as shell:
        see_volume(shell)
        grow(shell, 15)
        shell.prompt()
        assert "put: 00000000" in shell.run("fstest put D:\\before.bin 1M 5")
        storage, files = host_of(shell, service), file_system_host(shell)
        shell.run(f"kill {storage} {files}")
        shell.wait_for("new hosts", lambda: host_of(shell, service) != storage and
                       file_system_host(shell) != files)
        assert "look: 00000000" in shell.run("fstest look D:\\before.bin 1M 5")
        size = grown(shell)
        shell.run("sync")
    tree = from_outside(image, tmp_path, cut=True)
    assert (tree / "before.bin").read_bytes() == content(MIB, 5)
    assert (tree / "grown.bin").read_bytes() == content(size, 3)


@pytest.mark.parametrize("service", ["stornvme", "fastfat"])
def test_host_does_not_come_back(build, request, fat_root, tmp_path, service):
    """After a minute: who waits gets an error, the log tells what is lost, and the system goes on."""
    need(build, "nvme")
    with boot(request, fat_root, *disk("nvme", volume(tmp_path)), disks=1) as shell:
        see_volume(shell)
        key = f"HKLM\\SYSTEM\\CurrentControlSet\\Services\\{service}"
        assert "successfully" in shell.run(f"reg add {key} /v HostRestarts /t REG_DWORD /d 0 /f")
        grow(shell, 200)
        shell.prompt()
        shell.run(f"kill {host_of(shell, service) if service == 'stornvme' else file_system_host(shell)}")
        said = shell.wait_for_output("grow: ") + shell.prompt()
        assert re.search(r"grow: c00000(c0|0e)|grow: c000026e", said), said
        log = shell.log()
        assert "does not come back" in log and "is not started again" in log
        assert "alive" in shell.run("echo alive")
        assert "drvhost" in shell.run("ps")
