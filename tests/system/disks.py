"""What the tests of disks share: images, the machine that has them, and disktest's pattern."""

import argparse
import array
import contextlib
import pathlib
import subprocess
import time

import pytest

from vmlib import console, options
from vmlib.errors import VmError
from vmlib.guest import Guest

PROMPT = r"C:\\>"
SECONDS = 180                           # without a word; a busy host is slow
SECTOR = 512
MIB = 1 << 20

# A line here is all that a controller needs to be tested as the others are.
CONTROLLERS = {
    "nvme": {"driver": "stornvme", "disk": "nvme:{}", "hot": "nvme,serial=hot"},
    "ahci": {"driver": "storahci", "disk": "ahci:{}", "hot": None},
}


def need(build, *controllers):
    """Skips what this build has no driver for."""
    for name in controllers:
        driver = CONTROLLERS[name]["driver"]
        if not (build / f"drivers/storage/{driver}/{driver}.sys").exists():
            pytest.skip(f"this build has no {driver}.sys")


def replaced(request, controller):
    """Whether another driver (--driver) is in the place of the build's."""
    name = f"{CONTROLLERS[controller]['driver']}.sys"
    return any(pathlib.PurePath(file.rpartition("=")[2]).name == name
               for file in request.config.getoption("--driver"))


# ---- Images

def make_image(path, size, content=b""):
    """A sparse image, with this at its beginning."""
    with open(path, "wb") as file:
        file.truncate(size)
        file.write(content)
    return path


def pattern(offset, length, tag):
    """The bytes that disktest writes there."""
    sectors = range(offset // SECTOR, (offset + length) // SECTOR)
    return b"".join(array.array("Q", range(first := tag << 56 | sector << 8, first + 64)).tobytes()
                    for sector in sectors)


def difference(path, offset, length, tag):
    """The first sector of the image that is not as disktest leaves it; None if all are."""
    with open(path, "rb") as file:
        file.seek(offset)
        for at in range(offset, offset + length, SECTOR):
            if file.read(SECTOR) != pattern(at, SECTOR, tag):
                return at // SECTOR
    return None


def run_tool(*words, text=None):
    subprocess.run([str(word) for word in words], input=text, text=True, check=True,
                   capture_output=True)


# ---- The machine

class Shell:
    """Commands at the prompt of a running machine."""

    def __init__(self, guest):
        self.guest = guest
        self.qmp = guest.qmp
        self.console = console.Console(guest, PROMPT, SECONDS)
        self.console.wait_for_prompt("after boot")

    def run(self, command):
        return self.console.execute(command)

    def start(self, command):
        """Type it, and go on."""
        self.guest.write(command.encode() + b"\r")

    def finish(self, what="the command"):
        return console.plain(self.console.wait_for_prompt(f"after {what}"))

    def prompt(self):
        """Again, after what programs in the background have written over it; that too."""
        self.start("")
        return self.finish()

    def wait_for_output(self, text, seconds=SECONDS):
        """What programs say, up to this text."""
        said, end = "", time.monotonic() + seconds
        while text not in said:
            assert time.monotonic() < end, f"{text!r} was not said: {said!r}"
            said += console.plain(self.guest.read(1).decode(errors="replace"))
        return said

    def wait_for(self, what, found, seconds=SECONDS):
        """Until found() is true; its result."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if result := found():
                return result
            time.sleep(0.2)
        return pytest.fail(f"{what} did not happen")

    def disks(self):
        """{number: what `disks` says of it}"""
        return table(self.run("disks"), 0)

    def volumes(self):
        """{letter: what `volumes` says of it}; of those without one, the number."""
        found = {}
        for line in self.run("volumes").splitlines():
            words = line.split()
            if words and words[0].isdigit():
                found[words[1] if words[1].endswith(":") else int(words[0])] = line.strip()
        return found

    def log(self):
        return self.guest.log.read_text(errors="replace")

    def hmp(self, line):
        return self.qmp.execute("human-monitor-command", **{"command-line": line})


def table(text, column):
    """Lines whose word in this column is a number, by that."""
    rows = [line.split() for line in text.splitlines()]
    return {int(words[column]): " ".join(words) for words in rows
            if len(words) > column and words[column].isdigit()}


@contextlib.contextmanager
def boot(request, root, *words, disks=0, **how):
    """A machine at its prompt; with so many disks, once these are there."""
    parser = argparse.ArgumentParser()
    options.add_machine_options(parser)
    drivers = [word for file in request.config.getoption("--driver") for word in ("--driver", file)]
    arguments = parser.parse_args(["--build", request.config.getoption("--build"), "--kernel",
                                   request.config.getoption("--kernel"), "--root", str(root),
                                   *drivers, *map(str, words)])
    options.check(arguments)
    with Guest(arguments, **how) as guest:
        shell = Shell(guest)
        try:
            if disks:
                shell.wait_for(f"the arrival of {disks} disks", lambda: len(shell.disks()) >= disks)
            yield shell
        except (AssertionError, VmError, pytest.fail.Exception):
            guest.keep = True
            print(guest.where_to_look())
            raise


def disk(controller, path, *more):
    """The options of tools/vm for a disk."""
    return ["--disk", ",".join([CONTROLLERS[controller]["disk"].format(path), *more])]
