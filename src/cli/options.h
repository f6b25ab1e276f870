/*
 * options: the command line, from one table of flags.
 */
#ifndef CERTROLL_CLI_OPTIONS_H
#define CERTROLL_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct text;

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 64 };

/* Bits: which commands take a flag. */
enum command_bit {
    FOR_VALIDATE = 1 << 0,
    FOR_PLAN = 1 << 1,
    FOR_APPLY = 1 << 2,
    FOR_IMPORT = 1 << 3,
    FOR_STATUS = 1 << 4,
    FOR_HISTORY = 1 << 5,
    FOR_VERIFY = 1 << 6,
    FOR_DELIVER = 1 << 7,
    FOR_SCHEMA = 1 << 8,
    FOR_ALL = (1 << 9) - 1,
};

enum { TYPES_MOST = 64 };

/* Flags and their environment variables; NULL, 0 and false where not given. */
struct options {
    /* every command */
    const char *store;
    const char *output; /* text, json, markdown */
    const char *color;  /* auto, always, never */
    const char *service_group;
    int jobs; /* 0: as many as there are processors */
    int lock_timeout;
    bool quiet;
    bool verbose;
    bool help;
    bool version;
    /* plan, apply, import */
    bool prune;
    bool allow_empty;
    bool take_over;
    bool atomic;
    bool detailed_exitcode;
    bool no_cache;
    int horizon;
    const char *at;
    const char *out;
    const char *plan;
    bool what_if;
    bool confirm;
    const char *html;
    const char *report;
    const char *report_url;
    int report_timeout; /* also deliver's; 0: as the environment says */
    const char *drop;
    /* verify */
    bool rebuild;
    /* import */
    const char *path;
    const char *key_path;
    const char *chain_path;
    const char *password_file;
    const char *types[TYPES_MOST];
    size_t type_count;
    const char *identity;
    const char *effective_date;
    bool roll;
    bool private_key_exportable;
    bool allow_expired;
    bool force;
    /* what is left */
    char **operands;
    size_t operand_count;
};

/* Reads the flags of one command from argv, which begins with the command's name, then what the
 * environment says of those that were not given. 0, or -1 with one line in error. */
int options_read(struct options *options, unsigned command, int argc, char **argv,
                 struct text *error);

/* The flags of a command, one a line, for its help. */
void options_help(unsigned command, struct text *ret);

#endif
