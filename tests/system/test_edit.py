"""The editor, typed into as on a serial terminal; then a real tool reads what was saved."""

import os
import subprocess
import time

from screen import Screen
from test_console import machine, prompt

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
        see(shell, "D:\\new.txt\r", "D:\\new.txt", "twice")      # by its type
        shell.type(CTRL["q"])
        shell.type("sync\r")
    run("fsck.vfat", "-n", disk)
    assert run("mtype", "-i", disk, "::old.txt").decode() == "first line\nthird\nnew\nsecond: größer € ü!\n"
    assert run("mtype", "-i", disk, "::new.txt") == b"typed\r\ntwice"


def test_where_there_are_no_keys(build):
    with prompt(build) as shell:
        assert "not a console" in shell.type("edit < nul\r")
        assert "Ctrl-S saves" in shell.type("edit /?\r")
        assert "cannot find the path" in shell.type("edit C:\\none\\x.txt\r")


# ---- At the screen, with a keyboard

SHIFTED = {":": "semicolon", "!": "1", "_": "minus", "?": "slash", '"': "apostrophe", "+": "equal"}
NAMED = {" ": "spc", "\\": "backslash", ".": "dot", "-": "minus", "/": "slash", ",": "comma", ";": "semicolon", "\n": "ret"}


def press(started, *keys):
    """Names of keys, with + between those that are held together."""
    for key in keys:
        started.qmp.execute("send-key", keys=[{"type": "qcode", "data": part} for part in key.split("+")])
        time.sleep(0.03)


def type_text(started, text):
    for character in text:
        if character in SHIFTED:
            press(started, f"shift+{SHIFTED[character]}")
        elif character.isupper():
            press(started, f"shift+{character.lower()}")
        else:
            press(started, NAMED.get(character, character))


def shows(picture, text):
    return picture.find(text) or picture.find(text, reverse=True)


def await_screen(started, folder, *texts, absent=()):
    """The picture that shows all of them at once."""
    end = time.monotonic() + 180
    while True:
        picture = Screen(started, folder)
        missing = [text for text in texts if not shows(picture, text)] + [text for text in absent if shows(picture, text)]
        if not missing:
            return picture
        assert time.monotonic() < end, missing


def test_a_file_is_edited_at_the_screen(build, with_screen, tmp_path):
    """Typed on the keyboard, seen on the framebuffer, read from the disk."""
    disk, old = tmp_path / "disk.img", tmp_path / "old.txt"
    run("mkfs.vfat", "-C", disk, str(16 << 10))
    long = "".join(f"word{number} " for number in range(60)).rstrip()
    lines = [f"line {number}" for number in range(1, 101)]
    lines[2] = long
    lines[4] = "größer € ─ é"
    old.write_text("\n".join(lines) + "\n", encoding="utf-8")
    run("mcopy", "-i", disk, old, "::old.txt")
    with machine(build, *with_screen, "--disk", f"nvme:{disk}") as started:
        await_screen(started, tmp_path, "C:\\>")
        type_text(started, "edit d:\\old.txt\n")
        picture = await_screen(started, tmp_path, "d:\\old.txt", "line 30", "größer € ─ é", "Line 1 of 101", "F1 help")
        assert not picture.find("word59")
        press(started, "down", "down", "end")
        await_screen(started, tmp_path, "word59", "Line 3 of 101")
        press(started, "home", "pgdn")
        await_screen(started, tmp_path, "line 60", absent=("line 20",))
        press(started, "ctrl+end")
        await_screen(started, tmp_path, "line 100", "Line 101 of 101")
        press(started, "pgup", "ctrl+home")
        await_screen(started, tmp_path, "Line 1 of 101", "line 1")
        press(started, "f1")
        await_screen(started, tmp_path, "Ctrl-Q   quit")
        press(started, "esc", "ctrl+f")
        await_screen(started, tmp_path, "Find:")
        type_text(started, "line 77\n")
        await_screen(started, tmp_path, "Line 77 of 101")
        press(started, "ctrl+g")
        type_text(started, "2\n")
        press(started, "end")
        type_text(started, " Typed, at the screen!\nand a new one")
        await_screen(started, tmp_path, "line 2 Typed, at the screen!", "and a new one", "old.txt *")
        type_text(started, "xyz")
        await_screen(started, tmp_path, "and a new onexyz")
        press(started, "ctrl+z")
        await_screen(started, tmp_path, "line 4", absent=("onexyz",))
        press(started, "ctrl+y")
        await_screen(started, tmp_path, "and a new onexyz")
        press(started, "backspace", "backspace", "backspace", "up", "home", "delete", "insert")
        type_text(started, "O")
        press(started, "insert", "ctrl+s")
        await_screen(started, tmp_path, "Saved", absent=("old.txt *",))
        started.screenshot(tmp_path / "edit.png")
        press(started, "ctrl+q")
        await_screen(started, tmp_path, "C:\\>", absent=("F1 help",))
        type_text(started, "shutdown /s /t 0\n")
        started.wait_for_power_off()
    run("fsck.vfat", "-n", disk)
    lines[1:2] = ["One 2 Typed, at the screen!", "and a new one"]
    assert run("mtype", "-i", disk, "::old.txt").decode() == "\n".join(lines) + "\n"
