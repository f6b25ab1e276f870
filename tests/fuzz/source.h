/*
 * source: an input of a fuzz target as a source, with all that a manifest may say of one.
 *
 * The input ends in a tail of six bytes, so that a seed is a file with a tail behind it:
 *   the password's number (source.c), options,
 *   the size of the second file, which stands before the tail, in two bytes,
 *   the number of the allocation that fails, 0 for none, in two bytes, the higher one first.
 */
#ifndef CERTROLL_TESTS_FUZZ_SOURCE_H
#define CERTROLL_TESTS_FUZZ_SOURCE_H

#include "fuzz.h"

#include "x509/detect.h"

enum { FUZZ_TAIL_SIZE = 6 };

enum fuzz_options {
    FUZZ_AS_KEY = 1 << 0, /* the second file is that of key_path */
    FUZZ_AS_CHAIN = 1 << 1,
    FUZZ_WRONG_PIN = 1 << 2,
    FUZZ_AGAIN = 1 << 3, /* what was loaded is loaded once more, by its fingerprint and subject */
    FUZZ_SUBJECT = 1 << 4,
    FUZZ_ANY_MAC = 1 << 5, /* a MAC that fits no password fits, or else no change gets past it */
    FUZZ_AS_PASSWORD = 1 << 6, /* the second file is the password, and nothing else */
};

/* Loads it where its first file is of a format that the target is for. */
void fuzz_source(const uint8_t *data, size_t size, bool (*accepts)(enum format format));

#endif
