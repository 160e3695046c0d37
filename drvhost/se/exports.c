// SeExports: privileges and well-known identifiers, as a structure that drivers find through a variable.

#include "../ntos.h"

// An identifier with up to six parts.
typedef struct _SEP_SID {
    UCHAR Revision, Count;
    SID_IDENTIFIER_AUTHORITY Authority;
    ULONG Parts[6];
} SEP_SID;

#define SEP_PARTS(...) (sizeof((const ULONG[]){__VA_ARGS__}) / sizeof(ULONG))
#define SEP_SID_OF(Authority, ...) \
    ((PSID) &                      \
     (SEP_SID){SID_REVISION, SEP_PARTS(__VA_ARGS__), {{0, 0, 0, 0, 0, Authority}}, {__VA_ARGS__}})

// What Windows 10 has behind the structure of older headers.
static struct {
    SE_EXPORTS Old;
    PSID SeAllAppPackagesSid;
    PSID SeUserModeDriversSid;
    PSID SeProcTrustWinTcbSid;
    PSID SeTrustedInstallerSid;
    LUID SeDelegateSessionUserImpersonatePrivilege;
} SepExports = {
    .Old =
        {
            .SeCreateTokenPrivilege = {2, 0},
            .SeAssignPrimaryTokenPrivilege = {3, 0},
            .SeLockMemoryPrivilege = {4, 0},
            .SeIncreaseQuotaPrivilege = {5, 0},
            .SeUnsolicitedInputPrivilege = {6, 0},
            .SeTcbPrivilege = {7, 0},
            .SeSecurityPrivilege = {8, 0},
            .SeTakeOwnershipPrivilege = {9, 0},
            .SeLoadDriverPrivilege = {10, 0},
            .SeCreatePagefilePrivilege = {15, 0},
            .SeIncreaseBasePriorityPrivilege = {14, 0},
            .SeSystemProfilePrivilege = {11, 0},
            .SeSystemtimePrivilege = {12, 0},
            .SeProfileSingleProcessPrivilege = {13, 0},
            .SeCreatePermanentPrivilege = {16, 0},
            .SeBackupPrivilege = {17, 0},
            .SeRestorePrivilege = {18, 0},
            .SeShutdownPrivilege = {19, 0},
            .SeDebugPrivilege = {20, 0},
            .SeAuditPrivilege = {21, 0},
            .SeSystemEnvironmentPrivilege = {22, 0},
            .SeChangeNotifyPrivilege = {23, 0},
            .SeRemoteShutdownPrivilege = {24, 0},
            .SeUndockPrivilege = {25, 0},
            .SeSyncAgentPrivilege = {26, 0},
            .SeEnableDelegationPrivilege = {27, 0},
            .SeManageVolumePrivilege = {28, 0},
            .SeImpersonatePrivilege = {29, 0},
            .SeCreateGlobalPrivilege = {30, 0},
            .SeTrustedCredManAccessPrivilege = {31, 0},
            .SeRelabelPrivilege = {32, 0},
            .SeIncreaseWorkingSetPrivilege = {33, 0},
            .SeTimeZonePrivilege = {34, 0},
            .SeCreateSymbolicLinkPrivilege = {35, 0},
            .SeNullSid = SEP_SID_OF(0, 0),
            .SeWorldSid = SEP_SID_OF(1, 0),
            .SeLocalSid = SEP_SID_OF(2, 0),
            .SeCreatorOwnerSid = SEP_SID_OF(3, 0),
            .SeCreatorGroupSid = SEP_SID_OF(3, 1),
            .SeNtAuthoritySid = SEP_SID_OF(5, ),
            .SeDialupSid = SEP_SID_OF(5, 1),
            .SeNetworkSid = SEP_SID_OF(5, 2),
            .SeBatchSid = SEP_SID_OF(5, 3),
            .SeInteractiveSid = SEP_SID_OF(5, 4),
            .SeLocalSystemSid = SEP_SID_OF(5, 18),
            .SeAliasAdminsSid = SEP_SID_OF(5, 32, 544),
            .SeAliasUsersSid = SEP_SID_OF(5, 32, 545),
            .SeAliasGuestsSid = SEP_SID_OF(5, 32, 546),
            .SeAliasPowerUsersSid = SEP_SID_OF(5, 32, 547),
            .SeAliasAccountOpsSid = SEP_SID_OF(5, 32, 548),
            .SeAliasSystemOpsSid = SEP_SID_OF(5, 32, 549),
            .SeAliasPrintOpsSid = SEP_SID_OF(5, 32, 550),
            .SeAliasBackupOpsSid = SEP_SID_OF(5, 32, 551),
            .SeAuthenticatedUsersSid = SEP_SID_OF(5, 11),
            .SeRestrictedSid = SEP_SID_OF(5, 12),
            .SeAnonymousLogonSid = SEP_SID_OF(5, 7),
            .SeLocalServiceSid = SEP_SID_OF(5, 19),
            .SeNetworkServiceSid = SEP_SID_OF(5, 20),
            .SeIUserSid = SEP_SID_OF(5, 17),
            .SeUntrustedMandatorySid = SEP_SID_OF(16, 0),
            .SeLowMandatorySid = SEP_SID_OF(16, 4096),
            .SeMediumMandatorySid = SEP_SID_OF(16, 8192),
            .SeHighMandatorySid = SEP_SID_OF(16, 12288),
            .SeSystemMandatorySid = SEP_SID_OF(16, 16384),
            .SeOwnerRightsSid = SEP_SID_OF(3, 4),
        },
    .SeAllAppPackagesSid = SEP_SID_OF(15, 2, 1),
    .SeUserModeDriversSid = SEP_SID_OF(5, 84, 0, 0, 0, 0, 0),
    .SeProcTrustWinTcbSid = SEP_SID_OF(19, 1024, 8192),
    .SeTrustedInstallerSid =
        SEP_SID_OF(5, 80, 956008885, 3418522649u, 1831038044, 1853292631, 2271478464u),
    .SeDelegateSessionUserImpersonatePrivilege = {36, 0},
};

PSE_EXPORTS SeExports = &SepExports.Old;

PSID SepAllAppPackagesSid(void)
{
    return SepExports.SeAllAppPackagesSid;
}

PSID SepUserModeDriversSid(void)
{
    return SepExports.SeUserModeDriversSid;
}
