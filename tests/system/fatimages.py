"""FAT images from outside: made by mkfs.vfat, judged by fsck.vfat, read by mtools."""

import os
import pathlib
import re
import shutil
import struct
import subprocess
import zlib

ENVIRONMENT = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", MTOOLS_SKIP_CHECK="1",
                   LC_ALL="C.UTF-8")


def call(*command, **more):
    return subprocess.run([str(part) for part in command], env=ENVIRONMENT, capture_output=True,
                          check=False, **more)


def run(*command, **more):
    done = call(*command, **more)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def make(path, megabytes, options):
    with open(path, "wb") as file:
        file.truncate(int(megabytes * (1 << 20)))
    run("mkfs.vfat", *options.split(), path)
    return path


def check(path):
    """Nothing at all is wrong with it."""
    run("fsck.vfat", "-n", path)


def tree(image, folder):
    """{path: (size, CRC)}, of directories None: what mtools reads, copied to this folder."""
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if run("mdir", "-b", "-i", image, "::"):
        run("mcopy", "-s", "-n", "-i", image, "::/*", folder)
    found = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        data = None if path.is_dir() else path.read_bytes()
        found[name] = None if data is None else (len(data), zlib.crc32(data))
    return found


class Layout:
    """Where things are on a volume, in sectors."""

    def __init__(self, image):
        boot = pathlib.Path(image).open("rb").read(512)
        (self.sector, self.cluster, reserved, fats, slots, _, _, fat16) = struct.unpack_from("<HBHBHHBH", boot, 11)
        self.fat_sectors = fat16 or struct.unpack_from("<I", boot, 36)[0]
        self.fat = reserved
        self.root = reserved + fats * self.fat_sectors     # FAT12 and FAT16
        self.data = self.root + (slots * 32 + self.sector - 1) // self.sector
        self.image = image

    def of(self, path):
        """The first sector of a file or directory."""
        said = run("mshowfat", "-i", self.image, f"::{path}").decode()
        cluster = int(re.search(r"<(\d+)", said)[1])
        return self.data + (cluster - 2) * self.cluster


def unescape(text):
    """What fstest's FsEscape makes of a name."""
    units = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
    return re.sub("[\ud800-\udfff]", "_", units)      # as mtools shows the halves of a pair


def model(output):
    """The tree that fstest says is there."""
    wanted = {}
    for size, crc, name in re.findall(r"^MODEL (\S+) (\S+) (.*?)\r?$", output, re.M):
        path = unescape(name).replace("\\", "/")
        wanted[path] = None if size == "-" else (int(size), int(crc, 16))
    return wanted
