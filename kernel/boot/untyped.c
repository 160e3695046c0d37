// Memory for user level: regions cut into untyped objects, and the choice of which to leave out when
// the boot information has too few descriptors for all.
#include "boot.h"

// The largest naturally aligned power of two that starts at `start` and does not go beyond `end`.
static unsigned largest_size_bits(paddr_t start, paddr_t end)
{
    unsigned bits = 63 - (unsigned)__builtin_clzll(end - start);
    if (start && (unsigned)__builtin_ctzll(start) < bits)
        bits = (unsigned)__builtin_ctzll(start);
    return bits;
}

// The first use of an untyped object clears all of it, so RAM comes in pieces that are cleared in a
// moment, unless that would take most of the descriptors.
unsigned ram_piece_bits(const region_list_t *ram)
{
    constexpr unsigned usual_bits = seL4_HugePageBits;
    constexpr word_t many = seL4_ConfigMaxBootInfoUntypedCaps / 2;
    word_t total = 0;
    for (unsigned i = 0; i < ram->count; i++)
        total += ram->items[i].end - ram->items[i].start;

    unsigned bits = usual_bits;
    while (total >> bits > many)
        bits++;
    return bits;
}

void pieces_add(piece_list_t *list, const region_list_t *regions, unsigned max_bits, bool is_device,
                const region_list_t *firmware)
{
    for (unsigned i = 0; i < regions->count; i++) {
        region_t rest = regions->items[i];
        while (rest.start < rest.end && list->count < max_pieces) {
            unsigned bits = largest_size_bits(rest.start, rest.end);
            if (bits > max_bits)
                bits = max_bits;
            region_t cut = {rest.start, rest.start + BIT(bits)};
            list->items[list->count++] = (piece_t){
                .address = cut.start,
                .size_bits = (uint8_t)bits,
                .is_device = is_device,
                .is_firmware = is_device && region_intersects(firmware, cut),
            };
            rest.start = cut.end;
        }
    }
}

// How much a piece is worth to user level: more is better, but without the firmware's tables, however
// small, there are no drivers.
static unsigned value_of(const piece_t *piece)
{
    constexpr unsigned firmware_bonus = 8;
    return piece->size_bits + (piece->is_firmware ? firmware_bonus : 0);
}

static piece_t remove_least(piece_list_t *list)
{
    unsigned least = 0;
    for (unsigned i = 1; i < list->count; i++)
        if (value_of(&list->items[i]) < value_of(&list->items[least]))
            least = i;

    const piece_t removed = list->items[least];
    list->count--;
    for (unsigned i = least; i < list->count; i++)
        list->items[i] = list->items[i + 1];
    return removed;
}

word_t pieces_limit(piece_list_t *list, unsigned limit)
{
    word_t lost = 0;
    while (list->count > limit) {
        const piece_t removed = remove_least(list);
        if (!removed.is_device)
            lost += BIT(removed.size_bits);
    }
    return lost;
}
