// Notifications (manual, "Notifications"): a word of binary semaphores. A thread may be bound to one
// and then gets its signals through any endpoint as well.
#include "objectp.h"
#include "queue.h"
#include "transfer.h"

static void deliver(tcb_t *thread, word_t badge)
{
    set_thread_state(thread, thread_running);
    thread->context.REG_BADGE = badge;
    possible_switch_to(thread);
}

static void activate(notification_t *notification, word_t badge)
{
    notification->badge = badge;
    notification->tail_and_state = notification_active;
}

static tcb_t *take_first(notification_t *notification)
{
    const tcb_queue_t queue = notification_get_queue(notification);
    notification_set_queue(notification, queue_remove(queue, queue.head));
    return queue.head;
}

void send_signal(notification_t *notification, word_t badge)
{
    tcb_t *bound = notification->bound_tcb;
    switch (notification_get_state(notification)) {
    case notification_waiting:
        deliver(take_first(notification), badge);
        break;
    case notification_active:
        notification->badge |= badge;
        break;
    default:
        if (bound && bound->state.type == thread_blocked_on_receive) {
            cancel_ipc(bound);
            deliver(bound, badge);
        } else {
            activate(notification, badge);
        }
    }
}

bool complete_signal(notification_t *notification, tcb_t *thread)
{
    if (notification_get_state(notification) != notification_active)
        return false;
    thread->context.REG_BADGE = notification->badge;
    notification->tail_and_state = notification_idle;
    return true;
}

void receive_signal(tcb_t *receiver, cap_t cap, bool is_blocking)
{
    notification_t *notification = cap_ptr(cap.notification.ptr);
    if (complete_signal(notification, receiver))
        return;
    if (!is_blocking) {
        receive_failed(receiver);
        return;
    }
    receiver->state.object = notification;
    set_thread_state(receiver, thread_blocked_on_notification);
    notification_set_queue(notification,
                           queue_append(notification_get_queue(notification), receiver));
}

void notification_remove(tcb_t *thread)
{
    notification_t *notification = thread->state.object;
    notification_set_queue(notification,
                           queue_remove(notification_get_queue(notification), thread));
}

// Not preemptible: see cancel_all_ipc().
void cancel_all_signals(notification_t *notification)
{
    if (notification_get_state(notification) != notification_waiting)
        return;
    tcb_t *thread = notification_get_queue(notification).head;
    notification_set_queue(notification, (tcb_queue_t){});
    for (; thread; thread = thread->queue_next) {
        set_thread_state(thread, thread_restart);
        sched_enqueue(thread);
    }
    reschedule_required();
}

void bind_notification(tcb_t *thread, notification_t *notification)
{
    notification->bound_tcb = thread;
    thread->bound_notification = notification;
}

void unbind_notification(tcb_t *thread)
{
    if (!thread->bound_notification)
        return;
    thread->bound_notification->bound_tcb = nullptr;
    thread->bound_notification = nullptr;
}

void unbind_maybe(notification_t *notification)
{
    if (notification->bound_tcb)
        unbind_notification(notification->bound_tcb);
}
