// Sets of physical addresses as sorted lists of regions.
#include "boot.h"

static void insert_at(region_list_t *list, unsigned index, region_t region)
{
    for (unsigned i = list->count; i > index; i--)
        list->items[i] = list->items[i - 1];
    list->items[index] = region;
    list->count++;
}

static void delete_at(region_list_t *list, unsigned index)
{
    list->count--;
    for (unsigned i = index; i < list->count; i++)
        list->items[i] = list->items[i + 1];
}

void region_add(region_list_t *list, region_t region)
{
    if (region.start >= region.end)
        return;
    unsigned first = 0;
    while (first < list->count && list->items[first].end < region.start)
        first++;
    // Swallow what overlaps or touches.
    while (first < list->count && list->items[first].start <= region.end) {
        region_t other = list->items[first];
        if (other.start < region.start)
            region.start = other.start;
        if (other.end > region.end)
            region.end = other.end;
        delete_at(list, first);
    }
    if (list->count < max_regions)
        insert_at(list, first, region);
}

static void split_at(region_list_t *list, unsigned index, region_t hole)
{
    region_t low = {list->items[index].start, hole.start};
    region_t high = {hole.end, list->items[index].end};
    if (list->count < max_regions) {
        list->items[index] = low;
        insert_at(list, index + 1, high);
    } else {
        list->items[index] = low.end - low.start < high.end - high.start ? high : low;
    }
}

void region_remove(region_list_t *list, region_t region)
{
    if (region.start >= region.end)
        return;
    for (unsigned i = 0; i < list->count;) {
        region_t *item = &list->items[i];
        if (item->end <= region.start || item->start >= region.end) {
            i++;
        } else if (item->start < region.start && item->end > region.end) {
            split_at(list, i, region);
            return;
        } else if (item->start < region.start) {
            item->end = region.start;
            i++;
        } else if (item->end > region.end) {
            item->start = region.end;
            i++;
        } else {
            delete_at(list, i);
        }
    }
}

bool region_intersects(const region_list_t *list, region_t region)
{
    for (unsigned i = 0; i < list->count; i++)
        if (list->items[i].start < region.end && region.start < list->items[i].end)
            return true;
    return false;
}

bool region_take(region_list_t *list, word_t size, unsigned align_bits, paddr_t *address)
{
    for (unsigned i = 0; i < list->count; i++) {
        paddr_t start = ALIGN_UP(list->items[i].start, align_bits);
        paddr_t end = list->items[i].end;
        if (start > end || end - start < size)
            continue;
        region_remove(list, (region_t){start, start + size});
        *address = start;
        return true;
    }
    return false;
}
