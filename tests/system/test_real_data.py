"""Real tools' data: the files of a Debian package on a volume, copied around inside, compared inside and outside."""

import pathlib
import shutil
import subprocess

import pytest

import fatimages
from disks import boot, disk

MOST_BYTES = 24 << 20


def package_files(package):
    """Those of its files that are files, with their paths below the root."""
    listed = subprocess.run(["dpkg-query", "-L", package], check=True, capture_output=True, text=True).stdout
    paths = [pathlib.Path(line) for line in listed.splitlines() if line.startswith("/")]
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def gather(package, folder):
    """A copy of the package's tree; fewer of its files when they are too large for a test."""
    total = 0
    for path in package_files(package):
        total += path.stat().st_size
        if total > MOST_BYTES:
            break
        target = folder / path.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    empty = folder / "empty" / "directories"
    empty.mkdir(parents=True)
    return folder


def backslashes(path):
    return str(path).replace("/", "\\")


def compare_inside(shell, tree, one, other):
    """fc /b of every directory's files with those of the other tree."""
    files = 0
    for folder in [tree, *sorted(path for path in tree.rglob("*") if path.is_dir())]:
        count = sum(path.is_file() for path in folder.iterdir())
        if not count:
            continue
        below = backslashes(folder.relative_to(tree))
        said = shell.run(f'fc /b "{one}\\{below}\\*" "{other}\\{below}"')
        assert said.count("no differences encountered") == count, said
        files += count
    return files


@pytest.mark.parametrize("package, controller, options", [
    ("grub-common", "ahci", "-F 32 -s 1"),
    ("cmake-data", "nvme", "-F 16"),
])
def test_a_packages_tree(request, fat_root, tmp_path, package, controller, options):
    tree = gather(package, tmp_path / "tree")
    count = sum(path.is_file() for path in tree.rglob("*"))
    assert count > 100
    image = fatimages.make(tmp_path / "disk.img", 160, options)
    fatimages.run("mcopy", "-s", "-m", "-i", image, tree, "::/")
    wanted = fatimages.tree(image, tmp_path / "wanted")
    wanted = {name.removeprefix("tree/"): data for name, data in wanted.items() if name != "tree"}
    with boot(request, fat_root, *disk(controller, image)) as shell:
        shell.wait_for("the volume", lambda: "tree" in shell.run("dir /b D:\\"))
        assert f"\n{count} File(s) copied\n" in shell.run("xcopy /s /e /i D:\\tree D:\\one")
        assert compare_inside(shell, tree, "D:\\tree", "D:\\one") == count
        # Away and back under other names.
        shell.run("md D:\\away")
        assert "1 dir(s) moved." in shell.run("move D:\\one D:\\away")
        assert shell.run("ren D:\\away\\one \"Zwei größer\"") == ""
        shell.run('xcopy /s /q "D:\\away\\Zwei größer\\usr" D:\\partly\\')
        for name in ("share", "lib", "bin"):
            if (tree / "usr" / name).is_dir():
                assert shell.run(f'rd /s /q "D:\\away\\Zwei größer\\usr\\{name}"') == ""
        assert "moved." in shell.run('move D:\\partly "D:\\last one"')
        assert shell.run("rd /s /q D:\\tree") == ""
        shell.run("sync")
        shell.start("shutdown /s /t 0")
        shell.guest.wait_for_power_off()
    fatimages.check(image)
    found = fatimages.tree(image, tmp_path / "found")
    usr = {name.removeprefix("usr/"): data for name, data in wanted.items() if name.startswith("usr/")}
    last = {name.removeprefix("last one/"): data for name, data in found.items() if name.startswith("last one/")}
    directories = {str(parent) for name in usr if usr[name] is not None for parent in pathlib.PurePath(name).parents}
    assert last == {name: data for name, data in usr.items() if data is not None or name in directories}
    kept = {name.removeprefix("away/Zwei größer/"): data for name, data in found.items()
            if name.startswith("away/Zwei größer/")}
    assert kept == {name: data for name, data in wanted.items()
                    if name.split("/")[:2] not in (["usr", "share"], ["usr", "lib"], ["usr", "bin"])}
    assert {name.split("/")[0] for name in found} == {"away", "last one"}
