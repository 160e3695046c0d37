"""Trace headers: the NAME.tmh that a preprocessor would make of each source. Ours trace nothing."""

import re

INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([\w.$\\/-]+\.tmh)[">]', re.MULTILINE)
FUNCTION = re.compile(r"^[\s/*]*FUNC\s+(\w+)", re.MULTILINE)
ALWAYS = {"DoTraceMessage", "WPP_INIT_TRACING", "WPP_CLEANUP"}
SOURCES = (".c", ".cpp", ".cxx", ".cc", ".h", ".hpp", ".hxx", ".inl")


def texts(folders):
    files = {path for folder in folders for path in folder.iterdir()
             if path.suffix.lower() in SOURCES and path.is_file()}
    return [path.read_text(encoding="utf-8", errors="replace") for path in sorted(files)]


def write_headers(target, folders):
    """Into the folder target, what the sources of folders include; True when there is any."""
    names, functions = set(), set(ALWAYS)
    for text in texts(folders):
        names.update(INCLUDE.findall(text))
        functions.update(FUNCTION.findall(text))
    header = "".join(f"#undef {name}\n#define {name}(...) ((void)0)\n" for name in sorted(functions))
    for name in names:
        path = target / name.replace("\\", "/").rpartition("/")[2]
        path.write_text(header, encoding="utf-8")
    return bool(names)
