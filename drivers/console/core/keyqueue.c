#include "keys.h"

uint32_t ConCountKeys(const CON_KEY_QUEUE *Queue)
{
    return Queue->Head - Queue->Tail;
}

bool ConQueueKey(CON_KEY_QUEUE *Queue, const CON_KEY *Key)
{
    if (ConCountKeys(Queue) == CON_QUEUE_KEYS)
        return false;
    Queue->Keys[Queue->Head++ % CON_QUEUE_KEYS] = *Key;
    return true;
}

bool ConTakeKey(CON_KEY_QUEUE *Queue, CON_KEY *Key)
{
    if (!ConCountKeys(Queue))
        return false;
    *Key = Queue->Keys[Queue->Tail++ % CON_QUEUE_KEYS];
    return true;
}

const CON_KEY *ConPeekKey(const CON_KEY_QUEUE *Queue, uint32_t Index)
{
    if (Index >= ConCountKeys(Queue))
        return nullptr;
    return &Queue->Keys[(Queue->Tail + Index) % CON_QUEUE_KEYS];
}
