/*
 * reading: what one call of source_load carries from file to file: whom to tell, the password and
 * its forms, and how much work was asked for so far.
 */
#ifndef CERTROLL_X509_READING_H
#define CERTROLL_X509_READING_H

#include "x509/openssl.h"
#include "x509/source.h"

#include <stdint.h>

/* Which of the source's files is being read. */
enum role { ROLE_SOURCE, ROLE_KEY, ROLE_CHAIN };

/* A password as a key derivation takes it; NULL is none at all, which is not the empty one:
 * PKCS#12's own derivation gives them different keys (RFC 7292, B.1). */
struct phrase {
    const char *bytes;
    int size;
};

enum {
    PHRASES_MOST = 3,
    READING_COPY_MOST = 4 * 1024 * 1024, /* bytes that are joined, decoded or decrypted at a time */
};

struct phrases {
    const struct secret *given;
    struct secret *others[PHRASES_MOST];
    struct phrase list[PHRASES_MOST];
    size_t count;
    size_t best; /* the one that last fitted */
    bool asked;
    bool fitted;  /* it fitted something in the file that is being read */
    bool vouched; /* it fitted that file's MAC */
};

struct reading {
    const struct source *source;
    struct arena *arena;
    struct problems *problems;
    OSSL_LIB_CTX *library;
    enum role role;
    const char *path; /* of the file being read */
    struct phrases phrases;
    uint64_t declared; /* derivation steps that the files ask for (cost.h) */
    uint64_t paid;     /* and those that were made */
    size_t signatures; /* that were verified */
    size_t curves;     /* that were written out (curve.h) */
};

/* 0, or -1 with a problem when memory is out. */
int reading_init(struct reading *reading, const struct source *source, struct arena *arena,
                 struct problems *problems);
void reading_done(struct reading *reading);

/* Adds a problem about the file that is being read, its path before the text, and returns -1.
 * Where OpenSSL had found no memory, that is the problem instead. */
int reading_fail(struct reading *reading, enum problem_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int reading_no_memory(struct reading *reading);

/* Nothing fitted: wrong_password about what, or password_needed where none was given. */
int reading_wrong_password(struct reading *reading, const char *what);

/* Asks for the password, unless it was asked for, and makes its forms: as it was given; as Latin-1
 * where it was given in UTF-8; and its bytes, taken for Latin-1, in UTF-8 (which serves Latin-1
 * passwords, and undoes what OpenSSL 1.0 did to UTF-8 ones). Without a password, and for an empty
 * one: none and "". 0, or -1 with a problem. */
int reading_ask(struct reading *reading);

/* The forms, the one that last fitted first: the i-th, for i below phrases.count. */
struct phrase reading_phrase(const struct reading *reading, size_t i);

/* A form, which is not none, as a BMPString with its terminator (RFC 7292, B.1). *ret is the
 * caller's to free. 0, or -1 with a problem when memory is out. */
int reading_bmp_phrase(struct reading *reading, struct phrase phrase, struct secret **ret);

/* Remembers that the i-th of that order fitted. */
void reading_phrase_fits(struct reading *reading, size_t i);

#endif
