"""What the tools make of text: console output, TAP, measurements, JUnit cases."""

import xml.etree.ElementTree

import pytest

from conftest import load_tool
from vmlib import console, programs, tap


@pytest.mark.parametrize("raw, text", [
    ("a\r\nb", "a\nb"),
    ("\x1b[1;32mgreen\x1b[0m\x1b[2J\x1b[?25h", "green"),
    ("\x1b]0;title\x07after", "after"),
    ("abx\b \bc", "abc"),
    ("\x1b(Bplain\x1b=", "plain"),
])
def test_plain(raw, text):
    assert console.plain(raw) == text


def test_lines_survive_any_cut():
    data = "eins\r\nzwö\r\nrest".encode()
    for size in range(1, len(data)):
        lines = console.Lines()
        seen = [line for start in range(0, len(data), size)
                for line in lines.feed(data[start:start + size])]
        assert seen == ["eins", "zwö"]


@pytest.mark.parametrize("lines, good, counts", [
    (["ok 1 - a", "1..1"], True, "1 passed, 0 failed, 0 skipped"),
    (["ok 1", "ok 2 - b # SKIP c", "1..2"], True, "1 passed, 0 failed, 1 skipped"),
    (["ok 1 - a", "not ok 2 - b", "1..2"], False, "1 passed, 1 failed, 0 skipped"),
    (["not ok 1 - a # SKIP no excuse", "1..1"], False, "0 passed, 1 failed, 0 skipped"),
    (["ok 1 - a"], False, "1 passed, 0 failed, 0 skipped"),
    (["ok 1 - a", "ok 1 - a", "1..2"], False, "2 passed, 0 failed, 0 skipped"),
    (["ok 1 - a", "okay 2", "1..2"], False, "1 passed, 0 failed, 0 skipped"),
    (["1..0"], True, "0 passed, 0 failed, 0 skipped"),
    (["Bail out! enough"], False, "0 passed, 0 failed, 0 skipped"),
])
def test_tap(lines, good, counts):
    stream = tap.Tap()
    for line in lines:
        stream.feed(line)
    assert (stream.good(), stream.counts()) == (good, counts)


@pytest.mark.parametrize("line, expected", [
    ("bench call/same 193 instructions", ("call/same", 193, "instructions")),
    ("bench rate 1.5 MB/s", ("rate", 1.5, "MB/s")),
    ("bench two words 3 instructions", None),
    ("a bench x 3 instructions", None),
])
def test_measurement(line, expected):
    measurement = programs.parse_measurement(line)
    assert (measurement and tuple(vars(measurement).values())) == expected


@pytest.mark.parametrize("case, counts", [
    ("<testcase/>", (1, 0, 0)),
    ("<testcase><failure/></testcase>", (0, 1, 0)),
    ("<testcase><error/></testcase>", (0, 1, 0)),
    ("<testcase><skipped/></testcase>", (0, 0, 1)),
    ("<testcase><properties><property name='tap_passed' value='7'/><property name='tap_failed' "
     "value='2'/><property name='tap_skipped' value='1'/></properties><failure/></testcase>", (7, 2, 1)),
    ("<testcase><properties><property name='tap_passed' value='7'/><property name='tap_failed' "
     "value='0'/></properties><failure/></testcase>", (7, 1, 0)),
])
def test_counts(case, counts):
    outcome = load_tool("test").Outcome("layer")
    outcome.add(xml.etree.ElementTree.fromstring(case))
    assert (outcome.passed, outcome.failed, outcome.skipped) == counts
