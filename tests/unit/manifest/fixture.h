/* fixture: manifests in a folder of their own, loaded. */
#ifndef CERTROLL_TEST_MANIFEST_FIXTURE_H
#define CERTROLL_TEST_MANIFEST_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "manifest/load.h"

#include <stdbool.h>

struct fixture {
    char folder[64];
    struct arena *arena;
    struct problems problems;
    struct manifests manifests;
};

int fixture_setup(void **state);
int fixture_teardown(void **state);

/* A path in the folder; in the arena. */
const char *fixture_path(struct fixture *fixture, const char *name);
void fixture_write(struct fixture *fixture, const char *name, const char *bytes, size_t size);

/* Loads what was written. */
void fixture_load_paths(struct fixture *fixture, const char *const *names, size_t count);

/* Loads this text as m.yaml. */
void fixture_load(struct fixture *fixture, const char *text);

/* The same with version, name and `certificates:` before it: text begins in line 4. */
void fixture_load_list(struct fixture *fixture, const char *text);

/* The only entry of a manifest without errors: path a.pem and these fields, from line 5 on, each
 * with four spaces before it. */
const struct entry *fixture_entry(struct fixture *fixture, const char *fields);

/* Loads an entry as above, which has exactly this one error. Returns it. */
const struct problem *fixture_refused(struct fixture *fixture, const char *fields,
                                      enum problem_code code, int line, int column);

void assert_no_problem(const struct fixture *fixture);
void assert_only_problem(const struct fixture *fixture, enum problem_code code, int line,
                         int column);
void assert_contains(const char *text, const char *part);

/* No message and no excerpt has it. */
void assert_nowhere(const struct fixture *fixture, const char *secret);

#define HEADER "version: 1\nname: m\n"

#endif
