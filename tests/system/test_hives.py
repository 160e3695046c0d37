"""Hives that are loaded from files on a volume: what is changed is in the file, with a log beside it."""

import subprocess

import fatimages
from disks import boot, disk

KEY = "HKLM\\Loaded"


def value(shell, name, key=KEY):
    for line in shell.run(f"reg query {key} /v {name}").splitlines():
        words = line.split(None, 2)
        if len(words) == 3 and words[0] == name:
            return words[2].strip()
    return None


def make_hive(shell):
    shell.wait_for("the volume", lambda: "bytes free" in shell.run("vol D:"))
    shell.run("reg add HKLM\\SOFTWARE\\Test\\Below /v first /d 1 /f")
    assert "successfully" in shell.run("reg save HKLM\\SOFTWARE\\Test\\Below D:\\some.hiv")


def load(shell):
    assert "successfully" in shell.run(f"reg load {KEY} D:\\some.hiv")


def outside(image, tmp_path):
    """What hivex finds in the file."""
    tree = tmp_path / "tree"
    fatimages.tree(image, tree)
    shown = subprocess.run(["hivexregedit", "--unsafe-printable-strings", "--export", tree / "some.hiv", "\\"],
                           capture_output=True, text=True, check=True)
    return shown.stdout


def test_loaded_hive_is_written(request, fat_root, tmp_path):
    """When it is unloaded, and when the machine is shut down."""
    image = fatimages.make(tmp_path / "disk.img", 16, "-F 16")
    with boot(request, fat_root, *disk("nvme", image), disks=1) as shell:
        make_hive(shell)
        load(shell)
        assert value(shell, "first") == "1"
        assert "successfully" not in shell.run("reg load HKLM\\Again D:\\some.hiv")
        shell.run(f"reg add {KEY} /v second /d 2 /f")
        shell.run(f"reg add {KEY}\\more /v third /d 3 /f")
        assert "successfully" in shell.run(f"reg unload {KEY}")
        assert value(shell, "first") is None
        load(shell)
        assert value(shell, "second") == "2" and value(shell, "third", f"{KEY}\\more") == "3"
        shell.run(f"reg delete {KEY} /v first /f")
        shell.start("shutdown /s /t 0")
        shell.guest.wait_for_power_off()
    found = outside(image, tmp_path)
    assert '"second"=str(1):"2"' in found and '"third"=str(1):"3"' in found and "first" not in found
    fatimages.check(image)


def test_power_cut_while_loaded(request, fat_root, tmp_path):
    """What was flushed is there when it is loaded the next time, from the log if need be."""
    image = fatimages.make(tmp_path / "disk.img", 16, "-F 16")
    with boot(request, fat_root, *disk("nvme", image), disks=1) as shell:
        make_hive(shell)
        load(shell)
        for number in range(4):
            shell.run(f"reg add {KEY} /v flushed{number} /d {number} /f")
        shell.run("sync")
        shell.start(" & ".join(f"reg add {KEY} /v more{number} /d {number} /f & sync" for number in range(8)))
        shell.wait_for_output("successfully")
        shell.guest.process.kill()
    with boot(request, fat_root, *disk("nvme", image), disks=1) as shell:
        shell.wait_for("the volume", lambda: "bytes free" in shell.run("vol D:"))
        load(shell)
        assert [value(shell, f"flushed{number}") for number in range(4)] == list("0123")
        there = [value(shell, f"more{number}") is not None for number in range(8)]
        assert there == sorted(there, reverse=True), there


def test_host_dies_while_loaded(request, fat_root, tmp_path):
    """The hive's file is one that is open, as those of programs."""
    image = fatimages.make(tmp_path / "disk.img", 16, "-F 16")
    with boot(request, fat_root, *disk("nvme", image), disks=1) as shell:
        make_hive(shell)
        load(shell)
        shell.run(f"reg add {KEY} /v before /d 1 /f")
        shell.run("kill " + shell.log().split("driver host fastfat is process ")[-1].split()[0])
        shell.run(f"reg add {KEY} /v after /d 2 /f")
        assert "successfully" in shell.run(f"reg unload {KEY}")
        assert "is not written" not in shell.log()
    found = outside(image, tmp_path)
    assert '"before"=str(1):"1"' in found and '"after"=str(1):"2"' in found
