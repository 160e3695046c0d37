"""Runs a program that reports by TAP, and benchmarks, which add lines of measurements."""

import dataclasses
import re

from .console import Lines
from .guest import Guest
from .tap import Tap

MEASUREMENT = re.compile(r"bench (?P<name>\S+) (?P<value>-?\d+(?:\.\d+)?) (?P<unit>\S+)\Z")


@dataclasses.dataclass
class Measurement:
    name: str
    value: float
    unit: str


def parse_measurement(line):
    match = MEASUREMENT.match(line)
    if not match:
        return None
    text = match["value"]
    return Measurement(match["name"], float(text) if "." in text else int(text), match["unit"])


def lines_of(guest, timeout):
    """The console's lines; silence for so long is an error."""
    lines = Lines()
    while True:
        data = guest.read(timeout)
        if not data:
            rest = f"\n  unfinished line: {lines.rest!r}" if lines.rest else ""
            raise guest.fail(f"hang: no output for {timeout:g} s{rest}")
        yield from lines.feed(data)


def run(arguments, report):
    """Boot the program and follow it to its plan. report(line) gets each line.

    Firmware and boot loader print to the same line before the program does: nothing is reported
    before the first line of TAP or of measurements.
    """
    tap, measurements, speaking = Tap(), [], False
    with Guest(arguments) as guest:
        for line in lines_of(guest, arguments.timeout):
            measurement = parse_measurement(line)
            speaking = speaking or tap.is_tap(line) or measurement is not None
            if not speaking:
                continue
            report(line)
            if measurement:
                measurements.append(measurement)
            tap.feed(line)
            if tap.complete:
                break
        if not tap.good():
            guest.keep = True
            for place in guest.where_to_look().splitlines():
                report(f"#{place}")
    return tap, measurements
