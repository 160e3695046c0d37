#include "plugin.h"

#include <stdio.h>
#include <string.h>

int qemu_plugin_version = 1;

// nop with a displacement: "begin" is PDB1, "end" PDB2 (programs/diskbench/core/run.c)
static const uint8_t mark[] = {0x0F, 0x1F, 0x84, 0x00};
enum { MARK_BEGIN = 0x50444231, MARK_END = 0x50444232 };

enum plugin_mark plugin_mark_of(const struct qemu_plugin_insn *instruction)
{
    uint32_t displacement;
    const uint8_t *bytes = qemu_plugin_insn_data(instruction);
    if (qemu_plugin_insn_size(instruction) != sizeof(mark) + sizeof(displacement) ||
        memcmp(bytes, mark, sizeof(mark)) != 0)
        return PLUGIN_NO_MARK;
    memcpy(&displacement, bytes + sizeof(mark), sizeof(displacement));
    if (displacement == MARK_BEGIN)
        return PLUGIN_BEGIN;
    return displacement == MARK_END ? PLUGIN_END : PLUGIN_NO_MARK;
}

void *plugin_open_output(int count, char **words)
{
    static const char option[] = "output=";
    for (int i = 0; i < count; i++) {
        if (!strncmp(words[i], option, strlen(option)))
            return fopen(words[i] + strlen(option), "w");
    }
    return NULL;
}
