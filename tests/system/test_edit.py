"""The editor, typed into as on a serial terminal; then a real tool reads what was saved."""

import os
import subprocess

from test_console import prompt

UP, DOWN, LEFT, HOME, END, F3 = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[13~"
CTRL = {letter: chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"}


def run(*command):
    environment = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", MTOOLS_SKIP_CHECK="1")
    return subprocess.run([str(part) for part in command], env=environment, check=True, capture_output=True).stdout


def test_a_file_is_edited(build, tmp_path):
    disk, old = tmp_path / "disk.img", tmp_path / "old.txt"
    run("mkfs.vfat", "-C", disk, str(16 << 10))
    old.write_bytes("first line\nsecond: größer €\nthird\n".encode())
    run("mcopy", "-i", disk, old, "::old.txt")
    with prompt(build, "--disk", f"nvme:{disk}") as shell:
        screen = shell.hear("edit D:\\old.txt\r")
        assert "D:\\old.txt" in screen and "third" in screen and "Line 1 of 4" in screen, screen
        assert "Line 2 of 4" in shell.hear(f"{DOWN}{END} ü!")
        assert "Find:" in shell.hear(CTRL["f"])
        assert "Line 3 of 4" in shell.hear("third\r")
        shell.hear(f"{CTRL['x']}{UP}{HOME}{CTRL['v']}new\r")
        shell.hear(f"zzz{CTRL['z']}")
        assert "Saved" in shell.hear(CTRL["s"])
        shell.hear("lost")
        assert "Save the changes" in shell.hear(CTRL["q"])
        shell.type("n\r")
        assert "New file" in shell.hear("edit D:\\new.txt\r")
        shell.hear("typed\rtwice")
        assert "Save the changes" in shell.hear(CTRL["q"])
        shell.type("y\r")
        assert "typed\ntwice" in shell.type("type D:\\new.txt & echo.\r")
        shell.type("sync\r")
    run("fsck.vfat", "-n", disk)
    assert run("mtype", "-i", disk, "::old.txt").decode() == "first line\nthird\nnew\nsecond: größer € ü!\n"
    assert run("mtype", "-i", disk, "::new.txt") == b"typed\r\ntwice"


def test_where_there_are_no_keys(build):
    with prompt(build) as shell:
        assert "not a console" in shell.type("edit < nul\r")
        assert "Ctrl-S saves" in shell.type("edit /?\r")
        assert "cannot find the path" in shell.type("edit C:\\none\\x.txt\r")
