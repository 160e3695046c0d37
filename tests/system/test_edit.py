"""The editor, typed into as on a serial terminal; then a real tool reads what was saved."""

import os
import subprocess
import time

from test_console import prompt

UP, DOWN, LEFT, HOME, END, F3 = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[13~"
CTRL = {letter: chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"}


def run(*command):
    environment = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", MTOOLS_SKIP_CHECK="1")
    return subprocess.run([str(part) for part in command], env=environment, check=True, capture_output=True).stdout


def see(shell, keys, *texts):
    """Types keys until the screen has shown the texts: a program takes its time to start."""
    seen, deadline = shell.hear(keys), time.monotonic() + 60
    while not all(text in seen for text in texts):
        assert time.monotonic() < deadline, (keys, texts, seen)
        seen += shell.hear("")
    return seen


def test_a_file_is_edited(build, tmp_path):
    disk, old = tmp_path / "disk.img", tmp_path / "old.txt"
    run("mkfs.vfat", "-C", disk, str(16 << 10))
    old.write_bytes("first line\nsecond: größer €\nthird\n".encode())
    run("mcopy", "-i", disk, old, "::old.txt")
    with prompt(build, "--disk", f"nvme:{disk}") as shell:
        see(shell, "edit D:\\old.txt\r", "D:\\old.txt", "third", "Line 1 of 4")
        see(shell, f"{DOWN}{END} ü!", "Line 2 of 4")
        see(shell, CTRL["f"], "Find:")
        see(shell, "third\r", "Line 3 of 4")
        see(shell, f"{CTRL['x']}{UP}{HOME}{CTRL['v']}new\r", "new")
        see(shell, "zzz", "zzz")
        see(shell, CTRL["z"], "Column 1 ")
        see(shell, CTRL["s"], "Saved")
        see(shell, "lost", "lost")
        see(shell, CTRL["q"], "Save the changes")
        shell.type("n\r")
        see(shell, "edit D:\\new.txt\r", "New file")
        see(shell, "typed\rtwice", "twice")
        see(shell, CTRL["q"], "Save the changes")
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
