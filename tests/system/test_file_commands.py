"""The shell's file commands on a FAT volume, and the clock."""

import datetime
import os
import re
import subprocess

import pytest


def run(*command):
    environment = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", MTOOLS_SKIP_CHECK="1")
    return subprocess.run([str(part) for part in command], env=environment, check=True, capture_output=True).stdout


@pytest.fixture
def volume(tmp_path):
    """A volume with a few files; tmp_path has them, too."""
    disk = tmp_path / "disk.img"
    run("mkfs.vfat", "-n", "FILES", "-C", disk, str(16 << 10))
    for age, (name, size) in enumerate([("small.txt", 10), ("LARGE.bin", 1234567), ("middle one.txt", 5000), ("hidden.sys", 7)]):
        file = tmp_path / name
        file.write_bytes(os.urandom(size))
        moment = datetime.datetime(2020 + age, 5, 1 + age, 12, 30).timestamp()
        os.utime(file, (moment, moment))
        run("mcopy", "-m", "-i", disk, file, f"::{name}")
    run("mattrib", "+h", "-i", disk, "::hidden.sys")
    run("mmd", "-i", disk, "::folder", "::folder/below")
    run("mcopy", "-m", "-i", disk, tmp_path / "small.txt", "::folder/below/deep.txt")
    return disk


@pytest.fixture
def shell(vm, volume):
    """Types commands in one boot; returns the output of each."""
    def type_all(*commands):
        words = []
        for number, command in enumerate(commands):
            words += [command, f"echo ==={number}==="]
        result = vm("exec", "--disk", f"nvme:{volume}", "D:", *words)
        assert result.returncode == 0, result.stderr
        return re.split(r"===\d+===\n", result.stdout)[:-1]
    return type_all


def test_dir(shell):
    outputs = shell("dir", "dir /b /o:n", "dir /b /o-s /a-d", "dir /b/od", "dir /b /oge", "dir /b /a:h", "dir /b /ad",
                    "dir /s /b *.txt", "dir /w /on", "dir /-c LARGE.bin", "dir /tc small.txt", "dir /l /b L*",
                    "dir none", "dir /x", "set DIRCMD=/b /on& dir", "dir /s /-c")
    listing = outputs[0]
    assert listing.startswith(" Volume in drive D is FILES\n Volume Serial Number is ")
    assert "\n Directory of D:\\\n\n" in listing
    assert re.search(r"^2021-05-02  12:30 +1,234,567 LARGE\.bin$", listing, re.MULTILINE), listing
    assert re.search(r"^2\d{3}-\d\d-\d\d  \d\d:\d\d    <DIR>          folder$", listing, re.MULTILINE), listing
    assert "hidden" not in listing
    assert re.search(r"\n +3 File\(s\) +1,239,577 bytes\n +1 Dir\(s\) +[\d,]+ bytes free\n$", listing), listing
    names = ["folder", "LARGE.bin", "middle one.txt", "small.txt"]
    assert outputs[1].splitlines() == names
    assert outputs[2].splitlines() == ["LARGE.bin", "middle one.txt", "small.txt", "hidden.sys"]
    assert outputs[3].splitlines() == ["small.txt", "LARGE.bin", "middle one.txt", "folder"]
    assert outputs[4].splitlines() == ["folder", "LARGE.bin", *outputs[4].splitlines()[2:]]
    assert outputs[5].splitlines() == ["hidden.sys"] and outputs[6].splitlines() == ["folder"]
    assert sorted(outputs[7].splitlines()) == ["D:\\folder\\below\\deep.txt", "D:\\middle one.txt", "D:\\small.txt"]
    assert "[folder] " in outputs[8] and "\n Directory of D:\\\n\n[folder]" in outputs[8]
    assert "1234567 LARGE.bin" in outputs[9] and "1 File(s)" in outputs[10]
    assert outputs[11] == "large.bin\n" and outputs[12].endswith("File Not Found\n")
    assert outputs[13].startswith("usage: dir ") and outputs[14].splitlines() == names
    assert outputs[15].endswith("deep.txt\n"), outputs[15]


def test_changes(shell, volume, tmp_path):
    outputs = shell("copy LARGE.bin + small.txt both.bin /v", "copy /y *.txt folder", "xcopy folder copied /s /q /i",
                    "xcopy folder copied /s /d", "ren *.txt *.old", "move small.old folder\\moved.txt", "attrib +r LARGE.bin",
                    "del LARGE.bin", "attrib LARGE.bin", "del /f LARGE.bin", "rd folder", "rd /s /q folder\\below",
                    "fc /b both.bin copied\\small.txt", "tree copied /a /f", "vol", "label NEW NAME", "vol", "sync")
    assert "1 file(s) copied" in outputs[0] and "2 file(s) copied" in outputs[1]
    assert "3 File(s) copied" in outputs[2] and "0 File(s) copied" in outputs[3]
    assert "Access is denied" in outputs[7] or "cannot be deleted" in outputs[7]
    assert re.search(r"^A? +R +D:\\LARGE\.bin$", outputs[8], re.MULTILINE) and outputs[9] == ""
    assert "not empty" in outputs[10] and outputs[11] == "" and "deep.txt" in outputs[13]
    assert "is FILES" in outputs[14]
    run("fsck.vfat", "-n", volume)
    both = (tmp_path / "LARGE.bin").read_bytes() + (tmp_path / "small.txt").read_bytes()
    assert run("mtype", "-i", volume, "::both.bin") == both
    assert run("mtype", "-i", volume, "::folder/moved.txt") == (tmp_path / "small.txt").read_bytes()
    assert run("mtype", "-i", volume, "::copied/below/deep.txt") == (tmp_path / "small.txt").read_bytes()
    assert {"middle one.old", "hidden.sys", "both.bin"} <= {line[3:] for line in
                                                            run("mdir", "-b", "-a", "-i", volume, "::").decode().splitlines()}


def test_the_clock_is_set(shell):
    outputs = shell("date 2031-02-29", "date 2031-12-24", "time 23:45:10", "date /t", "time /t", "echo %date%",
                    "((echo 2030-06-07)|date)& echo.", "date /t", "echo x > late.txt", "dir late.txt", "time 25:00", "date /q")
    assert outputs[0] == "The system cannot accept the date entered.\n"
    assert outputs[1] == outputs[2] == "" and outputs[3] == "Wed 2031-12-24\n"
    assert outputs[4].startswith("23:45:") and outputs[5] == "2031-12-24\n"
    assert outputs[6].startswith("The current date is: Wed 2031-12-24\nEnter the new date: (yy-mm-dd) ")
    assert outputs[7] == "Fri 2030-06-07\n" and "2030-06-07  23:4" in outputs[9]
    assert outputs[10] == "The system cannot accept the time entered.\n" and outputs[11].startswith("usage: date ")
