#include "x509/pkcs7.h"

#include "x509/oid.h"

static int damaged(struct reading *reading)
{
    return reading_fail(reading, PROBLEM_UNREADABLE,
                        "is damaged: its PKCS#7 structure cannot be decoded");
}

/* Certificates of other kinds than X.509 (attribute certificates) are tagged, not SEQUENCEs. */
static int add_all(struct reading *reading, struct pile *pile, struct slice list)
{
    struct tlv one;
    int found;
    while ((found = tlv_next(&list, &one)) == 1)
        if (one.tag == TLV_SEQUENCE && pile_add_certificate(reading, pile, one.whole) != 0)
            return -1;
    return found == 0 ? 0 : damaged(reading);
}

int pkcs7_read(struct reading *reading, struct pile *pile, struct slice bytes)
{
    struct tlv info, type, value, data, part;
    if (tlv_expect(&bytes, TLV_SEQUENCE, &info) != 0 ||
        tlv_expect(&info.content, TLV_OBJECT, &type) != 0)
        return damaged(reading);
    if (!oid_is(type.content, OID_SIGNED_DATA))
        return reading_fail(reading, PROBLEM_NOT_A_CERTIFICATE,
                            "is a PKCS#7 message without certificates (encrypted or plain data)");
    if (tlv_expect(&info.content, TLV_CONTEXT_0, &value) != 0 ||
        tlv_expect(&value.content, TLV_SEQUENCE, &data) != 0 ||
        tlv_expect(&data.content, TLV_INTEGER, &part) != 0 || /* version */
        tlv_next(&data.content, &part) != 1 ||                /* digestAlgorithms */
        tlv_expect(&data.content, TLV_SEQUENCE, &part) != 0)  /* contentInfo */
        return damaged(reading);
    pile_note_other(reading, pile, "a PKCS#7 message");
    if (!tlv_is_next(data.content, TLV_CONTEXT_0))
        return 0;
    if (tlv_expect(&data.content, TLV_CONTEXT_0, &part) != 0)
        return damaged(reading);
    return add_all(reading, pile, part.content);
}
