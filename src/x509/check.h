/* check: what can be said against a certificate whose use is still allowed. */
#ifndef CERTROLL_X509_CHECK_H
#define CERTROLL_X509_CHECK_H

#include "x509/chain.h"

/* The bits of enum finding. */
unsigned check_findings(struct reading *reading, struct decoded *leaf, const struct chain *chain);

#endif
