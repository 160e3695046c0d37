"""Keys that QEMU presses reach a program through i8042prt and kbdclass."""

import argparse

import pytest

from vmlib import options, programs
from vmlib.guest import Guest

IMAGE = "tests/drivers/hw/keyboard-keys.elf"
BREAK, E0, E1 = 1, 2, 4
# What is pressed together, and the events of it: make code and flags.
KEYS = [
    (["a"], [(0x1E, 0), (0x1E, BREAK)]),
    (["shift", "z"], [(0x2A, 0), (0x2C, 0), (0x2C, BREAK), (0x2A, BREAK)]),
    (["up"], [(0x48, E0), (0x48, E0 | BREAK)]),
    (["ret"], [(0x1C, 0), (0x1C, BREAK)]),
    (["f12"], [(0x58, 0), (0x58, BREAK)]),
    (["kp_enter"], [(0x1C, E0), (0x1C, E0 | BREAK)]),
]


@pytest.fixture
def machine(build, request):
    if not (build / IMAGE).exists():
        pytest.skip("this build has no Executive")
    parser = argparse.ArgumentParser()
    options.add_machine_options(parser)
    arguments = parser.parse_args(["--build", str(build), "--root", str(build / IMAGE), "--kernel",
                                   request.config.getoption("--kernel")])
    options.check(arguments)
    with Guest(arguments) as guest:
        yield guest, programs.lines_of(guest, arguments.timeout)


def next_event(lines):
    for line in lines:
        if line.startswith("key "):
            code, flags = line.split()[1:]
            return int(code, 16), int(flags, 16)
    return None


def test_keys(machine):
    guest, lines = machine
    assert next(line for line in lines if line.startswith("keyboard ")) == "keyboard 00000000"
    for keys, events in KEYS:
        guest.qmp.execute("send-key", keys=[{"type": "qcode", "data": key} for key in keys])
        assert [next_event(lines) for _ in events] == events, keys
