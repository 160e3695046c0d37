"""The installed disk: it boots from its own volume, and keeps what is done on it."""

import argparse
import contextlib
import shutil

import pytest

from disks import Shell, run_tool
from vmlib import artifacts, images, options
from vmlib.guest import Guest
from vmlib.installed import VOLUME_SIZE

MIB = 1 << 20
TAIL = MIB                              # behind the system volume


@pytest.fixture(scope="session")
def installed(request, tmp_path_factory):
    """A disk with the system of this build on it."""
    parser = argparse.ArgumentParser()
    options.add_machine_options(parser)
    arguments = parser.parse_args(["--build", request.config.getoption("--build"),
                                   "--kernel", request.config.getoption("--kernel")])
    image = tmp_path_factory.mktemp("installed") / "proteus.img"
    images.make_installed(artifacts.kernel(arguments), artifacts.root_task(arguments), "", image)
    return image


@pytest.fixture
def disk(installed, tmp_path):
    """One that a test may write to."""
    copy = tmp_path / "disk.img"
    run_tool("cp", "--sparse=always", installed, copy)
    return copy


@contextlib.contextmanager
def boot(request, image, *words, controller="ahci"):
    parser = argparse.ArgumentParser()
    options.add_machine_options(parser)
    arguments = parser.parse_args(["--build", request.config.getoption("--build"), "--boot", "disk",
                                   "--disk", f"{controller}:{image}", *words])
    options.check(arguments)
    with Guest(arguments) as guest:
        yield Shell(guest)


def power_off(shell):
    shell.start("shutdown /s /t 0")
    shell.guest.wait_for_power_off()


@pytest.mark.parametrize("controller", ("ahci", "nvme"))
@pytest.mark.parametrize("firmware", ("bios", "uefi"))
def test_boots_from_its_volume(request, installed, controller, firmware):
    with boot(request, f"{installed},snapshot=on", "--firmware", firmware, controller=controller) as shell:
        assert "512 MB" in shell.volumes()["C:"]
        assert "the system volume is \\Device\\HarddiskVolume" in shell.log()
        assert "smss.exe" in shell.run("dir C:\\Windows\\System32")
        assert "problem 31" not in shell.run("devices")
        shell.run("echo written > C:\\file.txt")
        assert "written" in shell.run("type C:\\file.txt")


def test_same_contents_same_bytes(request, installed, tmp_path, monkeypatch):
    """Whatever the time is, and the folder."""
    parser = argparse.ArgumentParser()
    options.add_machine_options(parser)
    arguments = parser.parse_args(["--build", request.config.getoption("--build"),
                                   "--kernel", request.config.getoption("--kernel")])
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    again = tmp_path / "again.img"
    images.make_installed(artifacts.kernel(arguments), artifacts.root_task(arguments), "", again)
    run_tool("cmp", installed, again)
    shutil.rmtree(tmp_path)


def test_host_tools_find_it_sound(installed, tmp_path):
    images.run_tool("sgdisk", "-v", str(installed))
    volume = tmp_path / "volume"
    with open(installed, "rb") as file, open(volume, "wb") as out:
        file.seek(installed.stat().st_size - TAIL - VOLUME_SIZE)
        out.write(file.read(VOLUME_SIZE))
    images.run_tool("fsck.vfat", "-n", str(volume))
