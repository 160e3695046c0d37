"""FAT volumes: what the system writes, fsck.vfat finds good and mtools reads."""

import os
import subprocess

import pytest


def run(*command):
    environment = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", MTOOLS_SKIP_CHECK="1")
    done = subprocess.run([str(part) for part in command], env=environment, capture_output=True)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


@pytest.mark.parametrize("megabytes,options", [(8, "-F 12"), (64, "-F 16"), (64, "-F 32 -s 1")])
def test_files(build, tools, tmp_path, megabytes, options):
    disk, data = tmp_path / "disk.img", tmp_path / "data"
    with open(disk, "wb") as file:
        file.truncate(megabytes << 20)
    data.write_bytes(os.urandom(300001))
    run("mkfs.vfat", *options.split(), "-n", "BEFORE", disk)
    run("mcopy", "-i", disk, data, "::A long name.bin")
    run("mmd", "-i", disk, "::sub")
    log = run(tools / "vm", "exec", "--build", build, "--disk", f"nvme:{disk}",
              'copy "D:\\A long name.bin" D:\\sub\\copy.bin', "echo hi > D:\\new.txt", "md D:\\newdir",
              "move D:\\new.txt D:\\newdir\\moved.txt", 'del "D:\\A long name.bin"', "label D: AFTER", "vol D:",
              "sync")
    assert b"AFTER" in log
    run("fsck.vfat", "-n", disk)
    assert run("mtype", "-i", disk, "::sub/copy.bin") == data.read_bytes()
    assert run("mtype", "-i", disk, "::newdir/moved.txt").strip() == b"hi"
    assert b"long name" not in run("mdir", "-b", "-i", disk, "::")
