"""Requests that programs rarely make of a file system: file IDs, locks that wait, changes that are told, FSCTL codes."""

import pytest

import fatimages
from disks import boot, disk, need
from test_fat_power import Promises, damage

FORMS = [(4, "-F 12 -s 4"), (24, "-F 16 -s 2"), (64, "-F 32 -s 1")]


@pytest.mark.parametrize("megabytes,options", FORMS)
def test_calls(build, request, fat_root, tmp_path, megabytes, options):
    need(build, "nvme")
    image = fatimages.make(tmp_path / "disk.img", megabytes, options)
    with boot(request, fat_root, *disk("nvme", image), disks=1) as shell:
        shell.wait_for("the volume", lambda: "D:" in shell.volumes())
        said = shell.run("fstest calls D:")
        assert "calls: 0 wrong" in said, said
        shell.run("sync")
    assert not damage(image, Promises(""))              # it has been marked dirty


@pytest.mark.parametrize("megabytes,options", FORMS)
def test_reopen(build, request, fat_root, tmp_path, megabytes, options):
    """A file that is closed is closed for whoever would notice, though it is kept for who opens it again."""
    need(build, "nvme")
    image = fatimages.make(tmp_path / "disk.img", megabytes, options)
    with boot(request, fat_root, *disk("nvme", image), disks=1) as shell:
        shell.wait_for("the volume", lambda: "D:" in shell.volumes())
        said = shell.run("fstest reopen D:")
        assert "reopen: 0 wrong" in said, said
        shell.run("sync")
    fatimages.check(image)


@pytest.mark.parametrize("megabytes,options", FORMS)
def test_attributes(build, request, fat_root, tmp_path, megabytes, options):
    """What is known of names is what the file system would say, after each of many changes."""
    need(build, "nvme")
    image = fatimages.make(tmp_path / "disk.img", megabytes, options)
    with boot(request, fat_root, *disk("nvme", image), disks=1) as shell:
        shell.wait_for("the volume", lambda: "D:" in shell.volumes())
        for seed in (1, 1001):
            said = shell.run(f"fstest attributes D: {seed} 400")
            assert "attributes: 0 wrong" in said, said
        shell.run("sync")
    fatimages.check(image)
