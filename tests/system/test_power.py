"""The end of the system: off, restart, the power button, drivers that do not answer; and sleep."""

import argparse
import contextlib
import os
import pathlib
import select
import subprocess
import time

import pytest

from vmlib import console, options
from vmlib.errors import GuestError
from vmlib.guest import Guest

PROMPT = r"C:\\>"
HUNG_IMAGE = "tests/drivers/power/power-hung.elf"
SECONDS = 180                           # without a word; a busy host is slow


@contextlib.contextmanager
def machine(build, request, *words, **how):
    """A guest, and its console if it has a prompt."""
    parser = argparse.ArgumentParser()
    options.add_machine_options(parser)
    arguments = parser.parse_args(["--build", str(build), "--kernel",
                                   request.config.getoption("--kernel"), *words])
    options.check(arguments)
    with Guest(arguments, **how) as guest:
        yield guest, console.Console(guest, PROMPT, SECONDS)


@pytest.fixture
def acpi(build):
    if not (build / "drivers/bus/acpi/acpi.sys").exists():
        pytest.skip("this build has no ACPI driver")


def end_of(guest):
    """Why the machine ended, and what it said last."""
    said = b""
    with pytest.raises(GuestError):
        while data := guest.read(SECONDS):
            said += data
        pytest.fail(f"the machine goes on: {said[-200:]!r}")
    return guest.shutdown_reason, console.plain(said.decode(errors="replace"))


def wait_for_log(guest, text, count=1):
    deadline = time.monotonic() + SECONDS
    while guest.log.read_text(errors="replace").count(text) < count:
        assert time.monotonic() < deadline, f"not in the log: {text}"
        time.sleep(0.05)


ROUNDS = [pytest.param(3, id="few"), pytest.param(50, id="many", marks=pytest.mark.soak)]


@pytest.mark.parametrize("rounds", ROUNDS)
def test_restart(build, request, rounds):
    with machine(build, request, restarts=True) as (guest, shell):
        shell.wait_for_prompt("after boot")
        for count in range(rounds):
            guest.write(b"shutdown /r /t 0\r")
            said = console.plain(shell.wait_for_prompt(f"after restart {count + 1}"))
            assert "Restarting" in said
            assert shell.execute("echo here again") == "here again\n"


def check_log(text):
    """Whatever was under way at the end, no driver host and no process has failed."""
    assert " stops: " not in text


@pytest.mark.parametrize("rounds", ROUNDS)
def test_off(build, request, acpi, rounds):
    for _ in range(rounds):
        with machine(build, request) as (guest, shell):
            shell.wait_for_prompt("after boot")
            guest.write(b"shutdown /p\r")
            reason, said = end_of(guest)
            check_log(guest.log.read_text(errors="replace"))
        assert reason == "guest-shutdown"
        assert "Shutting down" in said


def read_until(stream, text):
    said = b""
    deadline = time.monotonic() + SECONDS
    while text not in said:
        ready, _, _ = select.select([stream], [], [], max(0, deadline - time.monotonic()))
        data = os.read(stream.fileno(), 65536) if ready else b""
        assert data, f"not said: {text!r}; but {said[-200:]!r}"
        said += data


def test_off_ends_qemu(build, tools, acpi, tmp_path):
    """As `make run` starts it: QEMU goes, and its status is 0."""
    with subprocess.Popen([tools / "vm", "run", "--build", build, "--log", tmp_path / "debug.log"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        try:
            read_until(run.stdout, b"C:\\>")
            run.stdin.write(b"shutdown /s /t 0\r")
            run.stdin.flush()
            said = run.communicate(timeout=SECONDS)[1].decode()
        finally:
            run.kill()
    assert run.returncode == 0 and "the guest powered off" in said, said


def test_power_button(build, request, acpi):
    with machine(build, request) as (guest, shell):
        shell.wait_for_prompt("after boot")
        guest.qmp.execute("system_powerdown")
        reason, said = end_of(guest)
        assert reason == "guest-shutdown"
        assert "Shutting down" in said


def test_thermal_zone(build, request, acpi, acpi_table):
    """It is looked at as often as its firmware wants, and ends the system when it is too hot."""
    with machine(build, request, "--qemu", acpi_table("hot")) as (guest, _):
        reason, _ = end_of(guest)
        log = guest.log.read_text(errors="replace")
    assert reason == "guest-shutdown"
    assert r"acpi: thermal zone \_TZ.HOTT is too hot" in log and "the system is asked to power off" in log


def test_countdown(build, request):
    with machine(build, request) as (guest, shell):
        shell.wait_for_prompt("after boot")
        assert "(1116)" in shell.execute("shutdown /a")
        assert "The system will restart in 100 seconds. bye" in shell.execute(
            'shutdown /r /t 100 /c bye')
        assert "(1190)" in shell.execute("shutdown /s")
        assert shell.execute("echo %errorlevel%") == "1190\n"
        assert shell.execute("shutdown /h") == "This system cannot hibernate.(50)\n"
        assert "cancelled" in console.plain(shell.execute("shutdown /a")) + \
            console.plain(guest.read(5).decode())
        guest.write(b"\r")
        shell.wait_for_prompt("after the countdown")
        guest.write(b"shutdown /r /t 3\r")
        reason, said = end_of(guest)
        assert reason == "guest-reset"
        assert "The system will restart in 1 second." in said


def test_sleep(build, request, soak):
    with machine(build, request) as (guest, shell):
        shell.wait_for_prompt("after boot")
        for count in range(1, soak(16, 250)):
            guest.write(b"shutdown /sleep1\r")
            wait_for_log(guest, "po: the system sleeps (S1)", count)
            if count == 2:              # at the serial line
                guest.write(b"\r")
            else:                       # a key that is let go at any moment of the waking
                guest.qmp.execute("send-key", **{"keys": [{"type": "qcode", "data": "a"}],
                                                 "hold-time": 10 + count * 37 % 101})
            shell.wait_for_prompt("after it was woken")
        assert shell.execute("echo awake") == "awake\n"
        for key in ("v", "e", "r", "ret"):  # the keyboard works as before
            guest.qmp.execute("send-key", keys=[{"type": "qcode", "data": key}])
        assert "10.0.19045" in shell.wait_for_prompt("after keys")


def test_hung_drivers(build, request):
    """A driver that keeps its requests is named in the log, and holds nothing up."""
    image = build / HUNG_IMAGE
    if not image.exists():
        pytest.skip("this build has no Executive")
    with machine(build, request, "--root", str(image)) as (guest, _):
        reason, said = end_of(guest)
        log = pathlib.Path(guest.log).read_text(errors="replace")
    assert reason == "guest-reset", said
    told = [line.split()[1] for line in log.splitlines() if "is told of the shutdown" in line]
    assert told == ["powertwo", "powerone", "powerbus"]
    assert "driver host powertwo does not answer the notification of the shutdown" in log
    assert "driver host power does not answer a power request (device POWERTEST\\DEVICE1" in log
