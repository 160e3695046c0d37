// A plugin for QEMU: counts how often the guest executes each block of instructions between diskbench's marks,
// and writes them down: virtual address, page of memory, executions, instructions, bytes. Which image a block
// is of is told by its bytes (tools/profile), for a page of code is the same page in each process.
#include "plugin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block {
    struct block *next;
    uint64_t address, page, executions;
    size_t instructions, size;
    uint8_t bytes[];
};

static struct block *blocks; // QEMU translates one at a time: the machine has one processor
static FILE *output;

static void at_begin(unsigned processor, void *context)
{
    (void)processor;
    (void)context;
    for (struct block *block = blocks; block; block = block->next)
        block->executions = 0;
}

static void write_block(const struct block *block)
{
    (void)fprintf(output, "%" PRIx64 " %" PRIx64 " %" PRIu64 " %zu ", block->address, block->page,
                  block->executions, block->instructions);
    for (size_t i = 0; i < block->size; i++)
        (void)fprintf(output, "%02x", block->bytes[i]);
    (void)fputc('\n', output);
}

static void at_end(unsigned processor, void *context)
{
    (void)processor;
    (void)context;
    for (struct block *block = blocks; block; block = block->next) {
        if (block->executions)
            write_block(block);
    }
    (void)fputs("end\n", output);
    (void)fflush(output);
}

static struct block *describe(struct qemu_plugin_tb *translated)
{
    size_t count = qemu_plugin_tb_n_insns(translated), size = 0;
    for (size_t i = 0; i < count; i++)
        size += qemu_plugin_insn_size(qemu_plugin_tb_get_insn(translated, i));
    struct block *block = calloc(1, sizeof(*block) + size);
    if (!block)
        abort();
    block->address = qemu_plugin_tb_vaddr(translated);
    block->instructions = count;
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(translated, i);
        size_t part = qemu_plugin_insn_size(instruction);
        memcpy(block->bytes + block->size, qemu_plugin_insn_data(instruction), part);
        block->size += part;
        if (i == 0)
            block->page = (uintptr_t)qemu_plugin_insn_haddr(instruction) >> 12;
    }
    return block;
}

static void at_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *translated)
{
    (void)id;
    struct block *block = describe(translated);
    block->next = blocks;
    blocks = block;
    qemu_plugin_register_vcpu_tb_exec_inline(translated, QEMU_PLUGIN_INLINE_ADD_U64,
                                             &block->executions, 1);
    for (size_t i = 0; i < block->instructions; i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(translated, i);
        enum plugin_mark mark = plugin_mark_of(instruction);
        if (mark)
            qemu_plugin_register_vcpu_insn_exec_cb(instruction,
                                                   mark == PLUGIN_BEGIN ? at_begin : at_end,
                                                   QEMU_PLUGIN_CB_NO_REGS, NULL);
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
