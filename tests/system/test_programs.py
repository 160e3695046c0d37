"""Runs the test programs of the build inside the virtual machine."""

import pathlib
import re

import pytest

from vmlib import artifacts

BOOTS = {
    "direct": [],
    "iso-bios": ["--boot", "iso"],
    "iso-uefi": ["--boot", "iso", "--firmware", "uefi"],
    "debug": ["--kernel", "debug"],
    "no-hpet": ["--qemu=-machine hpet=off"], # the alarm is the PIT
}

# How each program is run beyond the release kernel, booted directly.
FURTHER_BOOTS = {"kernel-tests": ["debug", "iso-bios", "iso-uefi"], "kernel-stress": ["debug"],
                 "native-wait": ["no-hpet"]}
SECONDS = 180                           # without a word; a busy host is slow
# Programs that are silent for longer.
TIMEOUTS = {"kernel-stress": 240, "native-fuzz": 240, "native-leak": 240}
# The long forms belong to `make soak`; the others print what two kernels did, to be compared.
# native-registry-save writes a hive to the console: test_registry.py reads it. shell-scripts is for
# test_shell.py, power-hung for test_power.py. native-stop and the faults of the Executive stop the system: test_executive.py runs them.
NOT_HERE = {"drivers-fuzz-long", "kernel-hostile-long", "kernel-trace-print", "native-fuzz-long",
            "native-leak-long", "keyboard-keys", "native-registry-save", "native-stop",
            "native-fault-writetonothing", "native-fault-invalidinstruction",
            "native-fault-stackoverflow", "power-hung", "shell-scripts"}


def pytest_generate_tests(metafunc):
    build = pathlib.Path(metafunc.config.getoption("--build"))
    cases = [(path.stem, boot) for path in artifacts.programs(build, "tests")
             if path.stem not in NOT_HERE
             for boot in ["direct", *FURTHER_BOOTS.get(path.stem, [])]]
    metafunc.parametrize("program, boot", cases, ids=["-".join(case) for case in cases])


def test_program(vm, request, embedded, record_property, program, boot):
    kernel = request.config.getoption("--kernel")
    if boot.startswith("iso") and not embedded:
        pytest.skip("seL4 passes on no memory map of GRUB's: tests of boot/untyped need it")
    if boot == "debug" and kernel != "release":
        pytest.skip("another kernel was asked for")
    words = BOOTS[boot] if boot == "debug" else [*BOOTS[boot], "--kernel", kernel]
    # The guest's clock counts instructions: what a time slice holds does not depend on the load here.
    result = vm("test", *words, "--icount", "--timeout", str(TIMEOUTS.get(program, SECONDS)), program)

    *tap, counts = result.stdout.splitlines() or [""]
    for number, kind in re.findall(r"(\d+) (passed|failed|skipped)", counts):
        record_property(f"tap_{kind}", number)
    bad = [line for line in tap if line.startswith("not ok")]
    if result.returncode:
        pytest.fail("\n".join([counts, *(bad or tap[-5:]), result.stderr]), pytrace=False)
