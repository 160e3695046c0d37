#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

alignas(1 << seL4_SlotBits) static cte_t root[root_slots];
alignas(1 << seL4_TCBBits) static tcb_t thread_memory, idle_memory;
alignas(1 << memory_bits) static uint8_t object_memory[1 << memory_bits];
static word_t buffer[sizeof(seL4_IPCBuffer) / sizeof(word_t)];
static word_t interrupt_interval, looks;
static uint32_t random_state;
word_t preemptions;

[[noreturn]] void assert_failed(const char *text, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: kernel assertion: %s\n", file, line, text);
    abort();
}

cte_t *slot_at(cptr_t cptr)
{
    return &root[cptr];
}

uint8_t *memory_start(void)
{
    return object_memory;
}

tcb_t *idle_thread(void)
{
    return &idle_memory;
}

tcb_t *test_thread(void)
{
    return &thread_memory;
}

word_t *test_buffer(void)
{
    return buffer;
}

void random_seed(uint32_t seed)
{
    random_state = seed * 2654435761u + 1;
}

word_t random_below(word_t limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (word_t)(random_state >> 8) % limit;
}

static cap_t new_untyped(const uint8_t *start, bool is_device)
{
    cap_t cap = cap_new_simple(cap_untyped);
    cap.untyped.ptr = (word_t)start;
    cap.untyped.size_bits = memory_bits;
    cap.untyped.is_device = is_device;
    cap.untyped.free_index = BIT(memory_bits - seL4_MinUntypedBits);
    return cap;
}

static void put_original(cte_t *slot, cap_t cap)
{
    *slot = (cte_t){.cap = cap, .mdb = {.next_bits = 3}};
}

int fixture_setup(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof(kernel));
    memset(root, 0, sizeof(root));
    memset(&thread_memory, 0, sizeof(thread_memory));
    memset(&idle_memory, 0, sizeof(idle_memory));
    memset(object_memory, 0xa5, sizeof(object_memory)); // a reset has to clear it
    interrupt_every(0);

    kernel.idle = &idle_memory;
    idle_memory.state.type = thread_idle;
    scheduler_init();

    cap_t cnode = cap_new_simple(cap_cnode);
    cnode.cnode.radix = root_radix;
    cnode.cnode.guard_size = seL4_WordBits - root_radix;
    cnode.cnode.ptr_slot = (word_t)root >> seL4_SlotBits;
    put_original(slot_at(slot_root), cnode);
    put_original(slot_at(slot_memory), new_untyped(object_memory, false));
    // Device memory is never touched: any address does.
    put_original(slot_at(slot_device), new_untyped((uint8_t *)(5ull << 40), true));

    tcb_t *thread = &thread_memory;
    thread_init(thread);
    setup_reply_master(thread);
    thread->priority = thread->mcp = seL4_MaxPrio;
    thread->ipc_buffer = (word_t)buffer;
    thread->state.type = thread_running;
    cap_t cap = cap_new_simple(cap_thread);
    cap.thread.ptr = (word_t)thread;
    put_original(slot_at(slot_thread), cap);
    cte_insert(cnode, slot_at(slot_root), &thread->slots[tcb_cspace]);
    kernel.current = thread;
    return 0;
}

static void put_message(tcb_t *thread, word_t label, words_t caps, words_t args)
{
    context_t *context = &thread->context;
    for (word_t i = 0; i < args.count; i++) {
        if (i < message_registers)
            *context_mr(context, (unsigned)i) = args.at[i];
        else
            buffer[buffer_message + i] = args.at[i];
    }
    for (word_t i = 0; i < caps.count; i++)
        buffer[buffer_caps + i] = caps.at[i];
    context->REG_INFO = seL4_MessageInfo_new(label, 0, caps.count, args.count).words[0];
}

seL4_Error invoke(cptr_t service, word_t label, words_t caps, words_t args)
{
    enum { at_syscall = 0x1000, after_syscall = 0x1002 };
    tcb_t *thread = kernel.current;
    context_t *context = &thread->context;
    put_message(thread, label, caps, args);
    context->REG_CAP = service;
    for (preemptions = 0;; preemptions++) {
        context->fault_ip = at_syscall;
        context->next_ip = after_syscall;
        context->REG_SYSCALL = (word_t)seL4_SysCall;
        handle_syscall();
        check_invariants();
        if (context->next_ip == after_syscall)
            break;
    }
    assert_ptr_equal(kernel.current, thread);
    return (seL4_Error)seL4_MessageInfo_get_label((seL4_MessageInfo_t){{context->REG_INFO}});
}

word_t result_word(word_t index)
{
    return index < message_registers ? context_get_mr(&kernel.current->context, index)
                                     : buffer[buffer_message + index];
}

word_t result_length(void)
{
    return seL4_MessageInfo_get_length((seL4_MessageInfo_t){{kernel.current->context.REG_INFO}});
}

void retype(cptr_t untyped, word_t type, word_t size_bits, cptr_t dest, word_t count)
{
    assert_int_equal(seL4_NoError, invoke(untyped, UntypedRetype, WORDS(slot_root),
                                          WORDS(type, size_bits, 0, 0, dest, count)));
}

void copy(cptr_t dest, cptr_t source)
{
    assert_int_equal(seL4_NoError, invoke(slot_root, CNodeCopy, WORDS(slot_root),
                                          WORDS(dest, 64, source, 64, seL4_AllRights.words[0])));
}

void mint(cptr_t dest, cptr_t source, word_t data)
{
    assert_int_equal(seL4_NoError,
                     invoke(slot_root, CNodeMint, WORDS(slot_root),
                            WORDS(dest, 64, source, 64, seL4_AllRights.words[0], data)));
}

void delete_slot(cptr_t slot)
{
    assert_int_equal(seL4_NoError, invoke(slot_root, CNodeDelete, WORDS(), WORDS(slot, 64)));
}

void revoke_slot(cptr_t slot)
{
    assert_int_equal(seL4_NoError, invoke(slot_root, CNodeRevoke, WORDS(), WORDS(slot, 64)));
}

// ---- The architecture

void interrupt_every(word_t look_count)
{
    interrupt_interval = look_count;
    looks = 0;
}

bool irq_is_pending(void)
{
    return interrupt_interval && ++looks % interrupt_interval == 0;
}

word_t *arch_ipc_buffer(const tcb_t *thread, bool)
{
    return thread == &thread_memory ? buffer : nullptr;
}

// Page frames are the only architecture objects here.
bool arch_is_frame_type(word_t type)
{
    return type == seL4_X86_4K;
}

word_t arch_object_size_bits(word_t)
{
    return seL4_PageBits;
}

cap_t arch_create_object(word_t, void *memory, bool is_device)
{
    cap_t cap = cap_new_simple(cap_frame);
    cap.frame.is_device = is_device;
    cap.frame.ptr = (word_t)memory & MASK(48);
    return cap;
}

void *arch_cap_memory(cap_t cap, word_t *size_bits)
{
    *size_bits = cap_get_type(cap) == cap_frame ? seL4_PageBits : 0;
    return cap_ptr(cap.frame.ptr);
}

error_t arch_derive_cap(cte_t *, cap_t cap, cap_t *derived)
{
    *derived = cap;
    return ok;
}

cap_t arch_mask_cap_rights(seL4_CapRights_t, cap_t cap)
{
    return cap;
}

cap_t arch_update_cap_data(bool, word_t, cap_t cap)
{
    return cap;
}

bool arch_same_region_as(cap_t parent, cap_t child)
{
    return cap_get_type(parent) == cap_get_type(child) && parent.frame.ptr == child.frame.ptr;
}

bool arch_same_object_as(cap_t left, cap_t right)
{
    return arch_same_region_as(left, right);
}

finalise_result_t arch_finalise_cap(cap_t, bool)
{
    return (finalise_result_t){};
}

error_t arch_decode_invocation(const invocation_t *)
{
    return fail(seL4_IllegalOperation);
}

error_t decode_irq_control(const invocation_t *)
{
    return fail(seL4_IllegalOperation);
}

error_t decode_irq_handler(const invocation_t *)
{
    return fail(seL4_IllegalOperation);
}

bool arch_is_vspace_root(cap_t)
{
    return false;
}

error_t arch_check_ipc_buffer(cap_t, vptr_t)
{
    return fail(seL4_IllegalOperation);
}

word_t arch_sanitise_flags(word_t flags)
{
    return flags;
}

bool arch_is_user_address(word_t)
{
    return true;
}

irq_t irq_take(void)
{
    return irq_timer;
}

bool debug_syscall(word_t)
{
    return false;
}

void arch_check_cap(cap_t)
{
}
void arch_check_invariants(void)
{
}
void arch_post_cap_deletion(cap_t)
{
}
void arch_thread_init(tcb_t *)
{
}
void arch_switch_to(tcb_t *)
{
}
void arch_switch_to_idle(void)
{
}
void arch_save_bases(tcb_t *)
{
}
void arch_load_bases(const tcb_t *)
{
}
void fpu_release(tcb_t *)
{
}
void fpu_flags_changed(tcb_t *)
{
}
void irq_delete_handler(irq_t)
{
}
void irq_deactivate(irq_t)
{
}
void irq_signal_received(irq_t)
{
}
void irq_end(irq_t)
{
}
void kprintf(const char *, ...)
{
}
