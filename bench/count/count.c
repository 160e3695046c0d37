// A plugin for QEMU: counts the instructions that the guest executes, which those of a sleeping processor are
// not among, and writes the count to a file each time the guest passes one of diskbench's marks. Against the
// plugin interface of QEMU 7.2, version 1 (docs/devel/tcg-plugins), which has no package of its header.
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*callback)(qemu_plugin_id_t id,
                                                            struct qemu_plugin_tb *block));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block, enum qemu_plugin_op op,
                                              void *counter, uint64_t amount);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction,
                                            void (*callback)(unsigned processor, void *context),
                                            enum qemu_plugin_cb_flags flags, void *context);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int count, char **words);

// nop with a displacement: "begin" is PDB1, "end" PDB2 (programs/diskbench/core/run.c)
static const uint8_t mark[] = {0x0F, 0x1F, 0x84, 0x00};
enum { MARK_BEGIN = 0x50444231, MARK_END = 0x50444232 };

static uint64_t executed; // of all processors: the marks are for machines with one
static FILE *output;

static void at_mark(unsigned processor, void *context)
{
    (void)processor;
    (void)fprintf(output, "%s %" PRIu64 "\n", (const char *)context, executed);
    (void)fflush(output);
}

static void look_for_mark(struct qemu_plugin_insn *instruction)
{
    uint32_t displacement;
    const uint8_t *bytes = qemu_plugin_insn_data(instruction);
    if (qemu_plugin_insn_size(instruction) != sizeof(mark) + sizeof(displacement) ||
        memcmp(bytes, mark, sizeof(mark)) != 0)
        return;
    memcpy(&displacement, bytes + sizeof(mark), sizeof(displacement));
    if (displacement == MARK_BEGIN || displacement == MARK_END)
        qemu_plugin_register_vcpu_insn_exec_cb(
            instruction, at_mark, QEMU_PLUGIN_CB_NO_REGS,
            (void *)(displacement == MARK_BEGIN ? "begin" : "end"));
}

static void at_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    size_t count = qemu_plugin_tb_n_insns(block);
    qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &executed, count);
    for (size_t i = 0; i < count; i++)
        look_for_mark(qemu_plugin_tb_get_insn(block, i));
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int count, char **words)
{
    static const char option[] = "output=";
    (void)info;
    for (int i = 0; i < count; i++) {
        if (!strncmp(words[i], option, strlen(option)))
            output = fopen(words[i] + strlen(option), "w");
    }
    if (!output)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, at_translation);
    return 0;
}
