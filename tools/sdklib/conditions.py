"""Conditions of MSBuild: 'a'=='b', !=, <, >, and, or, !, Exists('file'), parentheses."""

import re

from .errors import BuildError

TOKEN = re.compile(r"\s*('[^']*'|==|!=|<=|>=|<|>|!|\(|\)|[^\s'()=!<>]+)")
COMPARISONS = {
    "==": lambda a, b: a.lower() == b.lower(),
    "!=": lambda a, b: a.lower() != b.lower(),
    "<": lambda a, b: float(a) < float(b),
    ">": lambda a, b: float(a) > float(b),
    "<=": lambda a, b: float(a) <= float(b),
    ">=": lambda a, b: float(a) >= float(b),
}


class Condition:
    """Reads a text whose properties are expanded already, one word after the other."""

    def __init__(self, text, exists):
        self.text, self.exists = text, exists
        self.words = TOKEN.findall(text)
        self.place = 0

    def holds(self):
        if not self.words:
            return True
        result = self._any()
        if self.place != len(self.words):
            self._fail()
        return result

    def _fail(self):
        raise BuildError(f"condition not understood: {self.text}")

    def _next(self):
        return self.words[self.place].lower() if self.place < len(self.words) else ""

    def _take(self):
        if self.place == len(self.words):
            self._fail()
        self.place += 1
        return self.words[self.place - 1]

    def _accept(self, word):
        if self._next() != word:
            return False
        self.place += 1
        return True

    # Both sides are read whatever the first says.
    def _any(self):
        result = self._all()
        while self._accept("or"):
            result = self._all() or result
        return result

    def _all(self):
        result = self._one()
        while self._accept("and"):
            result = self._one() and result
        return result

    def _one(self):
        if self._accept("!"):
            return not self._one()
        if self._accept("("):
            result = self._any()
            if not self._accept(")"):
                self._fail()
            return result
        word = self._take()
        if self._accept("("):
            return self._function(word)
        if self._next() in COMPARISONS:
            compare = COMPARISONS[self._take()]
            try:
                return compare(word.strip("'"), self._take().strip("'"))
            except ValueError:
                self._fail()
        return word.strip("'").lower() == "true"

    def _function(self, name):
        argument = self._take().strip("'")
        if not self._accept(")"):
            self._fail()
        if name.lower() == "exists":
            return bool(argument) and self.exists(argument)
        if name.lower() == "hastrailingslash":
            return argument.endswith(("/", "\\"))
        return self._fail()
