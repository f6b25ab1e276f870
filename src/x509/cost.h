/*
 * cost: what opening something encrypted costs, known before it is paid.
 *
 * OpenSSL has no cap on iteration counts: 2^31 - 1 of them take minutes, and a hundred harmless
 * counts in one file add up. Counts are read as big numbers, the sum over all files of a source is
 * capped. The unit is one iteration of a PBKDF2 or PKCS#12 derivation, about 0.3 to 1 microsecond.
 * A fuzzer has to try thousands of files a second: what is built for it has a cap of milliseconds.
 */
#ifndef CERTROLL_X509_COST_H
#define CERTROLL_X509_COST_H

#include "x509/reading.h"

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
enum { COST_MOST = 20 * 1000 };
#else
enum { COST_MOST = 6 * 1000 * 1000 }; /* honest files have up to 4 million: MAC, safes and key */
#endif

enum {
    COST_PARAMETERS_MOST = 64 * 1024,           /* bytes of salt, counts and names */
    COST_SCRYPT_MEMORY_MOST = 32 * 1024 * 1024, /* OpenSSL's own limit for EVP_PBE_scrypt */
};

/* The cost of a PBE algorithm (PKCS#12 and PKCS#5 schemes, PBES2 with PBKDF2 or scrypt). 0, or -1
 * with a problem: unsupported, too_expensive (scrypt memory) or unreadable. */
int cost_of(struct reading *reading, const X509_ALGOR *algorithm, const char *what, uint64_t *ret);

/* A count of iterations; above 2^64 it is 2^64 - 1. -1 for zero and below, which is none (RFC 8018,
 * A.2: from 1 on). */
int cost_of_count(const ASN1_INTEGER *count, uint64_t *ret);

/* Counts what a file asks for, before anything of it is paid: 0, or -1 with too_expensive. */
int cost_declare(struct reading *reading, uint64_t cost);

/* Counts a derivation that is about to be made, one for each form of the password that is tried:
 * 0, or -1 with too_expensive. */
int cost_pay(struct reading *reading, uint64_t cost);

#endif
