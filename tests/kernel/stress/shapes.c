#include "shapes.h"

enum { ILL_PERCENT = 10, ANYTHING_PERCENT = 5, ELSEWHERE_PERCENT = 25 };

// Shapes of invocations. A letter stands for a kind of capability or argument:
// n CNode, u untyped, t TCB, f frame, 3 PDPT, 2 page directory, 1 page table, v VSpace, q notification,
// p ASID pool, c ASID control, h interrupt handler, o I/O ports
// s slot to fill, e slot to use, d depth, y object type, b size, k count, 0 zero, r rights, g badge or guard, l priority,
// a address, z attributes, w any word, m number of registers, x flags, i port; for registers of a
// thread I instruction pointer, S system call, T message tag
typedef struct shape {
    seL4_InvocationLabel label;
    const char *service, *caps, *arguments;
} shape_t;

static const shape_t shapes[] = {
    {UntypedRetype, "u", "n", "yb00sk"},
    {UntypedRetype, "u", "n", "ybedsk"},
    {CNodeCopy, "n", "n", "sdedr"},
    {CNodeMint, "n", "n", "sdedrg"},
    {CNodeMove, "n", "n", "sded"},
    {CNodeMutate, "n", "n", "sdedg"},
    {CNodeRotate, "n", "nn", "sdgedged"},
    {CNodeRevoke, "n", "", "ed"},
    {CNodeDelete, "n", "", "ed"},
    {CNodeDelete, "n", "", "ed"},
    {CNodeCancelBadgedSends, "n", "", "ed"},
    {CNodeSaveCaller, "n", "", "sd"},
    {TCBReadRegisters, "t", "", "xm"},
    {TCBWriteRegisters, "t", "", "xmIwwwwwSTswwwwwwwwwww"},
    {TCBCopyRegisters, "t", "t", "x"},
    {TCBConfigure, "t", "nvf", "sgwa"},
    {TCBSetPriority, "t", "t", "l"},
    {TCBSetMCPriority, "t", "t", "l"},
    {TCBSetSchedParams, "t", "t", "ll"},
    {TCBSetIPCBuffer, "t", "f", "a"},
    {TCBSetSpace, "t", "nv", "sgw"},
    {TCBSuspend, "t", "", ""},
    {TCBResume, "t", "", ""},
    {TCBBindNotification, "t", "q", ""},
    {TCBUnbindNotification, "t", "", ""},
    {TCBSetTLSBase, "t", "", "a"},
    {TCBSetFlags, "t", "", "xx"},
    {IRQAckIRQ, "h", "", ""},
    {IRQSetIRQHandler, "h", "q", ""},
    {IRQClearIRQHandler, "h", "", ""},
    {X86PDPTMap, "3", "v", "az"},
    {X86PDPTUnmap, "3", "", ""},
    {X86PageDirectoryMap, "2", "v", "az"},
    {X86PageDirectoryUnmap, "2", "", ""},
    {X86PageTableMap, "1", "v", "az"},
    {X86PageTableUnmap, "1", "", ""},
    {X86PageMap, "f", "v", "arz"},
    {X86PageMap, "f", "v", "arz"},
    {X86PageUnmap, "f", "", ""},
    {X86PageGetAddress, "f", "", ""},
    {X86ASIDControlMakePool, "c", "un", "sd"},
    {X86ASIDPoolAssign, "p", "v", ""},
    {X86IOPortIn8, "o", "", "i"},
    {X86IOPortOut8, "o", "", "iw"},
};

static seL4_Word random_cap(random_t *random, char kind)
{
    static const struct {
        char kind;
        seL4_Uint8 index;
    } fixed[] = {
        {'n', SANDBOX_NODE},         {'u', SANDBOX_UNTYPED},      {'f', SANDBOX_FRAME},
        {'v', SANDBOX_VSPACE},       {'q', SANDBOX_NOTIFICATION}, {'p', SANDBOX_POOL},
        {'c', SANDBOX_ASID_CONTROL}, {'h', SANDBOX_HANDLER},      {'o', SANDBOX_PORTS},
        {'3', SANDBOX_PDPT},         {'2', SANDBOX_DIRECTORY},    {'1', SANDBOX_TABLE},
    };
    if (random_chance(random, ELSEWHERE_PERCENT))
        return random_below(random, SANDBOX_SLOTS);
    if (kind == 't')
        return SANDBOX_TCB + random_below(random, SANDBOX_TCBS);
    if (kind == 'u' && random_chance(random, 50))
        return SANDBOX_SMALL_UNTYPED;
    if (kind == 'v' && random_chance(random, ELSEWHERE_PERCENT))
        return SANDBOX_NEW_VSPACE;
    if (kind == 'f' && random_chance(random, 50))
        return SANDBOX_FRAME_2 + random_below(random, 2);
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (fixed[i].kind == kind)
            return fixed[i].index;
    }
    return random_below(random, SANDBOX_FIXED);
}

static seL4_Word random_bit(random_t *random)
{
    return random_chance(random, 15);
}

static seL4_Word random_argument(random_t *random, const vocabulary_t *vocabulary, char kind)
{
    if (random_chance(random, ILL_PERCENT))
        return random_interesting(random);
    switch (kind) {
    case 's':
        return random_chance(random, ELSEWHERE_PERCENT)
                   ? random_below(random, SANDBOX_SLOTS)
                   : SANDBOX_FIXED + random_below(random, SANDBOX_SLOTS - SANDBOX_FIXED);
    case 'e':
        return random_chance(random, ELSEWHERE_PERCENT) ? random_below(random, SANDBOX_SLOTS)
                                                        : random_below(random, SANDBOX_FIXED);
    case 'd':
        return SANDBOX_BITS;
    case 'y':
        return random_below(random, seL4_ObjectTypeCount);
    case 'b':
        return 1 + random_below(random, 13);
    case 'k':
        return 1 + random_below(random, 4);
    case 'r':
        return random_below(random, 16);
    case 'g':
        return random_chance(random, 50) ? 0 : random_below(random, 4096);
    case 'l':
        return random_below(random, vocabulary->highest_priority + 2);
    case 'a':
        return random_bit(random) << 39 | random_bit(random) << 30 | random_bit(random) << 21 |
               random_bit(random) << 12;
    case 'z':
        return random_below(random, 5);
    case 'm':
        return random_chance(random, 70) ? (seL4_Word)seL4_UserContextRegisters
                                         : random_below(random, seL4_UserContextRegisters + 1);
    case 'x':
        return random_below(random, 16);
    case 'i':
        return 0x80;
    case 'I':
        if (vocabulary->code_count)
            return vocabulary->code[random_below(random, vocabulary->code_count)];
        return random_interesting(random);
    case 'S':
        return -1 - random_below(random, 8);
    case 'T':
        return random_below(random, 4) << 12 | random_below(random, 512);
    case 'w':
        return random_interesting(random);
    default:
        return 0;
    }
}

static const shape_t *random_shape(random_t *random, const vocabulary_t *vocabulary)
{
    for (;;) {
        const shape_t *shape = &shapes[random_below(random, sizeof(shapes) / sizeof(shapes[0]))];
        if (shape->label != X86PageGetAddress || vocabulary->with_physical_addresses)
            return shape;
    }
}

operation_t random_invocation(random_t *random, const vocabulary_t *vocabulary)
{
    const shape_t *shape = random_shape(random, vocabulary);
    operation_t operation = {.number = seL4_SysCall};
    seL4_Word caps = 0, count = 0, label = shape->label;
    operation.target = random_cap(random, shape->service[0]);
    for (const char *kind = shape->caps; *kind; kind++)
        operation.caps[caps++] = random_cap(random, *kind);
    for (const char *kind = shape->arguments; *kind; kind++)
        operation.arguments[count++] = random_argument(random, vocabulary, *kind);

    if (count && random_chance(random, ANYTHING_PERCENT))
        count = random_below(random, count + 1);
    if (caps && random_chance(random, ANYTHING_PERCENT))
        caps--;
    if (random_chance(random, ANYTHING_PERCENT))
        label = random_below(random, seL4_NumInvocationLabels + 2);
    // A base that is not canonical stops real kernels when the thread runs.
    if (label == TCBSetTLSBase)
        operation.arguments[0] &= 0x7fffffffffff;
    if (label == X86PageGetAddress && !vocabulary->with_physical_addresses)
        label = InvalidInvocation;
    operation.info = seL4_MessageInfo_new(label, 0, caps, count);
    return operation;
}

operation_t random_message(random_t *random)
{
    static const seL4_Uint8 targets[] = {SANDBOX_ENDPOINT, SANDBOX_NOTIFICATION, SANDBOX_SERVER};
    static const seL4_Syscall_ID numbers[] = {
        seL4_SysSend,   seL4_SysCall,   seL4_SysRecv,   seL4_SysReplyRecv, seL4_SysReply,
        seL4_SysNBRecv, seL4_SysNBRecv, seL4_SysNBSend, seL4_SysNBSend,    seL4_SysYield,
    };
    operation_t operation = {
        .number = numbers[random_below(random, sizeof(numbers) / sizeof(numbers[0]))],
        .target = random_chance(random, 70) ? targets[random_below(random, 3)]
                                            : random_below(random, SANDBOX_SLOTS),
        .receive_root = random_cap(random, 'n'),
        .receive_index = random_below(random, SANDBOX_SLOTS),
        .receive_depth =
            random_chance(random, ILL_PERCENT) ? random_below(random, 70) : SANDBOX_BITS,
    };
    for (int i = 0; i < MAX_CAPS; i++)
        operation.caps[i] = random_below(random, SANDBOX_SLOTS);
    for (int i = 0; i < MAX_ARGUMENTS; i++)
        operation.arguments[i] = random_interesting(random);
    operation.info = seL4_MessageInfo_new(random_below(random, 4), random_below(random, 8),
                                          random_below(random, 4), random_below(random, 128));
    return operation;
}
