/* url: what may be posted to. Internal to deliver. */
#ifndef CERTROLL_DELIVER_URL_H
#define CERTROLL_DELIVER_URL_H

#include <stdbool.h>

/* The objection of deliver_url_objection() to a URL that there was no memory to look at. */
extern const char url_no_memory[];

/* The same scheme, host and port; false for what is no such URL. */
bool url_same_origin(const char *left, const char *right);

#endif
