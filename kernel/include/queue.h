// Queues of blocked threads. An endpoint and a notification begin with the same two words: head, and
// tail with the object's state in its low bits.
#pragma once

#include "objects.h"

constexpr word_t queue_state_mask = 3;

static inline tcb_queue_t queue_append(tcb_queue_t queue, tcb_t *thread)
{
    thread->queue_prev = queue.tail;
    thread->queue_next = nullptr;
    if (queue.tail)
        queue.tail->queue_next = thread;
    else
        queue.head = thread;
    queue.tail = thread;
    return queue;
}

static inline tcb_queue_t queue_remove(tcb_queue_t queue, tcb_t *thread)
{
    if (thread->queue_prev)
        thread->queue_prev->queue_next = thread->queue_next;
    else
        queue.head = thread->queue_next;
    if (thread->queue_next)
        thread->queue_next->queue_prev = thread->queue_prev;
    else
        queue.tail = thread->queue_prev;
    return queue;
}

static inline endpoint_state_t endpoint_get_state(const endpoint_t *endpoint)
{
    return (endpoint_state_t)(endpoint->tail_and_state & queue_state_mask);
}

static inline tcb_queue_t endpoint_get_queue(const endpoint_t *endpoint)
{
    return (tcb_queue_t){
        .head = (tcb_t *)endpoint->head,
        .tail = (tcb_t *)(endpoint->tail_and_state & ~queue_state_mask),
    };
}

// An empty queue makes the endpoint idle whatever the state was.
static inline void endpoint_set(endpoint_t *endpoint, tcb_queue_t queue, endpoint_state_t state)
{
    endpoint->head = (word_t)queue.head;
    endpoint->tail_and_state = queue.head ? (word_t)queue.tail | state : endpoint_idle;
}

static inline notification_state_t notification_get_state(const notification_t *notification)
{
    return (notification_state_t)(notification->tail_and_state & queue_state_mask);
}

static inline tcb_queue_t notification_get_queue(const notification_t *notification)
{
    return (tcb_queue_t){
        .head = (tcb_t *)notification->head,
        .tail = (tcb_t *)(notification->tail_and_state & ~queue_state_mask),
    };
}

static inline void notification_set_queue(notification_t *notification, tcb_queue_t queue)
{
    notification->head = (word_t)queue.head;
    notification->tail_and_state =
        queue.head ? (word_t)queue.tail | notification_waiting : notification_idle;
}
