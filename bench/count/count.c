// A plugin for QEMU: counts the instructions that the guest executes, which those of a sleeping processor are
// not among, and writes the count to a file each time the guest passes one of diskbench's marks.
#include "plugin.h"

#include <inttypes.h>
#include <stdio.h>

static uint64_t executed; // of all processors: the marks are for machines with one
static FILE *output;

static void at_mark(unsigned processor, void *context)
{
    (void)processor;
    (void)fprintf(output, "%s %" PRIu64 "\n", (const char *)context, executed);
    (void)fflush(output);
}

static void at_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    size_t count = qemu_plugin_tb_n_insns(block);
    qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &executed, count);
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        enum plugin_mark mark = plugin_mark_of(instruction);
        if (mark)
            qemu_plugin_register_vcpu_insn_exec_cb(
                instruction, at_mark, QEMU_PLUGIN_CB_NO_REGS,
                (void *)(mark == PLUGIN_BEGIN ? "begin" : "end"));
    }
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int count, char **words)
{
    (void)info;
    output = plugin_open_output(count, words);
    if (!output)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, at_translation);
    return 0;
}
