#include "x509/subject.h"

#include "x509/describe.h"

#include <string.h>
#include <strings.h>

/* Of the whole of bytes, which may hold NULs; the text has none. */
static bool is_text(const unsigned char *bytes, int size, const char *text)
{
    return size > 0 && strlen(text) == (size_t)size &&
           strncasecmp((const char *)bytes, text, (size_t)size) == 0;
}

static bool has_common_name(const X509_NAME *name, const char *text)
{
    bool found = false;
    for (int at = -1; !found && (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;) {
        unsigned char *utf8 = NULL;
        int size =
            ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
        found = is_text(utf8, size, text);
        OPENSSL_free(utf8);
    }
    return found;
}

static bool has_dns_name(X509 *x509, const char *text)
{
    GENERAL_NAMES *names AUTO_OPENSSL(GENERAL_NAMES) = describe_alternative_names(x509);
    bool found = false;
    for (int i = 0; !found && i < sk_GENERAL_NAME_num(names); i++) {
        const ASN1_STRING *name = describe_dns_name(names, i);
        found = name && is_text(ASN1_STRING_get0_data(name), ASN1_STRING_length(name), text);
    }
    return found;
}

int subject_is(struct reading *reading, X509 *x509, const char *text)
{
    const X509_NAME *name = X509_get_subject_name(x509);
    const char *whole = describe_name(reading->arena, name);
    if (!whole)
        return reading_no_memory(reading);
    bool is =
        strcasecmp(whole, text) == 0 || has_common_name(name, text) || has_dns_name(x509, text);
    return openssl_forget_errors() ? reading_no_memory(reading) : is;
}

const char *subject_text(struct reading *reading, X509 *x509)
{
    const char *whole = describe_name(reading->arena, X509_get_subject_name(x509));
    if (!whole || whole[0])
        return whole;
    GENERAL_NAMES *names AUTO_OPENSSL(GENERAL_NAMES) = describe_alternative_names(x509);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const ASN1_STRING *name = describe_dns_name(names, i);
        const char *text = name ? describe_dns_text(reading->arena, name) : NULL;
        if (name)
            return text ? arena_printf(reading->arena, "DNS:%s", text) : NULL;
    }
    return "(no subject)";
}
