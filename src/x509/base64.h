/* base64: PEM's body (RFC 7468), read into and written from memory that is wiped. */
#ifndef CERTROLL_X509_BASE64_H
#define CERTROLL_X509_BASE64_H

#include "base/arena.h"
#include "x509/tlv.h"

enum base64_result { BASE64_DONE, BASE64_INVALID, BASE64_NO_MEMORY };

/* White space is passed over; anything else that does not belong there is invalid, and so is a
 * length that is no whole number of groups. *ret is the caller's to free. */
enum base64_result base64_read(struct slice text, struct secret **ret);

/* A PEM block: BEGIN line, lines of 64 characters, END line. */
size_t base64_pem_size(const char *label, size_t size); /* without the NUL */
void base64_pem_write(const char *label, struct slice der, char *ret_text);

#endif
