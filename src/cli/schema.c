#include "manifest/schema.h"
#include "cli/command.h"
#include "report/schema.h"

#include <string.h>

static const struct {
    const char *name;
    enum report_kind kind;
} outputs[] = {{"plan", REPORT_PLAN}, {"report", REPORT_RUN}, {"status", REPORT_STATUS}};

static int make_schema(const char *name, struct text *ret)
{
    for (size_t i = 0; i < sizeof(outputs) / sizeof(*outputs); i++)
        if (strcmp(name, outputs[i].name) == 0)
            return report_schema(outputs[i].kind, ret);
    return manifest_schema(ret);
}

static bool is_known(const char *name)
{
    for (size_t i = 0; i < sizeof(outputs) / sizeof(*outputs); i++)
        if (strcmp(name, outputs[i].name) == 0)
            return true;
    return strcmp(name, "manifest") == 0;
}

int command_schema(struct session *session)
{
    const struct options *options = session->options;
    const char *name = options->operand_count ? options->operands[0] : "manifest";
    struct text text = TEXT_INIT;
    int code = EXIT_FAILED;
    if (!is_known(name))
        return session_usage("schema", "there is no schema '%s'", name);
    if (make_schema(name, &text) == 0)
        code = session_print(text_string(&text));
    else
        session_say("out of memory");
    text_done(&text);
    return code;
}
