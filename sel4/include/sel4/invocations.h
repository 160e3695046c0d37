// Inline stubs of every invocation. Each returns the kernel's error code; after an error the message
// registers 0..3 of the reply are in the IPC buffer (what the manual calls the error message).
// Argument order and packing follow seL4's interface XML: capabilities travel as extra caps, all
// else in message registers, small arguments beside one another in one word.
#pragma once

#include <sel4/syscalls.h>

// Invoke `service` with `count` argument words and `caps` capabilities that are already in the IPC
// buffer. The reply's first four message registers go to mr[].
static inline seL4_Error seL4_InvokeMRs(seL4_CPtr service, seL4_InvocationLabel label,
                                        seL4_Word caps, seL4_Word count, const seL4_Word *args,
                                        seL4_Word mr[4])
{
    for (seL4_Word i = seL4_FastMessageRegisters; i < count; i++)
        seL4_SetMR((int)i, args[i]);
    for (seL4_Word i = 0; i < seL4_FastMessageRegisters; i++)
        mr[i] = i < count ? args[i] : 0;

    seL4_Word badge;
    seL4_MessageInfo_t reply = seL4_SysRecvRegisters(
        seL4_SysCall, service, seL4_MessageInfo_new((seL4_Word)label, 0, caps, count), &badge, mr);
    seL4_Error error = (seL4_Error)seL4_MessageInfo_get_label(reply);
    if (error != seL4_NoError)
        seL4_StoreMRs(mr);
    return error;
}

#define SEL4_INVOKE(service, label, caps, ...)                                                   \
    ({                                                                                           \
        const seL4_Word sel4_args_[] = {__VA_ARGS__};                                            \
        seL4_Word sel4_mr_[4];                                                                   \
        seL4_InvokeMRs(service, label, caps, sizeof(sel4_args_) / sizeof(seL4_Word), sel4_args_, \
                       sel4_mr_);                                                                \
    })

static inline seL4_Error seL4_InvokeNullary(seL4_CPtr service, seL4_InvocationLabel label,
                                            seL4_Word caps)
{
    seL4_Word mr[4];
    return seL4_InvokeMRs(service, label, caps, 0, nullptr, mr);
}

// Untyped

static inline seL4_Error seL4_Untyped_Retype(seL4_Untyped service, seL4_Word type,
                                             seL4_Word size_bits, seL4_CNode root,
                                             seL4_Word node_index, seL4_Word node_depth,
                                             seL4_Word node_offset, seL4_Word num_objects)
{
    seL4_SetCap(0, root);
    return SEL4_INVOKE(service, UntypedRetype, 1, type, size_bits, node_index, node_depth,
                       node_offset, num_objects);
}

// TCB

static inline seL4_Error seL4_TCB_ReadRegisters(seL4_TCB service, seL4_Bool suspend_source,
                                                seL4_Uint8 arch_flags, seL4_Word count,
                                                seL4_UserContext *regs)
{
    const seL4_Word args[] = {(suspend_source & 1u) | (seL4_Word)arch_flags << 8, count};
    seL4_Word mr[4];
    seL4_Error error = seL4_InvokeMRs(service, TCBReadRegisters, 0, 2, args, mr);
    if (error != seL4_NoError)
        return error;
    seL4_Word *words = (seL4_Word *)regs;
    for (seL4_Word i = 0; i < count && i < seL4_UserContextRegisters; i++)
        words[i] = i < seL4_FastMessageRegisters ? mr[i] : seL4_GetMR((int)i);
    return error;
}

static inline seL4_Error seL4_TCB_WriteRegisters(seL4_TCB service, seL4_Bool resume_target,
                                                 seL4_Uint8 arch_flags, seL4_Word count,
                                                 const seL4_UserContext *regs)
{
    seL4_Word args[2 + seL4_UserContextRegisters] = {
        (resume_target & 1u) | (seL4_Word)arch_flags << 8, count};
    const seL4_Word *words = (const seL4_Word *)regs;
    for (seL4_Word i = 0; i < seL4_UserContextRegisters; i++)
        args[2 + i] = words[i];
    seL4_Word mr[4];
    return seL4_InvokeMRs(service, TCBWriteRegisters, 0, 2 + seL4_UserContextRegisters, args, mr);
}

static inline seL4_Error seL4_TCB_CopyRegisters(seL4_TCB service, seL4_TCB source,
                                                seL4_Bool suspend_source, seL4_Bool resume_target,
                                                seL4_Bool transfer_frame,
                                                seL4_Bool transfer_integer, seL4_Uint8 arch_flags)
{
    seL4_SetCap(0, source);
    return SEL4_INVOKE(service, TCBCopyRegisters, 1,
                       (suspend_source & 1u) | (resume_target & 1u) << 1 |
                           (transfer_frame & 1u) << 2 | (transfer_integer & 1u) << 3 |
                           (seL4_Word)arch_flags << 8);
}

static inline seL4_Error seL4_TCB_Configure(seL4_TCB service, seL4_Word fault_ep,
                                            seL4_CNode cspace_root, seL4_Word cspace_root_data,
                                            seL4_CPtr vspace_root, seL4_Word vspace_root_data,
                                            seL4_Word buffer, seL4_CPtr buffer_frame)
{
    seL4_SetCap(0, cspace_root);
    seL4_SetCap(1, vspace_root);
    seL4_SetCap(2, buffer_frame);
    return SEL4_INVOKE(service, TCBConfigure, 3, fault_ep, cspace_root_data, vspace_root_data,
                       buffer);
}

static inline seL4_Error seL4_TCB_SetPriority(seL4_TCB service, seL4_TCB authority,
                                              seL4_Word priority)
{
    seL4_SetCap(0, authority);
    return SEL4_INVOKE(service, TCBSetPriority, 1, priority);
}

static inline seL4_Error seL4_TCB_SetMCPriority(seL4_TCB service, seL4_TCB authority, seL4_Word mcp)
{
    seL4_SetCap(0, authority);
    return SEL4_INVOKE(service, TCBSetMCPriority, 1, mcp);
}

static inline seL4_Error seL4_TCB_SetSchedParams(seL4_TCB service, seL4_TCB authority,
                                                 seL4_Word mcp, seL4_Word priority)
{
    seL4_SetCap(0, authority);
    return SEL4_INVOKE(service, TCBSetSchedParams, 1, mcp, priority);
}

static inline seL4_Error seL4_TCB_SetIPCBuffer(seL4_TCB service, seL4_Word buffer,
                                               seL4_CPtr buffer_frame)
{
    seL4_SetCap(0, buffer_frame);
    return SEL4_INVOKE(service, TCBSetIPCBuffer, 1, buffer);
}

static inline seL4_Error seL4_TCB_SetSpace(seL4_TCB service, seL4_Word fault_ep,
                                           seL4_CNode cspace_root, seL4_Word cspace_root_data,
                                           seL4_CPtr vspace_root, seL4_Word vspace_root_data)
{
    seL4_SetCap(0, cspace_root);
    seL4_SetCap(1, vspace_root);
    return SEL4_INVOKE(service, TCBSetSpace, 2, fault_ep, cspace_root_data, vspace_root_data);
}

static inline seL4_Error seL4_TCB_Suspend(seL4_TCB service)
{
    return seL4_InvokeNullary(service, TCBSuspend, 0);
}

static inline seL4_Error seL4_TCB_Resume(seL4_TCB service)
{
    return seL4_InvokeNullary(service, TCBResume, 0);
}

static inline seL4_Error seL4_TCB_BindNotification(seL4_TCB service, seL4_CPtr notification)
{
    seL4_SetCap(0, notification);
    return seL4_InvokeNullary(service, TCBBindNotification, 1);
}

static inline seL4_Error seL4_TCB_UnbindNotification(seL4_TCB service)
{
    return seL4_InvokeNullary(service, TCBUnbindNotification, 0);
}

static inline seL4_Error seL4_TCB_SetTLSBase(seL4_TCB service, seL4_Word tls_base)
{
    return SEL4_INVOKE(service, TCBSetTLSBase, 0, tls_base);
}

// Clear, then set, flags of a thread; the resulting flags go to *flags.
static inline seL4_Error seL4_TCB_SetFlags(seL4_TCB service, seL4_Word clear, seL4_Word set,
                                           seL4_Word *flags)
{
    const seL4_Word args[] = {clear, set};
    seL4_Word mr[4];
    seL4_Error error = seL4_InvokeMRs(service, TCBSetFlags, 0, 2, args, mr);
    if (error == seL4_NoError && flags)
        *flags = mr[0];
    return error;
}

// CNode

static inline seL4_Error seL4_CNode_Revoke(seL4_CNode service, seL4_Word index, seL4_Uint8 depth)
{
    return SEL4_INVOKE(service, CNodeRevoke, 0, index, depth);
}

static inline seL4_Error seL4_CNode_Delete(seL4_CNode service, seL4_Word index, seL4_Uint8 depth)
{
    return SEL4_INVOKE(service, CNodeDelete, 0, index, depth);
}

static inline seL4_Error seL4_CNode_CancelBadgedSends(seL4_CNode service, seL4_Word index,
                                                      seL4_Uint8 depth)
{
    return SEL4_INVOKE(service, CNodeCancelBadgedSends, 0, index, depth);
}

static inline seL4_Error seL4_CNode_Copy(seL4_CNode service, seL4_Word dest_index,
                                         seL4_Uint8 dest_depth, seL4_CNode src_root,
                                         seL4_Word src_index, seL4_Uint8 src_depth,
                                         seL4_CapRights_t rights)
{
    seL4_SetCap(0, src_root);
    return SEL4_INVOKE(service, CNodeCopy, 1, dest_index, dest_depth, src_index, src_depth,
                       rights.words[0]);
}

static inline seL4_Error seL4_CNode_Mint(seL4_CNode service, seL4_Word dest_index,
                                         seL4_Uint8 dest_depth, seL4_CNode src_root,
                                         seL4_Word src_index, seL4_Uint8 src_depth,
                                         seL4_CapRights_t rights, seL4_Word badge)
{
    seL4_SetCap(0, src_root);
    return SEL4_INVOKE(service, CNodeMint, 1, dest_index, dest_depth, src_index, src_depth,
                       rights.words[0], badge);
}

static inline seL4_Error seL4_CNode_Move(seL4_CNode service, seL4_Word dest_index,
                                         seL4_Uint8 dest_depth, seL4_CNode src_root,
                                         seL4_Word src_index, seL4_Uint8 src_depth)
{
    seL4_SetCap(0, src_root);
    return SEL4_INVOKE(service, CNodeMove, 1, dest_index, dest_depth, src_index, src_depth);
}

static inline seL4_Error seL4_CNode_Mutate(seL4_CNode service, seL4_Word dest_index,
                                           seL4_Uint8 dest_depth, seL4_CNode src_root,
                                           seL4_Word src_index, seL4_Uint8 src_depth,
                                           seL4_Word badge)
{
    seL4_SetCap(0, src_root);
    return SEL4_INVOKE(service, CNodeMutate, 1, dest_index, dest_depth, src_index, src_depth,
                       badge);
}

static inline seL4_Error seL4_CNode_Rotate(seL4_CNode service, seL4_Word dest_index,
                                           seL4_Uint8 dest_depth, seL4_Word dest_badge,
                                           seL4_CNode pivot_root, seL4_Word pivot_index,
                                           seL4_Uint8 pivot_depth, seL4_Word pivot_badge,
                                           seL4_CNode src_root, seL4_Word src_index,
                                           seL4_Uint8 src_depth)
{
    seL4_SetCap(0, pivot_root);
    seL4_SetCap(1, src_root);
    return SEL4_INVOKE(service, CNodeRotate, 2, dest_index, dest_depth, dest_badge, pivot_index,
                       pivot_depth, pivot_badge, src_index, src_depth);
}

static inline seL4_Error seL4_CNode_SaveCaller(seL4_CNode service, seL4_Word index,
                                               seL4_Uint8 depth)
{
    return SEL4_INVOKE(service, CNodeSaveCaller, 0, index, depth);
}

// Interrupts

static inline seL4_Error seL4_IRQControl_Get(seL4_IRQControl service, seL4_Word irq,
                                             seL4_CNode root, seL4_Word index, seL4_Uint8 depth)
{
    seL4_SetCap(0, root);
    return SEL4_INVOKE(service, IRQIssueIRQHandler, 1, irq, index, depth);
}

static inline seL4_Error seL4_IRQControl_GetIOAPIC(seL4_IRQControl service, seL4_CNode root,
                                                   seL4_Word index, seL4_Uint8 depth,
                                                   seL4_Word ioapic, seL4_Word pin, seL4_Word level,
                                                   seL4_Word polarity, seL4_Word vector)
{
    seL4_SetCap(0, root);
    return SEL4_INVOKE(service, X86IRQIssueIRQHandlerIOAPIC, 1, index, depth, ioapic, pin, level,
                       polarity, vector);
}

static inline seL4_Error seL4_IRQControl_GetMSI(seL4_IRQControl service, seL4_CNode root,
                                                seL4_Word index, seL4_Uint8 depth,
                                                seL4_Word pci_bus, seL4_Word pci_dev,
                                                seL4_Word pci_func, seL4_Word handle,
                                                seL4_Word vector)
{
    seL4_SetCap(0, root);
    return SEL4_INVOKE(service, X86IRQIssueIRQHandlerMSI, 1, index, depth, pci_bus, pci_dev,
                       pci_func, handle, vector);
}

static inline seL4_Error seL4_IRQHandler_Ack(seL4_IRQHandler service)
{
    return seL4_InvokeNullary(service, IRQAckIRQ, 0);
}

static inline seL4_Error seL4_IRQHandler_SetNotification(seL4_IRQHandler service,
                                                         seL4_CPtr notification)
{
    seL4_SetCap(0, notification);
    return seL4_InvokeNullary(service, IRQSetIRQHandler, 1);
}

static inline seL4_Error seL4_IRQHandler_Clear(seL4_IRQHandler service)
{
    return seL4_InvokeNullary(service, IRQClearIRQHandler, 0);
}

// Domains

static inline seL4_Error seL4_DomainSet_Set(seL4_DomainSet service, seL4_Uint8 domain,
                                            seL4_TCB thread)
{
    seL4_SetCap(0, thread);
    return SEL4_INVOKE(service, DomainSetSet, 1, domain);
}

static inline seL4_Error seL4_DomainSet_ScheduleConfigure(seL4_DomainSet service, seL4_Word index,
                                                          seL4_Uint8 domain, seL4_Time duration)
{
    return SEL4_INVOKE(service, DomainScheduleConfigure, 0, index, domain, duration);
}

static inline seL4_Error seL4_DomainSet_ScheduleSetStart(seL4_DomainSet service, seL4_Word index)
{
    return SEL4_INVOKE(service, DomainScheduleSetStart, 0, index);
}

// Address spaces

static inline seL4_Error seL4_X86_PDPT_Map(seL4_X86_PDPT service, seL4_X64_PML4 pml4,
                                           seL4_Word vaddr, seL4_X86_VMAttributes attr)
{
    seL4_SetCap(0, pml4);
    return SEL4_INVOKE(service, X86PDPTMap, 1, vaddr, (seL4_Word)attr);
}

static inline seL4_Error seL4_X86_PDPT_Unmap(seL4_X86_PDPT service)
{
    return seL4_InvokeNullary(service, X86PDPTUnmap, 0);
}

static inline seL4_Error seL4_X86_PageDirectory_Map(seL4_X86_PageDirectory service,
                                                    seL4_CPtr vspace, seL4_Word vaddr,
                                                    seL4_X86_VMAttributes attr)
{
    seL4_SetCap(0, vspace);
    return SEL4_INVOKE(service, X86PageDirectoryMap, 1, vaddr, (seL4_Word)attr);
}

static inline seL4_Error seL4_X86_PageDirectory_Unmap(seL4_X86_PageDirectory service)
{
    return seL4_InvokeNullary(service, X86PageDirectoryUnmap, 0);
}

static inline seL4_Error seL4_X86_PageTable_Map(seL4_X86_PageTable service, seL4_CPtr vspace,
                                                seL4_Word vaddr, seL4_X86_VMAttributes attr)
{
    seL4_SetCap(0, vspace);
    return SEL4_INVOKE(service, X86PageTableMap, 1, vaddr, (seL4_Word)attr);
}

static inline seL4_Error seL4_X86_PageTable_Unmap(seL4_X86_PageTable service)
{
    return seL4_InvokeNullary(service, X86PageTableUnmap, 0);
}

static inline seL4_Error seL4_X86_Page_Map(seL4_X86_Page service, seL4_CPtr vspace, seL4_Word vaddr,
                                           seL4_CapRights_t rights, seL4_X86_VMAttributes attr)
{
    seL4_SetCap(0, vspace);
    return SEL4_INVOKE(service, X86PageMap, 1, vaddr, rights.words[0], (seL4_Word)attr);
}

static inline seL4_Error seL4_X86_Page_Unmap(seL4_X86_Page service)
{
    return seL4_InvokeNullary(service, X86PageUnmap, 0);
}

static inline seL4_Error seL4_X86_Page_GetAddress(seL4_X86_Page service, seL4_PAddr *paddr)
{
    seL4_Word mr[4];
    seL4_Error error = seL4_InvokeMRs(service, X86PageGetAddress, 0, 0, nullptr, mr);
    *paddr = error == seL4_NoError ? mr[0] : 0;
    return error;
}

static inline seL4_Error seL4_X86_ASIDControl_MakePool(seL4_X86_ASIDControl service,
                                                       seL4_Untyped untyped, seL4_CNode root,
                                                       seL4_Word index, seL4_Uint8 depth)
{
    seL4_SetCap(0, untyped);
    seL4_SetCap(1, root);
    return SEL4_INVOKE(service, X86ASIDControlMakePool, 2, index, depth);
}

static inline seL4_Error seL4_X86_ASIDPool_Assign(seL4_X86_ASIDPool service, seL4_CPtr vspace)
{
    seL4_SetCap(0, vspace);
    return seL4_InvokeNullary(service, X86ASIDPoolAssign, 1);
}

// I/O ports

static inline seL4_Error seL4_X86_IOPortControl_Issue(seL4_X86_IOPortControl service,
                                                      seL4_Word first_port, seL4_Word last_port,
                                                      seL4_CNode root, seL4_Word index,
                                                      seL4_Uint8 depth)
{
    seL4_SetCap(0, root);
    return SEL4_INVOKE(service, X86IOPortControlIssue, 1, first_port, last_port, index, depth);
}

static inline seL4_Error seL4_IOPortIn(seL4_X86_IOPort service, seL4_InvocationLabel label,
                                       seL4_Uint16 port, seL4_Word *result)
{
    const seL4_Word args[] = {port};
    seL4_Word mr[4];
    seL4_Error error = seL4_InvokeMRs(service, label, 0, 1, args, mr);
    *result = error == seL4_NoError ? mr[0] : 0;
    return error;
}

static inline seL4_Error seL4_X86_IOPort_In8(seL4_X86_IOPort service, seL4_Uint16 port,
                                             seL4_Uint8 *result)
{
    seL4_Word value;
    seL4_Error error = seL4_IOPortIn(service, X86IOPortIn8, port, &value);
    *result = (seL4_Uint8)value;
    return error;
}

static inline seL4_Error seL4_X86_IOPort_In16(seL4_X86_IOPort service, seL4_Uint16 port,
                                              seL4_Uint16 *result)
{
    seL4_Word value;
    seL4_Error error = seL4_IOPortIn(service, X86IOPortIn16, port, &value);
    *result = (seL4_Uint16)value;
    return error;
}

static inline seL4_Error seL4_X86_IOPort_In32(seL4_X86_IOPort service, seL4_Uint16 port,
                                              seL4_Uint32 *result)
{
    seL4_Word value;
    seL4_Error error = seL4_IOPortIn(service, X86IOPortIn32, port, &value);
    *result = (seL4_Uint32)value;
    return error;
}

static inline seL4_Error seL4_X86_IOPort_Out8(seL4_X86_IOPort service, seL4_Word port,
                                              seL4_Word data)
{
    return SEL4_INVOKE(service, X86IOPortOut8, 0, port, data);
}

static inline seL4_Error seL4_X86_IOPort_Out16(seL4_X86_IOPort service, seL4_Word port,
                                               seL4_Word data)
{
    return SEL4_INVOKE(service, X86IOPortOut16, 0, port, data);
}

static inline seL4_Error seL4_X86_IOPort_Out32(seL4_X86_IOPort service, seL4_Word port,
                                               seL4_Word data)
{
    return SEL4_INVOKE(service, X86IOPortOut32, 0, port, data);
}
