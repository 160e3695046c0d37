"""`tools/vm test` and `bench`: judge a program by its TAP, and tell every bad end from a good one."""

import json
import pathlib
import re

import pytest

TAP = ["ok 1 - module is loaded", "ok 2 - kernel options arrive", "# a comment",
       "ok 3 - not here # SKIP nothing to see", "bench answer 42 instructions"]

WAYS_TO_BOOT = {
    "direct": [],
    "iso-bios": ["--boot", "iso"],
    "iso-uefi": ["--firmware", "uefi"],
    "disk-bios": ["--boot", "disk"],
    "disk-uefi": ["--boot", "disk", "--firmware", "uefi"],
}


def kept_file(message, what):
    """The contents of a file whose path a failure told."""
    return pathlib.Path(re.search(rf"{what}: (\S+)", message)[1]).read_text(errors="replace")


@pytest.mark.parametrize("way", WAYS_TO_BOOT)
def test_every_way_to_boot(fake_guest, way):
    result = fake_guest("test", "good", *WAYS_TO_BOOT[way])
    assert result.stdout.splitlines() == TAP + ["1..3", "2 passed, 0 failed, 1 skipped"]
    assert result.returncode == 0, result.stderr


def test_a_cached_image_is_not_used_for_other_options(fake_guest):
    assert fake_guest("test", "good", "--boot", "iso").returncode == 0
    assert fake_guest("test", "fail", "--boot", "iso").returncode == 1


def test_failure(fake_guest):
    result = fake_guest("test", "fail")
    assert result.returncode == 1
    assert "not ok 4 - as told" in result.stdout
    assert result.stdout.endswith("2 passed, 1 failed, 1 skipped\n")
    assert kept_file(result.stdout, "debug log") == "fake guest: debug log\n"


@pytest.mark.parametrize("mode, reason", [
    ("short", "the plan says 5 tests, 3 were seen"),
    ("gap", "test 4 is numbered 5"),
    ("bail", "the program gave up: no more"),
])
def test_bad_tap(fake_guest, mode, reason):
    result = fake_guest("test", mode)
    assert result.returncode == 1
    assert reason in result.stderr


@pytest.mark.parametrize("mode, reason", [
    ("hang", "hang: no output for 2 s"),
    ("reset", "the guest reset the machine"),
    ("off", "the guest powered off"),
])
def test_bad_end(fake_guest, mode, reason):
    result = fake_guest("test", mode, timeout=2)
    assert result.returncode == 3
    assert reason in result.stderr
    assert result.stdout.splitlines() == TAP
    assert kept_file(result.stderr, "debug log") == "fake guest: debug log\n"
    assert TAP[0] in kept_file(result.stderr, "console")


def test_a_reset_leaves_the_registers(fake_guest):
    result = fake_guest("test", "reset")
    assert re.search(r"\bEIP=00[0-9a-f]{6}", kept_file(result.stderr, "registers"))


def test_qemu_that_does_not_start(fake_guest):
    result = fake_guest("test", "good", "--qemu", "-device nonsense")
    assert result.returncode == 3
    assert "QEMU ended with status 1" in result.stderr and "nonsense" in result.stderr


def test_log_goes_where_it_is_told(fake_guest, tmp_path):
    assert fake_guest("test", "good", "--log", tmp_path / "log").returncode == 0
    assert (tmp_path / "log").read_text() == "fake guest: debug log\n"


def test_bench(fake_guest, tmp_path):
    result = fake_guest("bench", "good", "--json", tmp_path / "result.json")
    assert result.returncode == 0, result.stderr
    assert json.loads((tmp_path / "result.json").read_text()) == [
        {"name": "answer", "value": 42, "unit": "instructions"}]


@pytest.mark.parametrize("words, reason", [
    (["--boot", "direct", "--firmware", "uefi"], "--boot direct has no firmware"),
    (["--icount", "--cpus", "2"], "--icount works with one processor only"),
])
def test_contradicting_options(fake_guest, words, reason):
    result = fake_guest("test", "good", *words)
    assert result.returncode == 2
    assert reason in result.stderr


@pytest.mark.parametrize("disk, reason", [
    ("floppy:x", "must start with ahci: or nvme:"),
    ("ahci:/does/not/exist", "does not exist"),
])
def test_bad_disks(fake_guest, disk, reason):
    result = fake_guest("test", "good", "--disk", disk)
    assert result.returncode == 3
    assert reason in result.stderr


def test_kernel_of_the_environment(vm, fake_guest, monkeypatch):
    """Every command takes it that is told no other one."""
    monkeypatch.setenv("PROTEUS_KERNEL", "/does/not/exist")
    result = vm("test", "kernel-tests")
    assert result.returncode == 3
    assert "kernel /does/not/exist does not exist" in result.stderr
    assert fake_guest("test", "good").returncode == 0


def test_unknown_program(vm):
    result = vm("test", "no-such-program")
    assert result.returncode == 3
    assert "no program no-such-program" in result.stderr
