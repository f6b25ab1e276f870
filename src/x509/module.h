/*
 * module: this folder as a library of its own, which the program loads when it opens the first
 * source. With it comes libcrypto, whose loading takes longer than a whole run that opens none.
 *
 * Who links certroll_x509_loader has source_load() (source.h), issuers_new() and issuers_done()
 * (issuers.h) from there; tests and fuzzers link certroll_x509 and have them as they are.
 */
#ifndef CERTROLL_X509_MODULE_H
#define CERTROLL_X509_MODULE_H

#include "x509/issuers.h"
#include "x509/openssl.h"
#include "x509/source.h"

struct x509_module {
    __typeof__(openssl_watch_memory) *watch_memory;
    __typeof__(openssl_lacked_memory) *lacked_memory;
    __typeof__(source_load) *load;
    __typeof__(issuers_new) *issuers_new;
    __typeof__(issuers_done) *issuers_done;
};

extern const struct x509_module certroll_x509;

#endif
