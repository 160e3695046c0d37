# The sources of rtl, for the PE library and for the host library of the unit tests.
set(RTL_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(RTL_NLS_TABLES ${CMAKE_BINARY_DIR}/rtl/nlstables.c)
set(RTL_SOURCES
    bitmap/bitmap.c
    bitmap/bitmapfind.c
    crt/ctype.c
    crt/format.c
    crt/formatdouble.c
    crt/memory.c
    crt/narrow.c
    crt/narrownumber.c
    crt/printf.c
    crt/scan.c
    crt/sort.c
    crt/wide.c
    crt/widenumber.c
    error/doserror.c
    hive/check.c
    hive/key.c
    hive/listedit.c
    hive/name.c
    hive/open.c
    hive/replace.c
    hive/security.c
    hive/store.c
    hive/subkeys.c
    hive/tree.c
    hive/value.c
    hive/write.c
    image/export.c
    image/header.c
    image/parse.c
    image/relocate.c
    nls/case.c
    nls/codepage.c
    nls/custom.c
    nls/utf8.c
    number/integer.c
    number/memory.c
    number/text.c
    security/ace.c
    security/acl.c
    security/convert.c
    security/descriptor.c
    security/sid.c
    string/ansi.c
    string/convert.c
    string/istext.c
    string/shortname.c
    string/unicode.c
    time/time.c
    tree/avl.c
    tree/redblack.c
    tree/splay.c
    tree/table.c)
list(TRANSFORM RTL_SOURCES PREPEND ${RTL_FOLDER}/)
list(APPEND RTL_SOURCES ${RTL_NLS_TABLES})
