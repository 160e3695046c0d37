#!/usr/bin/python3
"""Generate the case and code page tables of rtl, and .nls files, from Python's Unicode data.

usage: gen_nls.py c OUTPUT.c | case OUTPUT.nls | CODEPAGE OUTPUT.nls

Case: the simple mapping of the Basic Multilingual Plane, stored as differences. Only pairs that
map to one another are taken (and the final sigma), so that no letter outside ASCII ever equals an
ASCII letter in a case-insensitive name: that is also how Windows' table treats U+0131 and U+017F.
Code pages: bytes without a character map to the C1 control of the same number. In the other
direction a letter without a byte goes to the letter that it decomposes to ("best fit").
"""

import sys
import unicodedata

BLOCK = 64
FINAL_SIGMA, SIGMA = 0x3C2, 0x3A3


def simple(text, code):
    return ord(text) if len(text) == 1 and ord(text) < 0x10000 else code


def upper(code):
    return simple(chr(code).upper(), code)


def lower(code):
    return simple(chr(code).lower(), code)


def surrogate(code):
    return 0xD800 <= code < 0xE000


def upcase(code):
    if surrogate(code):
        return code
    to = upper(code)
    return to if lower(to) == code or (code, to) == (FINAL_SIGMA, SIGMA) else code


def downcase(code):
    if surrogate(code):
        return code
    to = lower(code)
    return to if upper(to) == code else code


def decode(page, byte):
    try:
        return ord(bytes([byte]).decode(page))
    except UnicodeDecodeError:
        return byte


def best_fit(code, known):
    if surrogate(code):
        return 0
    parts = unicodedata.normalize("NFKD", chr(code))
    base = [part for part in parts if not unicodedata.combining(part)]
    return known.get(ord(base[0]), 0) if len(base) == 1 else 0


def reverse(page, to_unicode):
    known = {code: byte for byte, code in enumerate(to_unicode)}
    table = [known.get(code) for code in range(0x10000)]
    return [best_fit(code, known) if byte is None else byte for code, byte in enumerate(table)]


def blocks(values):
    """Split into blocks and keep equal ones once: (index of each block, the distinct blocks)."""
    distinct, index = {}, []
    for start in range(0, len(values), BLOCK):
        index.append(distinct.setdefault(tuple(values[start:start + BLOCK]), len(distinct)))
    assert len(distinct) <= 256
    return index, list(distinct)


def rows(values):
    for start in range(0, len(values), 16):
        yield "    " + ", ".join(f"{value:#x}" for value in values[start:start + 16]) + ",\n"


def emit(out, kind, name, values, block=False):
    shape = f"[][{BLOCK}]" if block else "[]"
    out.write(f"const {kind} {name}{shape} = {{\n")
    for value in values if block else [values]:
        out.write("{\n" if block else "")
        out.writelines(rows(value))
        out.write("},\n" if block else "")
    out.write("};\n\n")


def emit_two_level(out, kind, name, values):
    index, distinct = blocks(values)
    emit(out, "UCHAR", f"{name}Index", index)
    emit(out, kind, f"{name}Blocks", distinct, block=True)


def c_tables(file):
    with open(file, "w", encoding="ascii") as out:
        out.write('// Made by gen_nls.py.\n#include "nls/nlsp.h"\n\n')
        for name, mapping in (("RtlpUpcase", upcase), ("RtlpDowncase", downcase)):
            deltas = [(mapping(code) - code) & 0xFFFF for code in range(0x10000)]
            emit_two_level(out, "USHORT", name, deltas)
        for name, page in (("RtlpAnsi", "cp1252"), ("RtlpOem", "cp437")):
            to_unicode = [decode(page, byte) for byte in range(256)]
            emit(out, "WCHAR", f"{name}ToUnicode", to_unicode)
            emit_two_level(out, "UCHAR", f"{name}FromUnicode", reverse(page, to_unicode))


def words(values):
    return b"".join(value.to_bytes(2, "little") for value in values)


def code_page_file(number):
    """c_NNN.nls of a page of one byte a character, in the form that RtlInitCodePageTable reads."""
    page, replacement = f"cp{number}", ord("?")
    to_unicode = [decode(page, byte) for byte in range(256)]
    header = [13, number, 1, replacement, replacement, replacement, replacement] + [0] * 6
    # The distance to the table from Unicode; 256 characters; no glyphs; no lead bytes.
    body = [256 + 3] + to_unicode + [0, 0] + [4]
    to_bytes = bytes(byte or (replacement if code else 0)
                     for code, byte in enumerate(reverse(page, to_unicode)))
    return words(header + body) + to_bytes


def trie(mapping):
    """Differences by the three parts of a character (8, 4 and 4 bits); equal blocks are stored once."""
    deltas = [(mapping(code) - code) & 0xFFFF for code in range(0x10000)]
    table, places = [0] * 256, {}

    def place(block):
        if block not in places:
            places[block] = len(table)
            table.extend(block)
        return places[block]

    for high in range(256):
        middle = tuple(place(tuple(deltas[start:start + 16]))
                       for start in range(high * 256, high * 256 + 256, 16))
        table[high] = place(middle)
    return table


def case_file():
    """l_intl.nls in the form that RtlInitNlsTables reads: each table behind its length in words."""
    data = [1]
    for mapping in (upcase, downcase):
        table = trie(mapping)
        data += [len(table) + 1] + table
    return words(data)


def main():
    kind, file = sys.argv[1:]
    if kind == "c":
        c_tables(file)
        return
    with open(file, "wb") as out:
        out.write(case_file() if kind == "case" else code_page_file(int(kind)))


main()
