"""Definitions that do not agree with their prototypes.

Windows' compiler lets the parameters of a definition differ from those of the prototype before it (a void
pointer for the structure, mostly) and goes by one of them; clang refuses such a source. So it is shown the file
of the prototype without it. The file itself stays as it is.
"""

import json
import pathlib
import re

CONFLICT = re.compile(r"error: conflicting types for '(\w+)'.*?"
                      r"^(?P<file>[^\n:]+):(?P<line>\d+):\d+: note: previous declaration is here",
                      re.MULTILINE | re.DOTALL)


def conflicts(messages):
    """{file: {line of the prototype's name: name}} of what clang says; empty if it says something else too."""
    found = list(CONFLICT.finditer(messages))
    if len(found) != messages.count(" error: "):
        return {}
    result = {}
    for match in found:
        result.setdefault(pathlib.Path(match["file"]), {})[int(match["line"])] = match[1]
    return result


def without(text, line):
    """The text without the declaration in this line; its lines keep their numbers."""
    offset = sum(len(part) for part in text.splitlines(keepends=True)[:line - 1])
    start = max(text.rfind(end, 0, offset) for end in ";}") + 1
    directive = [match.end() for match in re.finditer(r"^[ \t]*#[^\n]*$", text[start:offset], re.MULTILINE)]
    start += directive[-1] if directive else 0
    end = text.index(";", offset) + 1
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def overlay(folder, found):
    """A view of the file system for clang in which those declarations are missing."""
    roots = []
    for number, (path, lines) in enumerate(found.items()):
        text = path.read_text(encoding="utf-8", errors="replace")
        for line in lines:
            text = without(text, line)
        copy = folder / f"{number}-{path.name}"
        copy.write_text(text, encoding="utf-8")
        roots.append({"name": str(path.parent.absolute()), "type": "directory", "contents": [
            {"name": path.name, "type": "file", "external-contents": str(copy)}]})
    view = folder / "redeclared.yaml"
    view.write_text(json.dumps({"version": 0, "roots": roots}), encoding="utf-8")
    return view
