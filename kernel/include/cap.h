// Capabilities and capability table entries. A capability is two words; its first five bits are the
// type. The layouts are private to the kernel; the type numbers are those that seL4's debug system
// call DebugCapIdentify reports.
#pragma once

#include "types.h"

typedef enum cap_type {
    cap_null = 0,
    cap_untyped = 2,
    cap_endpoint = 4,
    cap_notification = 6,
    cap_reply = 8,
    cap_cnode = 10,
    cap_thread = 12,
    cap_irq_control = 14,
    cap_irq_handler = 16,
    cap_zombie = 18,
    cap_domain = 20,
    // Architecture capabilities are odd.
    cap_frame = 1,
    cap_page_table = 3,
    cap_page_directory = 5,
    cap_pdpt = 7,
    cap_pml4 = 9,
    cap_asid_control = 11,
    cap_asid_pool = 13,
    cap_io_space = 15,
    cap_io_port = 19,
    cap_io_port_control = 31,
} cap_type_t;

// Kernel pointers are stored in 48 bits and sign-extended when read (cap_ptr()).
typedef union cap {
    word_t words[2];
    struct {
        word_t type : 5;
    };
    struct {
        word_t type_ : 5;
        word_t size_bits : 6;
        word_t is_device : 1;
        // First free byte, in units of 2^seL4_MinUntypedBits. What is free is not yet cleared unless
        // the index is 0: a reset clears. So boot hands RAM over with the index at the end.
        word_t free_index : 44;
        word_t : 8;
        word_t ptr : 64; // window address of the memory, device or not
    } untyped;
    struct { // endpoint and notification; a notification has no grant rights
        word_t type_ : 5;
        word_t can_send : 1;
        word_t can_receive : 1;
        word_t can_grant : 1;
        word_t can_grant_reply : 1;
        word_t : 7;
        word_t ptr : 48;
        word_t badge : 64;
    } endpoint, notification;
    struct {
        word_t type_ : 5;
        word_t is_master : 1;
        word_t can_grant : 1;
        word_t : 9;
        word_t tcb_ptr : 48;
        word_t : 64;
    } reply;
    struct {
        word_t type_ : 5;
        word_t radix : 6;
        word_t guard_size : 6;
        word_t ptr_slot : 43; // slot address >> seL4_SlotBits
        word_t : 4;
        word_t guard : 64;
    } cnode;
    struct {
        word_t type_ : 5;
        word_t : 11;
        word_t ptr : 48;
        word_t : 64;
    } thread;
    struct {
        word_t type_ : 5;
        word_t is_tcb : 1; // the dying object is a TCB, else a CNode of `radix`
        word_t radix : 6;
        word_t : 4;
        word_t ptr : 48;
        word_t remaining : 64; // slots that may still hold something
    } zombie;
    struct {
        word_t type_ : 5;
        word_t irq : 16;
        word_t : 43;
        word_t : 64;
    } irq_handler;
    struct {
        word_t type_ : 5;
        word_t : 11;
        word_t first : 16;
        word_t last : 16;
        word_t : 16;
        word_t : 64;
    } io_port;
    struct {
        word_t type_ : 5;
        word_t size : 2;   // frame_size_t
        word_t rights : 2; // vm_rights_t
        word_t is_device : 1;
        word_t : 6;
        word_t ptr : 48;         // window address of the memory, device or not
        word_t mapped_asid : 12; // 0: not mapped
        word_t : 4;
        word_t mapped_address : 48;
    } frame;
    struct { // page_table, page_directory, pdpt, pml4; for a pml4 mapped_asid says "assigned"
        word_t type_ : 5;
        word_t is_mapped : 1;
        word_t : 10;
        word_t ptr : 48;
        word_t mapped_asid : 12;
        word_t : 4;
        word_t mapped_address : 48;
    } table;
    struct {
        word_t type_ : 5;
        word_t asid_base : 12;
        word_t : 47;
        word_t : 16;
        word_t ptr : 48;
    } asid_pool;
} cap_t;

static_assert(sizeof(cap_t) == 16);

static inline cap_type_t cap_get_type(cap_t cap)
{
    return (cap_type_t)cap.type;
}

static inline bool cap_is_arch(cap_t cap)
{
    return cap.words[0] & 1;
}

// Turn a 48-bit pointer field into the kernel address.
static inline void *cap_ptr(word_t field)
{
    return (void *)(uintptr_t)((int64_t)(field << 16) >> 16);
}

static inline cap_t cap_new_simple(cap_type_t type)
{
    return (cap_t){.words = {(word_t)type, 0}};
}

// Links of the derivation list: a doubly linked list in depth-first order of the derivation tree.
// `revocable`: the capability was the original of its object or badge, so what follows it may be its
// child. `first_badged`: the first with its badge, so it is no child of another badged one.
typedef struct mdb {
    word_t prev_bits; // struct cte *
    word_t next_bits; // struct cte * | revocable << 1 | first_badged
} mdb_t;

typedef struct cte {
    cap_t cap;
    mdb_t mdb;
} cte_t;

static_assert(sizeof(cte_t) == BIT(seL4_SlotBits));

static inline cte_t *mdb_prev(const cte_t *slot)
{
    return (cte_t *)slot->mdb.prev_bits;
}

static inline cte_t *mdb_next(const cte_t *slot)
{
    return (cte_t *)(slot->mdb.next_bits & ~3ull);
}

static inline bool mdb_revocable(const cte_t *slot)
{
    return slot->mdb.next_bits & 2;
}

static inline bool mdb_first_badged(const cte_t *slot)
{
    return slot->mdb.next_bits & 1;
}

static inline cte_t *cnode_slots(cap_t cap)
{
    ASSERT(cap_get_type(cap) == cap_cnode);
    return cap_ptr(cap.cnode.ptr_slot << seL4_SlotBits);
}
