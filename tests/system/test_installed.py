"""The installed disk: it boots from its own volume, and keeps what is done on it."""

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import time

import pytest

from disks import Shell, make_image, run_tool
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


# ---- The registry

VALUE = "HKLM\\SOFTWARE\\Test"


def value(shell, name, key=VALUE):
    """What the registry has for it; None: nothing."""
    for line in shell.run(f"reg query {key} /v {name}").splitlines():
        words = line.split(None, 2)
        if len(words) == 3 and words[0] == name:
            return words[2].strip()
    return None


def system_partition(image):
    """An offset for mtools."""
    return f"{image}@@{image.stat().st_size - TAIL - VOLUME_SIZE}"


def disk_file(image, name):
    """What the disk has of it at this moment; a machine may run on it."""
    result = subprocess.run(["mtype", "-i", system_partition(image), f"::{name}"], check=False, capture_output=True,
                            env={**os.environ, "MTOOLS_SKIP_CHECK": "1"})
    return result.stdout


def test_registry_lasts(request, disk, tmp_path):
    with boot(request, disk) as shell:
        shell.run(f"reg add {VALUE} /v one /d first")
        shell.run("reg add HKLM\\SYSTEM\\CurrentControlSet\\Control\\Test /v two /d second")
        power_off(shell)
    with boot(request, disk) as shell:
        assert value(shell, "one") == "first"
        assert value(shell, "two", "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Test") == "second"
        assert "was being written" not in shell.log()
        shell.run(f"reg delete {VALUE} /v one /f")
        power_off(shell)
    with boot(request, disk) as shell:
        assert value(shell, "one") is None
    hive = tmp_path / "SOFTWARE"
    images.run_tool("mcopy", "-i", system_partition(disk), "::Windows/System32/config/SOFTWARE", str(hive))
    images.run_tool("hivexml", str(hive))


@pytest.mark.parametrize("how", ("sync", "wait"))
def test_power_cut_keeps_what_was_flushed(request, disk, how):
    """Flushed by hand, and by itself after a few seconds: as soon as the log has it, it is there."""
    last = "data4".encode("utf-16-le")
    with boot(request, disk) as shell:
        for number in range(5):
            shell.run(f"reg add {VALUE} /v v{number} /d data{number} /f")
        if how == "sync":
            shell.run("sync")
        else:
            shell.wait_for("the lazy write",
                           lambda: last in disk_file(disk, "Windows/System32/config/SOFTWARE.LOG1"))
        shell.guest.process.kill()
    with boot(request, disk) as shell:
        assert [value(shell, f"v{number}") for number in range(5)] == [f"data{number}" for number in range(5)]


def test_power_cuts_while_values_are_set(request, disk, soak):
    """Whatever the moment: the registry opens, and has every value up to some point, and what was flushed."""
    flushed = -1
    for cut in range(soak(3, 30)):
        with boot(request, disk) as shell:
            seen = [value(shell, f"n{number}") for number in range(flushed + 40)]
            present = [number for number, data in enumerate(seen) if data is not None]
            assert present == list(range(len(present))) and len(present) > flushed
            start = len(present)
            for number in range(start, start + 5):
                shell.run(f"reg add {VALUE} /v n{number} /d {number} /f")
            shell.run("sync")
            flushed = start + 4
            shell.start(" & ".join(f"reg add {VALUE} /v n{number} /d {number} /f & sync"
                                   for number in range(flushed + 1, flushed + 8)))
            time.sleep(0.05 + 0.11 * (cut % 7))
            shell.guest.process.kill()


def test_letters_last(request, disk, tmp_path):
    other = tmp_path / "other.img"
    make_image(other, 64 * MIB)
    images.run_tool("mkfs.vfat", "-F", "32", "-s", "1", "-n", "OTHER", str(other))
    words = ("--disk", f"nvme:{other}")
    with boot(request, disk, *words) as shell:
        shell.wait_for("the second disk", lambda: "D:" in shell.volumes())
        name = next(line.split()[0] for line in shell.run("mountvol D: /L").splitlines() if "Volume{" in line)
        shell.run("mountvol D: /D")
        shell.run(f"mountvol R: {name}")
        assert "R:" in shell.volumes()
        power_off(shell)
    with boot(request, disk, *words) as shell:
        shell.wait_for("the second disk", lambda: "R:" in shell.volumes())
        assert "D:" not in shell.volumes()


# ---- Done when

def edit(shell, path, keys):
    """Types keys into the editor, saves, and is back at the prompt."""
    shell.start(f"edit {path}")
    shell.wait_for_output("F1 help")
    shell.guest.write(keys.encode())
    shell.guest.write(b"\x13")          # Ctrl-S
    shell.wait_for_output("Saved")
    shell.guest.write(b"\x11")          # Ctrl-Q
    shell.wait_for_output("C:\\>")
    shell.run("")                       # the prompt stands where the screen was


@pytest.mark.parametrize("controller", ("ahci", "nvme"))
def test_a_person_finds_everything_again(request, disk, controller):
    """Edits a file, copies a tree, powers off, and finds it all after the restart; so does the host."""
    with boot(request, disk, "--firmware", "uefi", controller=controller) as shell:
        shell.run("md C:\\Documents")
        edit(shell, "C:\\Documents\\letter.txt", "Dear reader,\rgrüße\r")
        edit(shell, "C:\\Documents\\letter.txt", "\x1b[B\x1b[FA second time")
        assert "denied" not in shell.run("xcopy C:\\Windows C:\\Copy\\ /s /q")
        before = shell.run("dir /s /b C:\\Copy")
        power_off(shell)
    with boot(request, disk, "--firmware", "uefi", controller=controller) as shell:
        assert shell.run("type C:\\Documents\\letter.txt") == "Dear reader,\ngrüßeA second time\n"
        assert shell.run("dir /s /b C:\\Copy") == before and "smss.exe" in before
        for folder in ("System32", "System32\\drivers"):
            said = shell.run(f"fc /b C:\\Windows\\{folder}\\* C:\\Copy\\{folder}")
            assert said.count("Comparing files") == said.count("no differences encountered") > 10, said
        power_off(shell)
    volume = system_partition(disk)
    assert disk_file(disk, "Documents/letter.txt").decode() == "Dear reader,\r\ngrüßeA second time\r\n"
    for name in ("Windows/System32/shell.exe", "Windows/System32/drivers/beep.sys"):
        assert disk_file(disk, name) == disk_file(disk, name.replace("Windows", "Copy", 1)) != b"", volume


def test_a_replaced_driver_is_the_one_that_runs(request, disk, build, tmp_path):
    """What reads the disk is in the boot archive; every other driver is the volume's."""
    other, driver = tmp_path / "other.img", tmp_path / "beep.sys"
    old, new = ("\\Device\\Beep".encode("utf-16-le"), "\\Device\\Honk".encode("utf-16-le"))
    content = (build / "drivers/beep/beep.sys").read_bytes()
    assert old in content
    driver.write_bytes(content.replace(old, new))
    make_image(other, 16 * MIB)
    images.run_tool("mkfs.vfat", "-n", "OTHER", str(other))
    images.run_tool("mcopy", "-i", str(other), str(driver), "::beep.sys")
    with boot(request, disk, "--disk", f"nvme:{other}") as shell:
        shell.wait_for("the second disk", lambda: "D:" in shell.volumes())
        assert "Beep" in shell.run("objects \\Device")
        folder = "C:\\Windows\\System32\\drivers"
        assert "used by another process" in shell.run(f"copy /y D:\\beep.sys {folder}\\beep.sys")
        assert shell.run(f"ren {folder}\\beep.sys beep.old") == ""
        assert "1 file(s) copied" in shell.run(f"copy D:\\beep.sys {folder}")
        power_off(shell)
    with boot(request, disk) as shell:
        names = shell.run("objects \\Device")
        assert "Honk" in names and "Beep" not in names
        assert shell.run(f"del {folder}\\beep.old") == ""


# ---- The check at the start

def mark_dirty(image, lose):
    """The bit of an unclean dismount; and some clusters at the end that nothing leads to."""
    start = image.stat().st_size - TAIL - VOLUME_SIZE
    with open(image, "r+b") as file:
        file.seek(start)
        sector = file.read(512)
        size, reserved, fats = (int.from_bytes(sector[at:at + 2], "little") for at in (11, 14, 16))
        length = int.from_bytes(sector[36:40], "little") * size
        clusters = (VOLUME_SIZE // size - reserved) // sector[13] - 4000
        for number in range(fats & 0xFF):
            fat = start + reserved * size + number * length
            for entry, value in [(1, 0x07FFFFFF), *((clusters + step, 0x0FFFFFFF) for step in range(lose))]:
                file.seek(fat + 4 * entry)
                file.write(value.to_bytes(4, "little"))


def boot_console(guest):
    return guest.transcript.read_text(errors="replace")


def test_a_dirty_volume_is_checked_at_the_start(request, disk, tmp_path):
    """Before the system runs from it; a wish for a check is as good as an unclean end."""
    other = tmp_path / "other.img"
    make_image(other, 64 * MIB)
    images.run_tool("mkfs.vfat", "-F", "32", "-s", "1", "-n", "OTHER", str(other))
    mark_dirty(disk, 3)
    with boot(request, disk) as shell:
        said = boot_console(shell.guest)
        assert "Checking file system on C:" in said and "3 lost allocation units were found." in said
        assert "Corrections were made" in said
        assert "FILE0002.CHK" in shell.run("dir /a C:\\FOUND.000")
        said = shell.run("echo y| chkdsk C: /f")
        assert "will be checked the next time the system restarts" in said
        power_off(shell)
    with boot(request, disk, "--disk", f"nvme:{other}") as shell:
        said = boot_console(shell.guest)
        assert "Checking file system on C:" in said and "no problems were found" in said
        shell.wait_for("the second disk", lambda: "D:" in shell.volumes())
        assert "HarddiskVolume" not in said                 # that one is clean
        assert "not dismounted" not in shell.run("chkdsk C:")
        power_off(shell)
    with boot(request, disk) as shell:
        assert "Checking" not in boot_console(shell.guest)


def test_checks_of_volumes_in_use_are_scheduled(request, disk, tmp_path):
    """Of each cluster, too; the list of what is to be done at the start is as it was afterwards."""
    other = tmp_path / "other.img"
    make_image(other, 64 * MIB)
    images.run_tool("mkfs.vfat", "-F", "32", "-s", "1", "-n", "OTHER", str(other))
    listed = "reg query \"HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\" /v BootExecute"
    with boot(request, disk, "--disk", f"nvme:{other}") as shell:
        shell.wait_for("the second disk", lambda: "D:" in shell.volumes())
        before = shell.run(listed)
        shell.run("echo n> C:\\answers.txt")
        shell.run("echo y>> C:\\answers.txt")
        assert "will be checked the next time" in shell.run("echo y| chkdsk C: /r")
        said = shell.run("cd /d D:\\& chkdsk D: /f < C:\\answers.txt& cd /d C:\\")     # so it is in use
        assert "force a dismount" in said and "will be checked the next time" in said, said
        assert "autochk /p" in shell.run(listed)
        power_off(shell)
    with boot(request, disk, "--disk", f"nvme:{other}") as shell:
        said = boot_console(shell.guest)
        assert "Checking file system on C:" in said and "Checking file system on D:" in said
        assert shell.run(listed) == before
        power_off(shell)


# ---- What can be wrong with the volume

def test_a_volume_without_a_system_stops_with_a_reason(request, disk):
    images.run_tool("mdel", "-i", system_partition(disk), "::Windows/System32/smss.exe")
    parser = argparse.ArgumentParser()
    options.add_machine_options(parser)
    arguments = parser.parse_args(["--build", request.config.getoption("--build"), "--boot", "disk",
                                   "--disk", f"ahci:{disk}"])
    options.check(arguments)
    with Guest(arguments) as guest:
        said, end = b"", time.monotonic() + 120
        while b"INACCESSIBLE_BOOT_DEVICE" not in said:
            assert time.monotonic() < end, said
            said += guest.read(1)
        assert b"STOP: 0x0000007B" in said


def test_a_damaged_hive_is_left_alone(request, disk, tmp_path):
    """The boot archive's does its work, and what is on the volume stays for somebody to look at."""
    bad, after = tmp_path / "bad", tmp_path / "after"
    bad.write_bytes(b"regf" + bytes(8188))
    name = "::Windows/System32/config/SOFTWARE"
    images.run_tool("mcopy", "-o", "-i", system_partition(disk), str(bad), name)
    with boot(request, disk) as shell:
        assert "goes on, for the system volume's is refused" in shell.log()
        assert value(shell, "CurrentBuild", '"HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"')
        power_off(shell)
    images.run_tool("mcopy", "-n", "-i", system_partition(disk), name, str(after))
    assert after.read_bytes() == bad.read_bytes()


@pytest.mark.parametrize("controller", ("ahci", "nvme"))
def test_the_end_of_the_disks_driver(request, installed, controller):
    """Its host is started again from the boot archive, and the registry is written to the volume that comes back."""
    with boot(request, f"{installed},snapshot=on", controller=controller) as shell:
        host = re.search(rf"\[stor{controller} (\d+)\]", shell.run("devices"))[1]
        shell.run(f"kill {host}")
        shell.wait_for("the volume's return", lambda: "Windows" in shell.run("dir C:\\"))
        shell.run(f"reg add {VALUE} /v after /d 1 /f")
        assert "does not exist" not in shell.run("sync")


def test_the_end_of_the_file_systems_driver(request, disk, tmp_path):
    """Programs that run from the volume go on, new ones start, and the registry is written as before."""
    with boot(request, disk) as shell:
        shell.start("start /b more C:\\Windows\\System32\\config\\SOFTWARE.LOG1")
        for turn in (1, 2):
            host = re.findall(r"driver host fastfat is process (\d+)", shell.log())[-1]
            shell.run(f"echo written{turn} > C:\\file{turn}.txt")
            shell.run(f"kill {host}")
            assert f"written{turn}" in shell.run(f"type C:\\file{turn}.txt")
            assert "fastfat" in shell.run("drivers")
            assert "C:" in shell.run("volumes")
            shell.run(f"reg add {VALUE} /v after{turn} /d {turn} /f")
            assert value(shell, f"after{turn}")
        shell.run("sync")
        assert "are lost" not in shell.log() and "is not written" not in shell.log()
        power_off(shell)
    with boot(request, disk) as shell:
        for turn in (1, 2):
            assert f"written{turn}" in shell.run(f"type C:\\file{turn}.txt")
            assert value(shell, f"after{turn}")
