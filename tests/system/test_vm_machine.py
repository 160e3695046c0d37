"""The machine that tools/vm's options describe, asked from QEMU itself."""

import argparse
import pathlib

import pytest

from vmlib import guest, options, qemu


@pytest.fixture
def machine(build, tmp_path):
    """Starts the fake guest's shell with some options; what QEMU answers to a monitor command."""
    root = tmp_path / "root"
    root.write_text("fake root task\n")

    def ask(words, question):
        parser = argparse.ArgumentParser()
        options.add_machine_options(parser)
        arguments = parser.parse_args([
            "--build", str(build), "--kernel", str(build / "tests/system/guest/fakeguest"),
            "--root", str(root), "--append", "mode=shell", *words])
        options.check(arguments)
        with guest.Guest(arguments) as started:
            return started.qmp.execute("human-monitor-command", **{"command-line": question})
    return ask


def test_memory(machine):
    assert "0000000007ffffff (prio 0, ram)" in machine(["--memory", "128M"], "info mtree -f")


def test_processors(machine):
    assert machine(["--cpus", "3"], "info cpus").count("CPU #") == 3


def test_disks(machine, tmp_path):
    first, second = tmp_path / "first.img", tmp_path / "second one.img"
    for path in (first, second):
        path.write_bytes(bytes(1 << 20))
    words = ["--disk", f"ahci:{first},snapshot=on,serial=AAA", "--disk", f"nvme:{second},serial=BBB"]
    tree = machine(words, "info qtree")
    assert 'serial = "AAA"' in tree and 'serial = "BBB"' in tree
    assert "dev: ide-hd" in tree and "dev: nvme," in tree
    assert "Backing file" in machine(words, "info block disk0")


def test_disk_beside_the_iso(machine, tmp_path):
    path = tmp_path / "disk.img"
    path.write_bytes(bytes(1 << 20))
    tree = machine(["--boot", "iso", "--disk", f"ahci:{path}"], "info qtree")
    assert "dev: ide-hd" in tree and "dev: ide-cd" in tree


def test_hardware_virtualisation_needs_processor_flags():
    flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split()
    if "vmx" not in flags and "svm" not in flags:
        assert not qemu.has_hardware_virtualisation()
        assert qemu.accelerator(icount=False) == ["-accel", "tcg"]
    assert qemu.accelerator(icount=True) == ["-accel", "tcg", "-icount", "shift=0"]
