"""One table of machines: each boots, however it is started, and reads and writes its disks.

A covering handful runs always: every value of every column, and every way to boot with each controller. All of them with --soak.
"""

import argparse
import itertools
import re

import pytest

from disks import Shell, make_image, run_tool
from vmlib import artifacts, images, options, samples
from vmlib.guest import Guest

# How it is started, with which firmware; UEFI itself wants some memory.
WAYS = {"direct": ("bios",), "iso": ("bios", "uefi"), "disk": ("bios", "uefi")}
MACHINES = ("q35", "pc")
MEMORY = ("96M", "512M", "2G", "3G", "4G", "8G")
DISKS = {"ahci": ("ahci",), "nvme": ("nvme",), "both": ("ahci", "nvme")}
LEAST_UEFI = "128M"

HANDFUL = {
    ("direct", "bios", "q35", "96M", "both"), ("direct", "bios", "pc", "8G", "ahci"),
    ("direct", "bios", "pc", "96M", "nvme"), ("iso", "bios", "pc", "2G", "ahci"), ("iso", "uefi", "q35", "8G", "nvme"),
    ("iso", "uefi", "pc", "3G", "both"), ("disk", "bios", "q35", "96M", "nvme"), ("disk", "bios", "pc", "4G", "ahci"),
    ("disk", "uefi", "q35", "96M", "both"), ("disk", "uefi", "pc", "512M", "nvme"),
}


def table():
    """(way, firmware, machine, memory, disks)"""
    for way, firmwares in WAYS.items():
        yield from itertools.product((way,), firmwares, MACHINES, MEMORY, DISKS)


BOOTS = [choice if choice in HANDFUL else pytest.param(*choice, marks=pytest.mark.soak) for choice in table()]


@pytest.fixture(scope="module")
def media(request, tmp_path_factory):
    """{"installed": a disk with the system; kind: a disk with files}"""
    folder = tmp_path_factory.mktemp("media")
    parser = argparse.ArgumentParser()
    options.add_machine_options(parser)
    arguments = parser.parse_args(["--build", request.config.getoption("--build"),
                                   "--kernel", request.config.getoption("--kernel")])
    found = {"installed": folder / "installed.img"}
    images.make_installed(artifacts.kernel(arguments), artifacts.root_task(arguments), "", found["installed"])
    for kind in ("ahci", "nvme"):
        found[kind] = folder / f"{kind}.img"
        samples.fill(found[kind], f"{kind.upper()}DISK")
    return found


def words_of(media, way, firmware, machine, memory, disks):
    """For tools/vm. An installed disk is on the first of the controllers, and makes room for no other there."""
    if firmware == "uefi" and memory == "96M":
        memory = LEAST_UEFI
    words = ["--boot", way, "--firmware", firmware, "--machine", machine, "--memory", memory]
    for number, kind in enumerate(DISKS[disks]):
        name = "installed" if way == "disk" and not number else kind
        words += ["--disk", f"{kind}:{media[name]},snapshot=on"]
    return words


def letters_of(shell):
    return [name for name in shell.volumes() if isinstance(name, str)]


def use(shell, letter):
    """What is on the volume is read, and what is written is there again."""
    if letter != "C:":
        assert "puts(" in shell.run(f"type {letter}\\hello.c")
    shell.run(f"echo written to {letter} > {letter}\\new.txt")
    assert f"written to {letter}" in shell.run(f"type {letter}\\new.txt")
    assert "no differences" in shell.run(f"fc /b {letter}\\new.txt {letter}\\new.txt").lower()


@pytest.mark.parametrize("way,firmware,machine,memory,disks", BOOTS)
def test_boots_and_uses_its_disks(request, embedded, media, way, firmware, machine, memory, disks):
    parser = argparse.ArgumentParser()
    options.add_machine_options(parser)
    arguments = parser.parse_args(["--build", request.config.getoption("--build"), "--kernel",
                                   request.config.getoption("--kernel"),
                                   *words_of(media, way, firmware, machine, memory, disks)])
    options.check(arguments)
    with Guest(arguments) as guest:
        shell = Shell(guest)
        assert "10.0.19045" in shell.run("ver")
        letters = shell.wait_for("the volumes", lambda: len(found := letters_of(shell)) == len(DISKS[disks]) and found)
        for letter in letters:
            use(shell, letter)
        if way == "disk":
            assert "the system volume is" in shell.log()
        kibibytes = int(re.search(r"physical memory +(\d+) KiB", shell.run("mem"))[1])
        size = int(arguments.memory[:-1]) * {"M": 1, "G": 1024}[arguments.memory[-1]]
        of_kernel = 0 if embedded else 16   # a real seL4 makes the root task's CNode as large on every machine
        assert 0.85 * size - of_kernel < kibibytes / 1024 <= size
        assert "bug check" not in shell.log() and "is ended" not in shell.log()
        shell.start("shutdown /s /t 0")
        guest.wait_for_power_off()


def test_table_is_complete():
    """What is left out is left out on purpose."""
    assert set(HANDFUL) <= set(table())
    for column in range(5):
        assert {choice[column] for choice in HANDFUL} == {choice[column] for choice in table()}
    assert {(choice[0], choice[4]) for choice in table()} == set(itertools.product(WAYS, DISKS))
