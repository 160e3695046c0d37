"""The boot archive and the wrap of a PE image as ELF."""

import re
import struct
import subprocess

import pytest

from conftest import REPOSITORY, load_tool


bootarchive = load_tool("bootarchive")

FILES = [("System32\\ntdll.dll", b"n" * 5000), ("System32\\_x", b""), ("system32\\Zebra", b"z" * 4096),
         ("SYSTEM32\\config\\SYSTEM", "grüße".encode())]


def test_archive_round_trip():
    assert sorted(bootarchive.parse(bootarchive.build(FILES))) == sorted(FILES)


def test_archive_is_sorted_and_aligned():
    data = bootarchive.build(FILES)
    names = [name for name, _ in bootarchive.parse(data)]
    assert [name.lower() for name in names] == [
        "system32\\config\\system", "system32\\ntdll.dll", "system32\\zebra", "system32\\_x"]
    assert len(data) % 4096 == 0
    for index in range(len(FILES)):
        offset, size = struct.unpack_from("<QQ", data, 24 + index * 24)
        assert offset % 4096 == 0
        assert not data[offset + size:-(-(offset + size) // 4096) * 4096].strip(b"\0")


@pytest.mark.parametrize("names", [("a", "A"), ("a/b",), ("\\a",), ("a\\..\\b",), ("",)])
def test_bad_names(names):
    with pytest.raises(bootarchive.ArchiveError):
        bootarchive.build([(name, b"") for name in names])


@pytest.mark.parametrize("spoil", [
    lambda data: data[:-1],
    lambda data: data[:10],
    lambda data: b"X" + data[1:],
    lambda data: data[:24] + struct.pack("<Q", len(data)) + data[32:],
])
def test_damaged_archives(spoil):
    with pytest.raises(bootarchive.ArchiveError):
        bootarchive.parse(spoil(bootarchive.build(FILES)))


def test_extract(tools, tmp_path):
    archive = tmp_path / "archive"
    archive.write_bytes(bootarchive.build([("a\\B", b"content")]))
    subprocess.run([tools / "bootarchive", "extract", archive, tmp_path / "out"], check=True)
    assert (tmp_path / "out/a/B").read_bytes() == b"content"


def test_later_file_replaces_earlier(tools, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
    archive = tmp_path / "archive"
    subprocess.run([tools / "bootarchive", "create", archive, f"a\\B={tmp_path / 'one'}",
                    f"A\\b={tmp_path / 'two'}"], check=True)
    assert bootarchive.parse(archive.read_bytes()) == [("A\\b", b"two")]


SAMPLE = r"""
#include "bootarchive.h"
[[gnu::section(".bootarc"), gnu::used]]
const volatile boot_archive_descriptor_t archive = {.magic = BOOT_DESCRIPTOR_MAGIC};
static int zeros[3000];
static int ones[3000] = {1};
int entry(void);
int entry(void)
{
    zeros[archive.size] = ones[archive.address];
    return zeros[1] + ones[1];
}
"""


@pytest.fixture
def image(tmp_path):
    """A PE image as the Executive's is linked."""
    (tmp_path / "sample.c").write_text(SAMPLE)
    subprocess.run(["clang-19", "--target=x86_64-pc-windows-msvc", "-std=gnu23", "-ffreestanding",
                    "-I", REPOSITORY / "boot", "-c", "sample.c"], cwd=tmp_path, check=True)
    subprocess.run(["lld-link-19", "/subsystem:native", "/entry:entry", "/nodefaultlib", "/fixed",
                    "/base:0x10000000", "sample.o", "/out:sample.exe"], cwd=tmp_path, check=True)
    return tmp_path / "sample.exe"


def program_headers(elf):
    text = subprocess.run(["llvm-readelf-19", "-lW", elf], check=True, capture_output=True,
                          text=True).stdout
    rows = re.findall(r"LOAD\s+(0x\w+) (0x\w+) 0x\w+ (0x\w+) (0x\w+) ([RWE ]{3}) (0x\w+)", text)
    return [(*(int(number, 16) for number in row[:4]), row[4].strip(), int(row[5], 16))
            for row in rows]


def test_wrap(tools, image, tmp_path):
    elf, archive = tmp_path / "sample.elf", tmp_path / "archive"
    archive.write_bytes(bootarchive.build(FILES))
    subprocess.run([tools / "pe2elf", image, "--archive", archive, "-o", elf], check=True)

    segments, data = program_headers(elf), elf.read_bytes()
    assert [segment[4] for segment in segments].count("R E") == 1
    assert "RWE" not in [segment[4] for segment in segments]
    for offset, address, in_file, in_memory, _, alignment in segments:
        assert offset % 4096 == address % 4096 == 0 and alignment == 4096
        assert in_file <= in_memory
    assert segments[0][1] == 0x10000000 and data[segments[0][0]:][:2] == b"MZ"
    writable = next(segment for segment in segments if segment[4] == "RW")
    assert writable[3] >= 2 * 12000 > writable[2]

    offset, address, size, _, rights, _ = segments[-1]
    assert rights == "R" and data[offset:offset + size] == archive.read_bytes()
    magic, where, length = struct.unpack_from("<8sQQ", data, data.index(b"PROTDESC"))
    assert (magic, where, length) == (b"PROTDESC", address, len(archive.read_bytes()))


def test_wrap_without_archive_leaves_the_descriptor_empty(tools, image, tmp_path):
    elf = tmp_path / "sample.elf"
    subprocess.run([tools / "pe2elf", image, "-o", elf], check=True)
    data = elf.read_bytes()
    assert struct.unpack_from("<8sQQ", data, data.index(b"PROTDESC")) == (b"PROTDESC", 0, 0)


@pytest.mark.parametrize("data", [b"", b"MZ", b"\x7fELF" + bytes(100), b"MZ" + bytes(1000)])
def test_what_is_no_image_is_refused(tools, tmp_path, data):
    (tmp_path / "bad").write_bytes(data)
    result = subprocess.run([tools / "pe2elf", tmp_path / "bad", "-o", tmp_path / "out"],
                            check=False, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.startswith("pe2elf: ") and "Traceback" not in result.stderr
