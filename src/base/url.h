/* url: what the address of a receiver may be, wherever it comes from. */
#ifndef CERTROLL_BASE_URL_H
#define CERTROLL_BASE_URL_H

enum { URL_MOST = 2048 }; /* bytes */

#endif
