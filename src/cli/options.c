#include "cli/options.h"

#include "base/text.h"
#include "deliver/deliver.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum kind { FLAG, TEXT, URL, LIST, NUMBER, CHOICE };

struct row {
    const char *name;
    char letter; /* or 0 */
    enum kind kind;
    size_t offset;
    unsigned commands;
    const char *argument; /* as the help names it; of a CHOICE: the choices */
    const char *environment;
    int least, most; /* of a NUMBER */
    const char *says;
};

#define PLANNING (FOR_PLAN | FOR_APPLY | FOR_IMPORT)
#define APPLYING (FOR_APPLY | FOR_IMPORT)
#define AT(member) offsetof(struct options, member)

static const struct row rows[] = {
    {"store", 0, TEXT, AT(store), FOR_ALL, "DIR", "CERTROLL_STORE", 0, 0,
     "the store; by default /var/lib/certroll, of others than root ~/.local/state/certroll"},
    {"output", 'o', CHOICE, AT(output), FOR_ALL, "text|json|markdown", NULL, 0, 0,
     "what standard output carries"},
    {"quiet", 'q', FLAG, AT(quiet), FOR_ALL, NULL, NULL, 0, 0,
     "nothing where nothing was changed and nothing failed"},
    {"verbose", 'v', FLAG, AT(verbose), FOR_ALL, NULL, NULL, 0, 0,
     "whole fingerprints, what is unchanged, why a run failed"},
    {"color", 0, CHOICE, AT(color), FOR_ALL, "auto|always|never", NULL, 0, 0,
     "colour on a terminal (NO_COLOR is obeyed)"},
    {"jobs", 0, NUMBER, AT(jobs), FOR_ALL, "N", NULL, 1, 1024,
     "threads that open sources and write objects"},
    {"service-group", 0, TEXT, AT(service_group), FOR_ALL, "NAME", "CERTROLL_SERVICE_GROUP", 0, 0,
     "the group that reads exportable keys; by default ssl-cert"},
    {"lock-timeout", 0, NUMBER, AT(lock_timeout), FOR_ALL, "S", NULL, 0, INT_MAX,
     "seconds to wait for another run (30)"},
    {"prune", 0, FLAG, AT(prune), FOR_PLAN | FOR_APPLY, NULL, NULL, 0, 0,
     "remove what the manifests no longer list"},
    {"allow-empty", 0, FLAG, AT(allow_empty), FOR_PLAN | FOR_APPLY, NULL, NULL, 0, 0,
     "let a manifest without certificates prune"},
    {"take-over", 0, FLAG, AT(take_over), PLANNING, NULL, NULL, 0, 0,
     "take slots that another manifest owns"},
    {"atomic", 0, FLAG, AT(atomic), PLANNING, NULL, NULL, 0, 0, "all certificates, or none"},
    {"horizon", 0, NUMBER, AT(horizon), PLANNING, "DAYS", NULL, 0, 36500,
     "warn of what expires within (30)"},
    {"detailed-exitcode", 0, FLAG, AT(detailed_exitcode), PLANNING, NULL, NULL, 0, 0,
     "tell changes and failures by the exit code"},
    {"no-cache", 0, FLAG, AT(no_cache), PLANNING, NULL, NULL, 0, 0,
     "read every source and all of the store, also what looks as it did"},
    {"at", 0, TEXT, AT(at), FOR_PLAN, "TIME", NULL, 0, 0, "plan for another instant"},
    {"out", 0, TEXT, AT(out), FOR_PLAN, "FILE", NULL, 0, 0, "save the plan for apply --plan"},
    {"plan", 0, TEXT, AT(plan), FOR_APPLY, "FILE", NULL, 0, 0, "apply a saved plan"},
    {"what-if", 'n', FLAG, AT(what_if), APPLYING, NULL, NULL, 0, 0,
     "show the plan; write, lock and post nothing (also --dry-run)"},
    {"dry-run", 0, FLAG, AT(what_if), APPLYING, NULL, NULL, 0, 0, NULL},
    {"confirm", 0, FLAG, AT(confirm), APPLYING, NULL, NULL, 0, 0,
     "ask on the terminal before the first change"},
    {"report", 0, TEXT, AT(report), APPLYING, "FILE", NULL, 0, 0, "write the HTML report there"},
    {"report-url", 0, URL, AT(report_url), APPLYING, "URL", "CERTROLL_REPORT_URL", 0, 0,
     "post the HTML report there"},
    {"html", 0, TEXT, AT(html), FOR_HISTORY, "FILE", NULL, 0, 0, "write one page over the runs"},
    {"report-timeout", 0, NUMBER, AT(report_timeout), APPLYING | FOR_DELIVER, "S",
     "CERTROLL_REPORT_TIMEOUT", 1, DELIVER_TIMEOUT_MOST,
     "seconds that sending may take in all (60)"},
    {"drop", 0, TEXT, AT(drop), FOR_DELIVER, "URL", NULL, 0, 0,
     "send nothing; let go what waits for this URL"},
    {"rebuild", 0, FLAG, AT(rebuild), FOR_VERIFY, NULL, NULL, 0, 0,
     "make a lost or damaged index anew from objects and links"},
    {"path", 0, TEXT, AT(path), FOR_IMPORT, "F", NULL, 0, 0, "the certificate's file"},
    {"key-path", 0, TEXT, AT(key_path), FOR_IMPORT, "F", NULL, 0, 0, "its private key's file"},
    {"chain-path", 0, TEXT, AT(chain_path), FOR_IMPORT, "F", NULL, 0, 0, "its issuers' file"},
    {"password-file", 0, TEXT, AT(password_file), FOR_IMPORT, "F", NULL, 0, 0,
     "the file with its password"},
    {"type", 0, LIST, AT(types), FOR_IMPORT, "T", NULL, 0, 0, "its job; may be given again"},
    {"identity", 0, TEXT, AT(identity), FOR_IMPORT, "local|global", NULL, 0, 0, "its scope"},
    {"effective-date", 0, TEXT, AT(effective_date), FOR_IMPORT, "D", NULL, 0, 0,
     "the instant from which it may be used"},
    {"roll", 0, FLAG, AT(roll), FOR_IMPORT, NULL, NULL, 0, 0, "hand over with overlap"},
    {"private-key-exportable", 0, FLAG, AT(private_key_exportable), FOR_IMPORT, NULL, NULL, 0, 0,
     "let the service group read its key"},
    {"allow-expired", 0, FLAG, AT(allow_expired), FOR_IMPORT, NULL, NULL, 0, 0,
     "an expired certificate is no error"},
    {"force", 0, FLAG, AT(force), FOR_IMPORT, NULL, NULL, 0, 0, "hide its warnings"},
    {"help", 'h', FLAG, AT(help), FOR_ALL, NULL, NULL, 0, 0, "show this"},
    {"version", 0, FLAG, AT(version), FOR_ALL, NULL, NULL, 0, 0, "show the version"},
};

enum { ROW_COUNT = sizeof(rows) / sizeof(*rows), FIRST_LONG = 256 };

static void *member(struct options *options, const struct row *row)
{
    return (char *)options + row->offset;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t length = strlen(value);
    for (const char *at = choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (length && strcspn(at, "|") == length && strncmp(at, value, length) == 0)
            return true;
    return false;
}

static int set_number(struct options *options, const struct row *row, const char *value)
{
    char *end;
    errno = 0;
    long number = strtol(value, &end, 10);
    if (errno || end == value || *end || number < row->least || number > row->most)
        return -1;
    *(int *)member(options, row) = (int)number;
    return 0;
}

static int set_row(struct options *options, const struct row *row, const char *value,
                   struct text *error)
{
    switch (row->kind) {
    case FLAG:
        *(bool *)member(options, row) = true;
        return 0;
    case LIST:
        if (options->type_count < TYPES_MOST) {
            options->types[options->type_count++] = value;
            return 0;
        }
        text_printf(error, "--%s is given too often", row->name);
        return -1;
    case NUMBER:
        if (set_number(options, row, value) == 0)
            return 0;
        text_printf(error, "--%s takes a whole number from %d to %d", row->name, row->least,
                    row->most);
        return -1;
    case CHOICE:
        if (!is_choice(row->argument, value)) {
            text_printf(error, "--%s takes one of %s", row->name, row->argument);
            return -1;
        }
        break;
    case URL:
        if (deliver_url_fault(value)) {
            text_printf(error, "--%s: %s", row->name, deliver_url_fault(value));
            return -1;
        }
        break;
    case TEXT:
        if (!*value) { /* a variable of a script that is not set */
            text_printf(error, "--%s needs a value", row->name);
            return -1;
        }
        break;
    }
    *(const char **)member(options, row) = value;
    return 0;
}

/* What getopt_long(3) wants: the rows of one command. */
static void make_getopt(unsigned command, struct option *longs, char *letters)
{
    size_t filled = 0;
    *letters++ = ':';
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (!(rows[i].commands & command))
            continue;
        int argument = rows[i].kind == FLAG ? no_argument : required_argument;
        longs[filled++] = (struct option){rows[i].name, argument, NULL, FIRST_LONG + (int)i};
        if (rows[i].letter) {
            *letters++ = rows[i].letter;
            if (argument)
                *letters++ = ':';
        }
    }
    longs[filled] = (struct option){NULL, 0, NULL, 0};
    *letters = '\0';
}

static const struct row *find_row(int found)
{
    if (found >= FIRST_LONG)
        return &rows[found - FIRST_LONG];
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].letter && rows[i].letter == found)
            return &rows[i];
    return NULL;
}

/* getopt_long(3) takes any beginning of a name that is unique, so that '--at' would be '--atomic'
 * where a command has no '--at'. Here a flag is its whole name. */
static bool is_named(const struct row *row, int found, const char *given)
{
    size_t length = strlen(row->name);
    return found < FIRST_LONG || (strncmp(given + 2, row->name, length) == 0 &&
                                  (given[2 + length] == '\0' || given[2 + length] == '='));
}

/* Texts alone, and as they stand: what is wrong with one must not stop a run. */
static void read_environment(struct options *options, unsigned command)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        bool text_row = rows[i].environment && rows[i].kind != NUMBER;
        const char *value = text_row ? getenv(rows[i].environment) : NULL;
        const char **text = member(options, &rows[i]);
        if (value && *value && (rows[i].commands & command) && !*text)
            *text = value;
    }
}

int options_read(struct options *options, unsigned command, int argc, char **argv,
                 struct text *error)
{
    struct option longs[ROW_COUNT + 1];
    char letters[2 * ROW_COUNT + 2];
    make_getopt(command, longs, letters);
    *options =
        (struct options){.output = "text", .color = "auto", .lock_timeout = 30, .horizon = 30};
    optind = 0;
    opterr = 0;
    for (int found; (found = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
        const struct row *row = find_row(found);
        const char *given = argv[optarg == argv[optind - 1] ? optind - 2 : optind - 1];
        const char letter[] = {'-', (char)optopt, '\0'};
        if (row && !is_named(row, found, given))
            row = NULL;
        if (!row && optopt > 0 && optopt < FIRST_LONG)
            given = letter; /* it may stand among others, behind one dash */
        if (found == ':')
            text_printf(error, "%s needs a value", given);
        else if (!row)
            text_printf(error, "%s does not take the option %s", argv[0], given);
        if (!row || set_row(options, row, optarg, error) != 0)
            return -1;
    }
    options->operands = argv + optind;
    options->operand_count = (size_t)(argc - optind);
    read_environment(options, command);
    return 0;
}

static void add_row(struct text *text, const struct row *row)
{
    struct text flag = TEXT_INIT;
    if (row->letter)
        text_printf(&flag, "  -%c, --%s", row->letter, row->name);
    else
        text_printf(&flag, "      --%s", row->name);
    if (row->argument)
        text_printf(&flag, " %s", row->argument);
    text_printf(text, "%-36s %s", text_string(&flag), row->says);
    if (row->environment)
        text_printf(text, " [%s]", row->environment);
    text_add(text, "\n");
    text_done(&flag);
}

/* A command's own flags come first: they are why somebody asks. */
void options_help(unsigned command, struct text *ret)
{
    size_t before = ret->length;
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].commands != FOR_ALL && (rows[i].commands & command) && rows[i].says)
            add_row(ret, &rows[i]);
    if (ret->length > before)
        text_add(ret, "\nAs with every command:\n");
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].commands == FOR_ALL && rows[i].says)
            add_row(ret, &rows[i]);
}
