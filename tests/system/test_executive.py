"""Boots the Executive with its boot archive and talks to the native shell."""

import argparse
import re

import pytest

from vmlib import console, guest, options

@pytest.mark.parametrize("debug", [False, True], ids=["release", "debug"])
def test_shell(vm, request, debug):
    if debug and request.config.getoption("--kernel") != "release":
        pytest.skip("another kernel was asked for")
    words = ["--kernel", "debug"] if debug else []
    result = vm("exec", *words, "ver", "ps", "objects", "reg query HKLM", "mem")
    assert result.returncode == 0, result.stderr
    output = result.stdout
    assert "Proteus" in output
    assert "smss.exe" in output and "shell.exe" in output
    for name in ("KnownDlls", "BaseNamedObjects", "ObjectTypes", "REGISTRY", "Device"):
        assert name in output, name
    assert "physical memory" in output
    assert re.search(r"^ +4 +0 +8 +\d+ +\d+ +[1-9]\d+  System$", output, re.MULTILINE), output
    objects = re.findall(r"^[A-Z]\w+ {4,}(\S+)", output, re.MULTILINE)
    assert len(objects) > 5 and objects == sorted(objects, key=str.upper)


# A real seL4 starts where 16 MiB in one piece, aligned, are left for the root task's CNode: above 32 MiB.
def test_small_memory(vm, embedded):
    result = vm("exec", "--memory", "32M" if embedded else "40M", "ver")
    assert result.returncode == 0, result.stderr
    assert "Proteus" in result.stdout


# A stop screen, what smss says of a shell that does not start, or the prompt.
SAID = re.compile(r"STOP: 0x[0-9A-F]+ .*\)\s+([A-Z0-9_]+)|smss: .* status|C:\\>$")


# Below that the boot image itself does not fit.
@pytest.mark.parametrize("mebibytes", range(10, 17))
def test_too_little_memory_is_said(build, request, embedded, mebibytes):
    if not embedded:
        mebibytes += 23                 # 33 is the least
    parser = argparse.ArgumentParser()
    options.add_machine_options(parser)
    arguments = parser.parse_args(["--build", str(build), "--memory", f"{mebibytes}M", "--kernel",
                                   request.config.getoption("--kernel")])
    options.check(arguments)
    text = ""
    with guest.Guest(arguments) as machine:
        while not SAID.search(console.plain(text)):
            data = machine.read(60)
            assert data, f"silence after {text!r}"
            text += data.decode(errors="replace")


def test_unknown_command_is_named(vm):
    result = vm("exec", "nosuchprogram", "ver")
    assert result.returncode == 0, result.stderr
    assert "nosuchprogram" in result.stdout and "Proteus" in result.stdout


def test_hard_error_shows_the_stop_screen(vm, tmp_path):
    log = tmp_path / "debug.log"
    result = vm("test", "--timeout", "30", "--log", str(log), "native-stop")
    assert result.returncode != 0
    stop = log.read_text()
    # FATAL_UNHANDLED_HARD_ERROR, the status, the program's parameters; then who called.
    assert "STOP: 0x0000004C (0x00000000C000021A, 0x0000000000000011, 0x0000000000000022" in stop
    callers = stop.split("called from")[1].split("\n")[1:]
    callers = [caller.strip() for caller in callers if caller.strip()]
    assert len(callers) >= 4 and all(re.fullmatch(r"0x00000000100\w+ \w+\+0x[0-9A-F]+", caller) for caller in callers), stop
    assert "NtRaiseHardError+" in callers[1]


@pytest.mark.parametrize("fault,stop", [
    ("writetonothing", "STOP: 0x00000050 (0x0000000000000018, "),   # PAGE_FAULT_IN_NONPAGED_AREA
    ("invalidinstruction", "STOP: 0x0000001E (0x0000000000000003, "),   # KMODE_EXCEPTION_NOT_HANDLED
    ("stackoverflow", "STOP: 0x00000050 ("),
])
def test_fault_shows_the_stop_screen(vm, tmp_path, fault, stop):
    log = tmp_path / "debug.log"
    result = vm("test", "--timeout", "30", "--log", str(log), f"native-fault-{fault}")
    assert result.returncode != 0
    assert "ok 1 - the privilege" in result.stdout and "ok 2" not in result.stdout
    text = log.read_text()
    assert stop in text
    callers = text.split("called from")[1].split()
    assert callers and callers[0].startswith("0x00000000100"), text
