"""The power goes at a random moment under a write load: fsck.vfat finds nothing cross-linked and nothing lost, and every file
whose flush had been answered is there with its bytes."""

import random
import re
import time

import pytest

import fatimages
from disks import boot, disk, need

FORMS = [(4, "-F 12 -s 2"), (24, "-F 16 -s 2"), (40, "-F 32 -s 1")]

# What a volume may look like that was not brought to an end: the rest is damage.
HARMLESS = [
    r"fsck\.fat .*",
    r"Dirty bit is set\. Fs was not properly unmounted and some data may be corrupt\.",
    r"\s*Automatically removing dirty bit\.",
    r"Free cluster summary wrong .*",
    r"\s*Auto-correcting\.",
    r"Reclaimed \d+ unused clusters? \(\d+ bytes\)\.?",      # written, and nobody's yet
    r"FATs differ .*",
    r"\s*Using first FAT\.?",
    r"Orphaned long file name part .*",
    r"\s*Auto-deleting\.",
    r"Leaving filesystem unchanged\.",
    r".*: \d+ files, \d+/\d+ clusters",
    r"\s*",
]


class Promises:
    """What the load has said, up to where it was cut off."""

    def __init__(self, said):
        self.said = said
        self.kept = {}
        self.moving = None
        for line in said.split("\n")[:-1]:          # the last one may be a part
            word, _, rest = line.strip().partition(" ")
            if word == "KEPT":
                size, crc, name = rest.split(" ", 2)
                self.kept[self.path(name)] = (int(size), int(crc, 16))
            elif word == "TOUCH":
                self.kept.pop(self.path(rest), None)
            elif word in ("MOVE", "MOVED"):
                old, new = map(self.path, rest.split(" > "))
                self.moving = (old, new) if word == "MOVE" else None
                if word == "MOVED":
                    self.kept[new] = self.kept.pop(old)

    @staticmethod
    def path(name):
        return name.replace("\\", "/")

    def broken(self, tree):
        """What is not as promised."""
        bad = {name: (wanted, tree.get(name)) for name, wanted in self.kept.items()
               if tree.get(name) != wanted}
        if self.moving and self.moving[0] in bad:
            wanted = self.kept[self.moving[0]]
            if tree.get(self.moving[1]) == wanted:
                del bad[self.moving[0]]
        return bad


def damage(image):
    """What fsck.vfat says that is not harmless."""
    said = fatimages.call("fsck.vfat", "-n", image).stdout.decode(errors="replace")
    # Clusters in reserve behind the end of a file that was open.
    said = re.sub(r".*\n +File size is \d+ bytes, cluster chain length is > \d+ bytes\.\n +Truncating.*\n", "", said)
    return [line for line in said.splitlines()
            if not any(re.fullmatch(form, line) for form in HARMLESS)]


def cut(request, fat_root, image, seed, seconds):
    """The promises of a load that goes on for so long."""
    with boot(request, fat_root, *disk("nvme", image), disks=1) as shell:
        shell.wait_for("the volume", lambda: "D:" in shell.volumes())
        shell.start(f"fstest load D: {seed} 100000")
        shell.wait_for_output("load begins: 00000000")
        time.sleep(seconds)
        shell.guest.process.kill()
        shell.guest.process.wait()
        return Promises(shell.log())


@pytest.mark.parametrize("form", range(len(FORMS)))
def test_power_cut(build, request, fat_root, tmp_path, soak, form):
    need(build, "nvme")
    dice = random.Random(form)
    for number in range(soak(7, 67)):
        image = fatimages.make(tmp_path / "disk.img", *FORMS[form])
        promises = cut(request, fat_root, image, form * 1000 + number, dice.uniform(0.1, 2.5))
        tree = fatimages.tree(image, tmp_path / "tree")
        print("\n".join(promises.said.splitlines()[-200:]))
        assert promises.kept or promises.moving
        assert not damage(image) and not promises.broken(tree), (number, image)
