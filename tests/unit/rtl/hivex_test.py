#!/usr/bin/python3
"""Our hive library and hivex must mean the same by a hive file.

usage: hivex_test.py HIVE_TOOL
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

# hivexregedit is a Perl program that leaves its output's encoding to the environment.
UTF8 = {**os.environ, "PERL_UNICODE": "S"}

MERGE = """Windows Registry Editor Version 5.00

[\\Merged]
"Text"="from a .reg file"
"Number"=dword:0000002a
"Bytes"=hex:01,02,03
@="default"

[\\Merged\\Below_it]

[\\Merged\\Below^it]

[\\Merged\\Belowit]

[-\\Deep]

[\\Values]
"Three"=-
"String"="changed"
"""


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, **options).stdout


def quote(text):
    return "".join(chr(byte) if 0x20 < byte < 0x7F and byte != 0x25 else f"%{byte:02x}"
                   for byte in text.encode())


class Tool:
    def __init__(self, path):
        self.path = path

    def __call__(self, command, hive):
        return run(self.path, command, str(hive)).decode()

    def tree(self, hive):
        """The dump as {path: {value name: (type, data)}}."""
        keys, path = {}, []
        for line in self("dump", hive).splitlines():
            if line.startswith("  "):
                name, kind, data = line[2:].split(" ")
                keys["/".join(path)][name] = (int(kind), bytes.fromhex(data))
            else:
                depth, name = line.split(" ")
                path = path[:int(depth)] + ([name] if int(depth) else [""])
                keys["/".join(path)] = {}
        return keys


def script(hive, commands):
    """hivexsh changes the hive."""
    run("hivexsh", "-w", str(hive), input="\n".join(commands + ["commit", "quit", ""]).encode())


def hivex_tree(hive):
    """The same from hivexregedit, which prints every value's bytes."""
    text = run("hivexregedit", "--export", str(hive), "\\", env=UTF8)
    return parse_export(text.decode("utf-8"))


def parse_export(text):
    keys, current = {}, None
    for line in text.replace("\\\n", "").splitlines():
        if line.startswith("["):
            path = line[1:-1].strip("\\")
            current = keys.setdefault("/" + "/".join(map(quote, path.split("\\"))) if path else "", {})
        elif line.startswith(("\"", "@")):
            name, data = split_value(line)
            current[quote(name)] = data
    return keys


def split_value(line):
    if line.startswith("@="):
        return "", parse_data(line[2:])
    end = 1
    while line[end] != '"':
        end += 2 if line[end] == "\\" else 1
    name = line[1:end].replace('\\"', '"').replace("\\\\", "\\")
    return name, parse_data(line[end + 2:])


def parse_data(text):
    if text.startswith("dword:"):
        return 4, int(text[6:], 16).to_bytes(4, "little")
    kind, _, digits = text.partition(":")
    number = int(kind[4:-1], 16) if "(" in kind else 3
    return number, bytes(int(byte, 16) for byte in digits.split(",") if byte.strip())


def compare(ours, theirs, what):
    for path in sorted(ours.keys() | theirs.keys()):
        assert path in ours, f"{what}: only hivex has {path}"
        assert path in theirs, f"{what}: only we have {path}"
        for name in sorted(ours[path].keys() | theirs[path].keys()):
            mine, other = ours[path].get(name), theirs[path].get(name)
            assert mine == other, f"{what}: {path} value {name!r}: {mine!r} and {other!r}"
    print(f"ok - {what}: {len(ours)} keys, {sum(map(len, ours.values()))} values")


def main():
    tool = Tool(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        hive = pathlib.Path(folder) / "hive"
        tool("make", hive)
        compare(tool.tree(hive), hivex_tree(hive), "hivex reads what we made")
        assert xml.fromstring(run("hivexml", str(hive))).tag == "hive"

        script(hive, ["add Added_by_hivex", "add added", "add ADDED^", "cd Added_by_hivex",
                      "setval 2", "Text", "string:hello", "Dword", "dword:0x17"]
               + [f"add sub_{index}" for index in range(30)])
        after = tool.tree(hive)
        compare(after, hivex_tree(hive), "we read what hivexsh changed")
        assert after["/Added_by_hivex"]["Dword"] == (4, b"\x17\0\0\0")
        assert len([path for path in after if "/sub_" in path]) == 30

        subprocess.run(["hivexregedit", "--merge", str(hive)], input=MERGE.encode(), check=True)
        after = tool.tree(hive)
        compare(after, hivex_tree(hive), "we read what hivexregedit changed")
        assert after["/Merged"]["Number"] == (4, b"\x2a\0\0\0")
        assert "/Deep" not in after and "/Deep/Deeper" not in after
        assert "Three" not in after["/Values"]

        tool("edit", hive)
        after = tool.tree(hive)
        compare(after, hivex_tree(hive), "hivex reads what we changed in its hive")
        assert "/Many" not in after and "/Added_by_hivex/ours_19" in after

        script(hive, ["cd Added_by_hivex", "cd ours_7", "del"])
        after = tool.tree(hive)
        compare(after, hivex_tree(hive), "and hivexsh changes it again")
        assert "/Added_by_hivex/ours_7" not in after


main()
