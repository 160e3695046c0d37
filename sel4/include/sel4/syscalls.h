// Inline stubs of the system calls. Registers (x86_64 `syscall` entry): number in rdx, capability
// or badge in rdi, message tag in rsi, message registers 0..3 in r10, r8, r9, r15. The kernel
// does not keep rsp, rcx and r11: the stub holds rsp in rbx, which the kernel does keep.
// Source: seL4 16.0.0 public stubs' register convention; manual, chapter "System Calls".
#pragma once

#include <sel4/constants.h>
#include <sel4/types.h>

// The calling thread's IPC buffer. A program that runs several seL4 threads defines
// SEL4_IPC_BUFFER() (for example as a load relative to gs) before it includes this file.
#ifndef SEL4_IPC_BUFFER
extern seL4_IPCBuffer *seL4_CurrentIPCBuffer;
#define SEL4_IPC_BUFFER() (seL4_CurrentIPCBuffer)
#endif

#define SEL4_SYSCALL "movq %%rsp, %%rbx; syscall; movq %%rbx, %%rsp"

static inline seL4_IPCBuffer *seL4_GetIPCBuffer(void)
{
    return SEL4_IPC_BUFFER();
}

static inline seL4_Word seL4_GetMR(int i)
{
    return seL4_GetIPCBuffer()->msg[i];
}

static inline void seL4_SetMR(int i, seL4_Word value)
{
    seL4_GetIPCBuffer()->msg[i] = value;
}

static inline void seL4_SetCap(int i, seL4_CPtr cptr)
{
    seL4_GetIPCBuffer()->caps_or_badges[i] = cptr;
}

static inline seL4_Word seL4_GetBadge(int i)
{
    return seL4_GetIPCBuffer()->caps_or_badges[i];
}

static inline void seL4_SetCapReceivePath(seL4_CPtr receiveCNode, seL4_CPtr receiveIndex,
                                          seL4_Word receiveDepth)
{
    seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();
    buffer->receiveCNode = receiveCNode;
    buffer->receiveIndex = receiveIndex;
    buffer->receiveDepth = receiveDepth;
}

// Send phase only: Send, NBSend, Reply.
static inline void seL4_SysSendRegisters(seL4_Syscall_ID number, seL4_CPtr dest,
                                         seL4_MessageInfo_t info, const seL4_Word mr[4])
{
    register seL4_Word mr0 __asm__("r10") = mr[0];
    register seL4_Word mr1 __asm__("r8") = mr[1];
    register seL4_Word mr2 __asm__("r9") = mr[2];
    register seL4_Word mr3 __asm__("r15") = mr[3];

    __asm__ volatile(SEL4_SYSCALL
                     :
                     : "d"((seL4_Word)number), "D"(dest), "S"(info.words[0]), "r"(mr0), "r"(mr1),
                       "r"(mr2), "r"(mr3)
                     : "rbx", "rcx", "r11", "memory");
}

// Send and receive phases, or the receive phase alone: Call, ReplyRecv, Recv, NBRecv. The message
// registers that come back replace mr[]; the sender's badge goes to *badge.
static inline seL4_MessageInfo_t seL4_SysRecvRegisters(seL4_Syscall_ID number, seL4_CPtr cptr,
                                                       seL4_MessageInfo_t info, seL4_Word *badge,
                                                       seL4_Word mr[4])
{
    register seL4_Word mr0 __asm__("r10") = mr[0];
    register seL4_Word mr1 __asm__("r8") = mr[1];
    register seL4_Word mr2 __asm__("r9") = mr[2];
    register seL4_Word mr3 __asm__("r15") = mr[3];

    __asm__ volatile(SEL4_SYSCALL
                     : "+D"(cptr), "+S"(info.words[0]), "+r"(mr0), "+r"(mr1), "+r"(mr2), "+r"(mr3)
                     : "d"((seL4_Word)number)
                     : "rbx", "rcx", "r11", "memory");
    *badge = cptr;
    mr[0] = mr0;
    mr[1] = mr1;
    mr[2] = mr2;
    mr[3] = mr3;
    return info;
}

static inline void seL4_LoadMRs(seL4_Word mr[4])
{
    for (int i = 0; i < seL4_FastMessageRegisters; i++)
        mr[i] = seL4_GetMR(i);
}

static inline void seL4_StoreMRs(const seL4_Word mr[4])
{
    for (int i = 0; i < seL4_FastMessageRegisters; i++)
        seL4_SetMR(i, mr[i]);
}

// The forms below move the whole message through the IPC buffer.

static inline void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    seL4_Word mr[4];
    seL4_LoadMRs(mr);
    seL4_SysSendRegisters(seL4_SysSend, dest, info, mr);
}

static inline void seL4_NBSend(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    seL4_Word mr[4];
    seL4_LoadMRs(mr);
    seL4_SysSendRegisters(seL4_SysNBSend, dest, info, mr);
}

static inline void seL4_Reply(seL4_MessageInfo_t info)
{
    seL4_Word mr[4];
    seL4_LoadMRs(mr);
    seL4_SysSendRegisters(seL4_SysReply, 0, info, mr);
}

static inline void seL4_Signal(seL4_CPtr dest)
{
    const seL4_Word mr[4] = {0};
    seL4_SysSendRegisters(seL4_SysSend, dest, seL4_MessageInfo_new(0, 0, 0, 0), mr);
}

static inline seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word *sender)
{
    seL4_Word mr[4] = {0}, badge;
    seL4_MessageInfo_t info =
        seL4_SysRecvRegisters(seL4_SysRecv, src, seL4_MessageInfo_new(0, 0, 0, 0), &badge, mr);
    seL4_StoreMRs(mr);
    if (sender)
        *sender = badge;
    return info;
}

static inline seL4_MessageInfo_t seL4_NBRecv(seL4_CPtr src, seL4_Word *sender)
{
    seL4_Word mr[4] = {0}, badge;
    seL4_MessageInfo_t info =
        seL4_SysRecvRegisters(seL4_SysNBRecv, src, seL4_MessageInfo_new(0, 0, 0, 0), &badge, mr);
    seL4_StoreMRs(mr);
    if (sender)
        *sender = badge;
    return info;
}

static inline void seL4_Wait(seL4_CPtr src, seL4_Word *sender)
{
    (void)seL4_Recv(src, sender);
}

static inline void seL4_Poll(seL4_CPtr src, seL4_Word *sender)
{
    (void)seL4_NBRecv(src, sender);
}

static inline seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    seL4_Word mr[4], badge;
    seL4_LoadMRs(mr);
    info = seL4_SysRecvRegisters(seL4_SysCall, dest, info, &badge, mr);
    seL4_StoreMRs(mr);
    return info;
}

static inline seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t info,
                                                seL4_Word *sender)
{
    seL4_Word mr[4], badge;
    seL4_LoadMRs(mr);
    info = seL4_SysRecvRegisters(seL4_SysReplyRecv, src, info, &badge, mr);
    seL4_StoreMRs(mr);
    if (sender)
        *sender = badge;
    return info;
}

static inline void seL4_Yield(void)
{
    __asm__ volatile(SEL4_SYSCALL
                     :
                     : "d"((seL4_Word)seL4_SysYield)
                     : "rbx", "rcx", "r11", "memory");
}

// Debug builds of the kernel only; elsewhere these raise an unknown-syscall fault.

static inline void seL4_DebugPutChar(char c)
{
    seL4_Word mr[4] = {0}, badge;
    (void)seL4_SysRecvRegisters(seL4_SysDebugPutChar, (seL4_Word)c,
                                seL4_MessageInfo_new(0, 0, 0, 0), &badge, mr);
}

static inline void seL4_DebugDumpScheduler(void)
{
    seL4_Word mr[4] = {0}, badge;
    (void)seL4_SysRecvRegisters(seL4_SysDebugDumpScheduler, 0, seL4_MessageInfo_new(0, 0, 0, 0),
                                &badge, mr);
}

static inline void seL4_DebugHalt(void)
{
    seL4_Word mr[4] = {0}, badge;
    (void)seL4_SysRecvRegisters(seL4_SysDebugHalt, 0, seL4_MessageInfo_new(0, 0, 0, 0), &badge, mr);
}

static inline void seL4_DebugSnapshot(void)
{
    seL4_Word mr[4] = {0}, badge;
    (void)seL4_SysRecvRegisters(seL4_SysDebugSnapshot, 0, seL4_MessageInfo_new(0, 0, 0, 0), &badge,
                                mr);
}

static inline seL4_Uint32 seL4_DebugCapIdentify(seL4_CPtr cap)
{
    seL4_Word mr[4] = {0}, badge;
    (void)seL4_SysRecvRegisters(seL4_SysDebugCapIdentify, cap, seL4_MessageInfo_new(0, 0, 0, 0),
                                &badge, mr);
    return (seL4_Uint32)badge;
}

// Give a thread a name for debug output. The name travels in the IPC buffer.
static inline void seL4_DebugNameThread(seL4_TCB tcb, const char *name)
{
    char *text = (char *)seL4_GetIPCBuffer()->msg;
    seL4_Word i = 0;
    for (; i < sizeof(seL4_GetIPCBuffer()->msg) - 1 && name[i]; i++)
        text[i] = name[i];
    text[i] = 0;

    seL4_Word mr[4] = {0}, badge;
    (void)seL4_SysRecvRegisters(seL4_SysDebugNameThread, tcb, seL4_MessageInfo_new(0, 0, 0, 0),
                                &badge, mr);
}
