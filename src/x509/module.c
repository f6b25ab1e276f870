#include "x509/module.h"

const struct x509_module certroll_x509 = {openssl_watch_memory, openssl_lacked_memory, source_load,
                                          issuers_new, issuers_done};
