/* sound: what no policy allows a bundle to be. */
#ifndef CERTROLL_TESTS_CORPUS_SOUND_H
#define CERTROLL_TESTS_CORPUS_SOUND_H

#include "x509/source.h"

/* Decodes what is to be written: the certificate has the fingerprint, the key is its own, and each
 * one of the chain has the name that the one before calls its issuer. NULL, or what is wrong. */
const char *sound_find_fault(const struct bundle *bundle);

#endif
