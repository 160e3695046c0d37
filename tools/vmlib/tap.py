"""The Test Anything Protocol as test programs speak it: plan last, numbers from 1 without a gap."""

import dataclasses
import re

RESULT = re.compile(r"(?P<bad>not )?ok (?P<number>\d+)(?: - (?P<text>.*?))?"
                    r"(?P<skip> # SKIP\b.*)?\Z", re.IGNORECASE)
PLAN = re.compile(r"1\.\.(\d+)\Z")
BAIL_OUT = "Bail out!"


@dataclasses.dataclass
class Tap:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    complete: bool = False
    problem: str = ""

    def is_tap(self, line):
        return bool(RESULT.match(line) or PLAN.match(line)
                    or line.startswith("#") or line.startswith(BAIL_OUT))

    def feed(self, line):
        """Take one line of output; lines that are no TAP do not matter."""
        if line.startswith(BAIL_OUT):
            self._end(f"the program gave up: {line[len(BAIL_OUT):].strip()}")
        elif plan := PLAN.match(line):
            self._end(self._check_plan(int(plan.group(1))))
        elif result := RESULT.match(line):
            self._count(result)

    def _end(self, problem):
        self.complete = True
        self.problem = self.problem or problem

    def _seen(self):
        return self.passed + self.failed + self.skipped

    def _check_plan(self, planned):
        if planned != self._seen():
            return f"the plan says {planned} tests, {self._seen()} were seen"
        return ""

    def _count(self, result):
        if result["bad"]:
            self.failed += 1
        elif result["skip"]:
            self.skipped += 1
        else:
            self.passed += 1
        if int(result["number"]) != self._seen():
            self.problem = self.problem or (
                f"test {self._seen()} is numbered {result['number']}: output was lost or mixed")

    def good(self):
        return self.complete and not self.failed and not self.problem

    def counts(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
