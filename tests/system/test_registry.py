"""The registry's hives: what tools/mkhive makes of text."""

import subprocess
import time

import pytest

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
