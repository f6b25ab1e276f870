#include "manifest/types.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { HOUR = 3600 };

/* name, needs a key, serves TLS, least overlap, what it is for */
const struct type types_builtin[] = {
    {"AccessEdgeExternal", true, true, 0, "SIP with remote users and federated domains (edge)"},
    {"AudioVideoAuthentication", true, false, 8 * HOUR,
     "Signs the tokens that let media through the edge"},
    {"DataEdgeExternal", true, true, 0, "Web conferencing with remote users (edge)"},
    {"Default", true, true, 0, "Every service that has no certificate of its own"},
    {"External", true, true, 0, "Services that face the internet"},
    {"Internal", true, true, 0, "Services that face the internal network"},
    {"LogRetentionService", true, true, 0, "The log retention service"},
    {"MPNService", true, false, 0, "Push notifications to Microsoft's service"},
    {"OAuthTokenIssuer", true, false, 24 * HOUR, "Signs OAuth tokens between servers"},
    {"PICWebService", true, true, 0, "The public instant messaging web service"},
    {"ProvisionService", true, true, 0, "The provisioning service"},
    {"SMPDNSWebService", true, true, 0, "The DNS web service"},
    {"TenantAdmin", true, true, 0, "Administration of tenants"},
    {"UpgradeEngineService", true, true, 0, "The upgrade engine"},
    {"UserDefined", false, false, 0, "Whatever the host needs; a certificate alone will do"},
    {"WebServicesExternal", true, true, 0, "Web services that face the internet"},
    {"WebServicesInternal", true, true, 0, "Web services that face the internal network"},
    {"WsFedTokenTransfer", true, false, 0, "Signs WS-Federation tokens"},
    {"XMPPServer", true, true, 0, "The XMPP gateway"},
    {"iPadAPNService", true, false, 0, "Push notifications to iPads"},
    {"iPhoneAPNService", true, false, 0, "Push notifications to iPhones"},
};

const size_t types_builtin_count = sizeof(types_builtin) / sizeof(types_builtin[0]);

const struct type types_custom = {"", true, false, 0, "A type of the manifest's custom_types"};

static const struct type *find(const char *name, size_t length)
{
    int first = tolower((unsigned char)name[0]);
    for (size_t i = 0; i < types_builtin_count; i++) {
        const char *known = types_builtin[i].name;
        if (tolower((unsigned char)known[0]) == first && strncasecmp(known, name, length) == 0 &&
            known[length] == '\0')
            return &types_builtin[i];
    }
    return NULL;
}

const struct type *types_find(const char *name)
{
    return find(name, strlen(name));
}

const struct type *types_rules(const char *type_and_instance)
{
    const struct type *type = find(type_and_instance, strcspn(type_and_instance, "@"));
    return type ? type : &types_custom;
}
