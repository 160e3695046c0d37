"""Running out of memory: programs get an error, nothing hangs, and nothing that a volume holds is damaged."""

import os
import re

import pytest

import fatimages
from disks import boot, disk

ERROR = re.compile(r"Not enough (memory|system resources)|Insufficient|not enough memory", re.IGNORECASE)


def problems(said):
    """What a command says beside its count."""
    return [line for line in said.splitlines() if line.strip() and "File(s) copied" not in line]


def make_tree(folder):
    for number in range(60):
        path = folder / f"folder {number % 6}" / f"file {number}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(1 + number * 9973))
    (folder / "large.bin").write_bytes(os.urandom(24 << 20))
    return folder


@pytest.mark.parametrize("memory, controller", [("96M", "nvme"), ("128M", "ahci")])
def test_files_are_copied_while_a_program_takes_all(request, fat_root, tmp_path, memory, controller):
    image = fatimages.make(tmp_path / "disk.img", 512, "-F 32 -s 8")
    tree = make_tree(tmp_path / "tree")
    fatimages.run("mcopy", "-s", "-i", image, tree, "::/")
    with boot(request, fat_root, "--memory", memory, *disk(controller, image)) as shell:
        shell.wait_for("the volume", lambda: "tree" in shell.run("dir /b D:\\"))
        shell.run('start shell /c "(for /l %i in (1,1,8) do @filebench D: --pressure --megabytes 12 >> D:\\taken.txt 2>&1)'
                  ' & echo over > D:\\over.txt"')
        copied = failed = rounds = 0
        while rounds < 40 and "File Not Found" in shell.run("dir /b D:\\over.txt"):
            said = shell.run(f"xcopy D:\\tree D:\\copy{rounds % 2} /s /e /i /y /q /c")
            rounds += 1
            complete = "\n61 File(s) copied" in f"\n{said}"
            assert complete or (problems(said) and all(ERROR.search(line) for line in problems(said))), said
            copied += complete
            failed += not complete
        shell.wait_for("the end of the other program", lambda: "over" in shell.run("type D:\\over.txt"), seconds=600)
        taken = shell.run("type D:\\taken.txt")
        assert taken.count('"end": "c000012d"') + taken.count('"end": "c0000017"') + taken.count('"end": "c000009a"') > 0, taken
        assert copied + failed == rounds > 0
        # Now that there is memory again everything goes as ever.
        assert "61 File(s) copied" in shell.run("xcopy D:\\tree D:\\last /s /e /i /y /q")
        assert "no differences" in shell.run("fc /b D:\\tree\\large.bin D:\\last\\large.bin")
        assert "no problems were found" in (said := shell.run("chkdsk D: /f")), said
        shell.start("shutdown /s /t 0")
        shell.guest.wait_for_power_off()
    fatimages.check(image)
    found = fatimages.tree(image, tmp_path / "found")
    for name in (path.relative_to(tree) for path in tree.rglob("*")):
        assert found[f"last/{name}"] == found[f"tree/{name}"]
