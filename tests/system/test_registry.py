"""The registry's hives: what tools/mkhive makes of text, and what hivex reads of a key that was saved."""

import argparse
import struct
import subprocess
import time

import pytest

from vmlib import artifacts, guest, options

SYSTEM = "HKEY_LOCAL_MACHINE\\SYSTEM"
HEADER = "Windows Registry Editor Version 5.00\n\n"


@pytest.fixture
def make(tools, tmp_path):
    """Runs mkhive over texts; the path of the hive, or what it complained about."""
    def run(*texts):
        files = []
        for number, text in enumerate(texts):
            files.append(tmp_path / f"{number}.reg")
            files[-1].write_text(HEADER + text, encoding="utf-8")
        hive = tmp_path / "hive"
        result = subprocess.run([tools / "mkhive", "--prefix", SYSTEM, hive, *files],
                                capture_output=True, text=True, check=False)
        return hive if result.returncode == 0 else result.stderr
    return run


def export(hive, key="\\"):
    result = subprocess.run(["hivexregedit", "--unsafe-printable-strings", "--export", hive, key],
                            capture_output=True, text=True, check=True)
    return result.stdout


def test_values(make):
    text = export(make(f'[{SYSTEM}\\Key]\n@="default"\n"Number"=dword:0000002a\n'
                       '"Expand"=str(2):"%a%\\\\b"\n"List"=multi:"one, two","th\\"ree",\\\n   "four"\n'
                       '"None"=multi:\n"Bytes"=hex:01,02,\\\n  03\n'))
    assert '[\\Key]\n@=str(1):"default"' in text
    assert '"Number"=dword:0000002a' in text
    assert '"Expand"=str(2):"%a%' in text
    assert '"Bytes"=hex(3):01,02,03' in text
    strings = "".join(text + "\0" for text in ["one, two", 'th"ree', "four", ""]).encode("utf-16-le")
    assert '"List"=hex(7):' + ",".join(f"{byte:02x}" for byte in strings) in text
    assert '"None"=hex(7):00,00\n' in text


def test_keys_above_and_current_set(make):
    text = export(make(f'[{SYSTEM}\\CurrentControlSet\\Services\\a\\Parameters]\n"x"="1"\n'
                       f'[{SYSTEM}\\CurrentControlSetting]\n'))
    assert "[\\ControlSet001\\Services\\a\\Parameters]" in text
    assert "[\\CurrentControlSetting]" in text


def test_later_file_wins(make):
    text = export(make(f'[{SYSTEM}\\Key]\n"x"="1"\n"y"="1"\n\n[{SYSTEM}\\Gone]\n',
                       f'[{SYSTEM}\\Key]\n"x"="2"\n\n[-{SYSTEM}\\Gone]\n'))
    assert '"x"=str(1):"2"' in text and '"y"=str(1):"1"' in text and "Gone" not in text


def test_same_bytes_at_any_time(make):
    text = "".join(f'[{SYSTEM}\\Key {number}]\n"x"="{number}"\n\n' for number in range(200))
    first = make(text).read_bytes()
    time.sleep(1.1)
    assert make(text).read_bytes() == first


@pytest.mark.parametrize("text, complaint", [
    ("[HKEY_LOCAL_MACHINE\\SOFTWARE\\Key]\n", "is not below"),
    (f'[{SYSTEM}\\Key]\n"x"=dword:1\n', "0.reg"),
    (f'[{SYSTEM}\\Key]\n"x"="\u00fc"\n', "ASCII"),
    (f'[{SYSTEM}\\Key]\n"x"=multi:"open\n', "0.reg"),
])
def test_bad_text(make, text, complaint):
    assert complaint in str(make(text))


class Saved:
    """What the system wrote, as hivex sees it."""

    def __init__(self, hive):
        self.hive = hive

    def shell(self, *commands):
        text = "\n".join([*commands, "quit", ""])
        result = subprocess.run(["hivexsh", self.hive], input=text, capture_output=True, text=True,
                                check=True)
        assert not result.stderr, result.stderr
        return result.stdout.splitlines()

    def export(self, key="\\"):
        result = subprocess.run(["hivexregedit", "--export", self.hive, key], capture_output=True,
                                check=True)
        return result.stdout.decode("latin-1").replace("\\\n", "")


def read_hive(machine, timeout):
    """The bytes behind the line that announces them, as many as the header says."""
    data, announced = b"", b"# hive:\r\n"
    while True:
        more = machine.read(timeout)
        assert more, f"no hive within {timeout} s; the console said {data[-200:]}"
        data += more
        start = data.find(announced)
        if start < 0 or len(data) < start + len(announced) + 4096:
            continue
        hive = data[start + len(announced):]
        size = 4096 + struct.unpack_from("<I", hive, 40)[0]
        if len(hive) >= size:
            return hive[:size]


@pytest.fixture(scope="module")
def saved(request, build, tmp_path_factory):
    """A key that the system saved: tests/native/registry/save.c."""
    parser = argparse.ArgumentParser()
    options.add_machine_options(parser)
    kernel = request.config.getoption("--kernel")
    arguments = parser.parse_args(["--build", str(build), "--kernel", kernel, "--root",
                                   str(artifacts.program(build, "tests", "native-registry-save"))])
    options.check(arguments)
    with guest.Guest(arguments) as machine:
        data = read_hive(machine, 60)
    path = tmp_path_factory.mktemp("saved") / "hive"
    path.write_bytes(data)
    return Saved(path)


def test_hivex_reads_what_was_saved(saved):
    assert set(saved.shell("ls")) == {"Many", "Secured"}
    text = saved.export("\\")
    assert '"Number"=dword:0000002a' in text
    assert '"Odd type"=hex(1234):6f,64,64' in text
    assert '"Empty"=hex(3):\n' in text
    encoded = ",".join(f"{byte:02x}" for byte in "some text\0".encode("utf-16-le"))
    assert f'"Text"=hex(1):{encoded}' in text
    big = ",".join(f"{(index * 7 + index // 256) & 0xFF:02x}" for index in range(50_000))
    assert f'"Big"=hex(3):{big}' in text


def test_all_saved_keys_are_there(saved):
    assert len(saved.shell("cd Many", "ls")) == 700
    for number in (0, 1, 350, 699):
        assert saved.shell(f"cd \\Many\\Key {number}", "lsval Index") == [f"{number}"]


def test_saved_file_is_exact(saved):
    data = saved.hive.read_bytes()
    assert data[:4] == b"regf" and len(data) == 4096 + struct.unpack_from("<I", data, 40)[0]
    primary, secondary = struct.unpack_from("<II", data, 4)
    assert primary == secondary


def test_saved_hive_can_be_changed(saved, tmp_path):
    copy = tmp_path / "copy"
    copy.write_bytes(saved.hive.read_bytes())
    subprocess.run(["hivexregedit", "--merge", copy], check=True, text=True,
                   input=HEADER + '[\\Many\\Key 7]\n"Index"="changed"\n\n[-\\Secured]\n')
    assert Saved(copy).shell("ls") == ["Many"]
    assert Saved(copy).shell("cd \\Many\\Key 7", "lsval Index") == ["changed"]
