// Each service of the table takes as many arguments as its prototype says: a call with that many is valid C. Nothing is called.
#include <nt.h>
#include <nt/nthost.h>
#include <nt/nthostcaller.h>
#include <nt/nthostsecurity.h>
#include <nt/nthostdma.h>
#include <nt/ntioring.h>

#define ZEROS_0
#define ZEROS_1  0
#define ZEROS_2  ZEROS_1, 0
#define ZEROS_3  ZEROS_2, 0
#define ZEROS_4  ZEROS_3, 0
#define ZEROS_5  ZEROS_4, 0
#define ZEROS_6  ZEROS_5, 0
#define ZEROS_7  ZEROS_6, 0
#define ZEROS_8  ZEROS_7, 0
#define ZEROS_9  ZEROS_8, 0
#define ZEROS_10 ZEROS_9, 0
#define ZEROS_11 ZEROS_10, 0
#define ZEROS_12 ZEROS_11, 0
#define ZEROS_13 ZEROS_12, 0
#define ZEROS_14 ZEROS_13, 0
#define ZEROS_15 ZEROS_14, 0
#define ZEROS_16 ZEROS_15, 0
#define ZEROS_17 ZEROS_16, 0

#define SERVICE(Name, Arguments) typedef typeof(Name(ZEROS_##Arguments)) Name##Result;
#define UNSUPPORTED(Name, Arguments)
#include <nt/services.inc>
