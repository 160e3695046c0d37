"""Sectors of a volume that cannot be read or written: who asks for them is told, all else goes on, and nothing is damaged."""

import re

import pytest

import fatimages
from disks import SECTOR, boot, need
from test_disk_errors import add, injected
from test_fat_power import Promises, damage

# What a transfer of a bad sector ends with: STATUS_DEVICE_DATA_ERROR, STATUS_IO_DEVICE_ERROR.
ERROR = re.compile(r"c000009c|c0000185|device|data error", re.I)
DATA = b"what it was\r\n" * 4000
FORMS = [(24, "-F 16 -s 2"), (40, "-F 32 -s 1")]


def volume(tmp_path, form):
    image = fatimages.make(tmp_path / "volume.img", *form)
    data = tmp_path / "data"
    data.write_bytes(DATA)
    fatimages.run("mmd", "-i", image, "::first", "::second")
    for name in ("first/bad.txt", "first/good.txt", "second/other.txt"):
        fatimages.run("mcopy", "-i", image, data, f"::{name}")
    return image


def fault(kind, sector, *more):
    return ["event=none", f"iotype={kind}", "errno=5", f"sector={sector}", *more]


def use(request, root, image, *faults):
    return boot(request, root, "--qemu", add("nvme", "flaky", injected(image, *faults)), disks=1)


def see(shell):
    shell.wait_for("the volume", lambda: "D:" in shell.volumes())


def goes_on(shell):
    shell.run("echo still here > D:\\second\\new.txt")
    assert "still here" in shell.run("type D:\\second\\new.txt")
    assert "what it was" in shell.run("type D:\\second\\other.txt")


def volume_with(build, tmp_path, form, name):
    """And the first sector of one of its files or directories."""
    need(build, "nvme")
    image = volume(tmp_path, form)
    return image, fatimages.Layout(image).of(name)


@pytest.mark.parametrize("form", FORMS)
def test_data(build, request, fat_root, tmp_path, form):
    image, bad = volume_with(build, tmp_path, form, "first/bad.txt")
    with use(request, fat_root, image, fault("read", bad), fault("write", bad)) as shell:
        see(shell)
        assert ERROR.search(shell.run("copy D:\\first\\bad.txt D:\\copy.txt /y"))
        assert "what it was" in shell.run("type D:\\first\\good.txt")
        shell.run("echo over it > D:\\first\\bad.txt")
        goes_on(shell)
        shell.run("sync")
        assert "other.txt" in shell.run("dir D:\\second")
    assert not damage(image, Promises(""))
    assert fatimages.tree(image, tmp_path / "tree")["second/new.txt"]


@pytest.mark.parametrize("form", FORMS)
def test_data_written(build, request, fat_root, tmp_path, form):
    """Who asks for all of the volume to be on the disk is told that a closed file is not."""
    image, first = volume_with(build, tmp_path, form, "first/bad.txt")
    with use(request, fat_root, image, fault("write", first + len(DATA) // SECTOR)) as shell:
        see(shell)
        shell.run("echo at its end >> D:\\first\\bad.txt")
        goes_on(shell)
        assert ERROR.search(shell.run("sync"))
        assert "at its end" in shell.run("type D:\\first\\bad.txt")
        assert not shell.run("del D:\\first\\bad.txt")
        assert not ERROR.search(shell.run("sync"))
    fatimages.check(image)
    tree = fatimages.tree(image, tmp_path / "tree")
    assert tree["second/new.txt"] and tree["first/good.txt"] and "first/bad.txt" not in tree


@pytest.mark.parametrize("form", FORMS)
def test_directory(build, request, fat_root, tmp_path, form):
    """One directory is not there for anybody; what changes in the others reaches the disk."""
    image, bad = volume_with(build, tmp_path, form, "first")
    with use(request, fat_root, image, fault("read", bad)) as shell:
        see(shell)
        assert ERROR.search(shell.run("type D:\\first\\good.txt"))
        goes_on(shell)
        shell.run("sync")
    fatimages.check(image)
    assert fatimages.tree(image, tmp_path / "tree")["second/new.txt"]


@pytest.mark.parametrize("form", FORMS)
def test_directory_written(build, request, fat_root, tmp_path, form):
    image, bad = volume_with(build, tmp_path, form, "first")
    with use(request, fat_root, image, fault("write", bad)) as shell:
        see(shell)
        shell.run("echo lost > D:\\first\\lost.txt")
        goes_on(shell)
        assert ERROR.search(shell.run("sync"))
        assert "lost" in shell.run("type D:\\first\\lost.txt")
    assert not damage(image, Promises(""))
    tree = fatimages.tree(image, tmp_path / "tree")
    assert tree["second/new.txt"] and tree["first/good.txt"] and "first/lost.txt" not in tree


@pytest.mark.parametrize("form", FORMS)
def test_fat_written(build, request, fat_root, tmp_path, form):
    """Nothing new reaches the disk, but what was there stays as it was."""
    need(build, "nvme")
    image = volume(tmp_path, form)
    before = fatimages.tree(image, tmp_path / "tree")
    with use(request, fat_root, image, fault("write", fatimages.Layout(image).fat)) as shell:
        see(shell)
        goes_on(shell)
        assert ERROR.search(shell.run("sync"))
        goes_on(shell)
    assert not damage(image, Promises(""))
    after = fatimages.tree(image, tmp_path / "tree")
    assert {name: after.get(name) for name in before} == before


@pytest.mark.parametrize("form", FORMS)
def test_once(build, request, fat_root, tmp_path, form):
    """What failed is written with the next commit."""
    need(build, "nvme")
    image = volume(tmp_path, form)
    layout = fatimages.Layout(image)
    faults = [fault("write", sector, "once=on") for sector in (layout.fat, layout.of("second"))]
    with use(request, fat_root, image, *faults) as shell:
        see(shell)
        goes_on(shell)
        shell.wait_for("a sync without an error", lambda: not ERROR.search(shell.run("sync")))
    assert not damage(image, Promises(""))
    assert fatimages.tree(image, tmp_path / "tree")["second/new.txt"]


def test_fat_read(build, request, fat_root, tmp_path):
    """The mark of a volume in use is not known: it is not mounted."""
    need(build, "nvme")
    image = volume(tmp_path, FORMS[0])
    with use(request, fat_root, image, fault("read", fatimages.Layout(image).fat)) as shell:
        see(shell)
        assert "no file system" in shell.run("dir D:")
