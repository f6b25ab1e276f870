/*
 * outlook: what the calendar holds for a slot: who serves it until when, and when nobody does.
 * Internal to report.
 */
#ifndef CERTROLL_REPORT_OUTLOOK_H
#define CERTROLL_REPORT_OUTLOOK_H

#include "report/rows.h"

/* What a slot is looked at for; the worst first. */
enum concern {
    CONCERN_EXPIRED,  /* its certificate has expired */
    CONCERN_GAP,      /* for a time nobody will serve it */
    CONCERN_EMPTY,    /* nobody serves it yet, or any more */
    CONCERN_UNKNOWN,  /* the index does not know one of its certificates */
    CONCERN_EXPIRING, /* its last certificate expires within WORDS_HORIZON */
    CONCERN_ROLL,     /* a hand-over lies ahead */
    CONCERN_OVERLAP,  /* one is behind it, and the old certificate is still valid */
    CONCERN_NONE,
};

struct outlook {
    const struct slot_row *slot;
    enum concern concern;
    const struct certificate_row *row; /* that it is about; NULL: none */
    instant at;    /* when that is, or begins; INSTANT_NONE of what is unknown */
    instant until; /* when the time that nobody serves it ends; INSTANT_NONE: there is none, or no
                      end of it */
};

/* The slots of a document by concern, then by the time of it. *ret is the caller's to free. 0, or
 * -1 when memory is out. */
int outlook_make(const struct document *document, instant now, struct outlook **ret);

/* When the certificate began, or begins, to serve its slot. */
instant outlook_begin(const struct certificate_row *row);

/* "web-2027 takes over in 23 days": in HTML, without a full stop. */
void outlook_add(struct text *text, const struct outlook *outlook, instant now);

#endif
