/* collect: the files of a source -> the pile. */
#ifndef CERTROLL_X509_COLLECT_H
#define CERTROLL_X509_COLLECT_H

#include "x509/pile.h"

/* 0, or -1 with a problem. pile_done() in any case. */
int collect_source(struct reading *reading, struct pile *pile);

#endif
