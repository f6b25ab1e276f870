/*
 * corpus_check FOLDER: loads every file that FOLDER/INDEX.tsv lists and holds what comes of it
 * against the row: accepted or refused, which leaf, how many certificates, a key or none, how long
 * it took. A line a row; the last line is 'N passed, N failed' and counts the rows marked HARD.
 * A row marked SOFT that differs is shown as such and fails only where it crashes, hangs, is
 * refused without a word, or brings a key or a chain that is not the certificate's.
 *
 * The note may hold 'code=a|b': what the refusal has to be called.
 *
 * A row without a leaf is accepted where the leaf is ambiguous; one with two leaves where the pin
 * chooses each of them and no pin is ambiguous.
 */
#include "row.h"
#include "sound.h"

#include "base/file.h"
#include "x509/collect.h"
#include "x509/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Sanitizers make a program slower; limits are for certroll alone. */
#ifdef __SANITIZE_ADDRESS__
static const double slowness = 5;
#else
static const double slowness = 1;
#endif

struct got {
    bool loaded;
    bool ambiguous;
    const char *fault; /* what no policy allows; NULL for nothing */
    size_t certificates;
    bool has_key;
    char leaf[DIGEST_TEXT_SIZE];
    const char *code; /* of the first error */
    char message[512];
    double seconds;
};

static int give_password(void *context, struct problems *problems, const struct secret **ret)
{
    const struct row *row = context;
    (void)problems;
    *ret = row->password;
    return 0;
}

/* Of this process: what else the machine does is no matter. */
static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* "" where there is none. */
static const char *first_error(const struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        if (problem_severity(problems->items[i].code) == SEVERITY_ERROR)
            return problem_code(problems->items[i].code);
    return "";
}

static void load(const struct source *source, struct arena *arena, struct got *ret)
{
    struct problems problems;
    struct bundle bundle = {.key_pem = NULL};
    problems_init(&problems, arena);
    double start = now();
    ret->loaded = source_load(source, arena, &problems, &bundle) == 0;
    ret->seconds = now() - start;
    ret->ambiguous = problems_has(&problems, PROBLEM_AMBIGUOUS_LEAF);
    ret->code = first_error(&problems);
    ret->has_key = bundle.key_pem != NULL;
    memcpy(ret->leaf, bundle.certificate.fingerprint, sizeof(ret->leaf));
    if (problems.count > 0)
        snprintf(ret->message, sizeof(ret->message), "%s: %s", problem_code(problems.items[0].code),
                 problems.items[0].message);
    ret->fault = ret->loaded ? sound_find_fault(&bundle) : NULL;
    if (!ret->loaded && problems.errors == 0)
        ret->fault = "refused without a word";
    bundle_done(&bundle);
}

/* The distinct certificates that the file holds. */
static size_t count_certificates(const struct source *source, struct arena *arena)
{
    struct problems problems;
    struct reading reading;
    struct pile pile = {.certificates = NULL};
    problems_init(&problems, arena);
    if (reading_init(&reading, source, arena, &problems) == 0)
        collect_source(&reading, &pile);
    size_t count = pile.certificate_count;
    pile_done(&pile);
    reading_done(&reading);
    return count;
}

/* NULL where the row holds, else what differs. */
static const char *compare_leaf(const struct row *row, struct source *source, struct arena *arena,
                                const struct got *got)
{
    struct got pinned;
    if (strcmp(row->leaf, "-") == 0)
        return got->ambiguous ? NULL : "the leaf should be ambiguous";
    if (!strchr(row->leaf, '|')) {
        if (!got->loaded)
            return "should be accepted";
        return strcmp(got->leaf, row->leaf) == 0 ? NULL : "another leaf";
    }
    if (!got->ambiguous)
        return "the leaf should be ambiguous";
    for (const char *leaf = row->leaf; leaf; leaf = strchr(leaf, '|')) {
        leaf += *leaf == '|';
        char pin[DIGEST_TEXT_SIZE];
        snprintf(pin, sizeof(pin), "%.64s", leaf);
        source->pin = pin;
        load(source, arena, &pinned);
        source->pin = NULL;
        if (!pinned.loaded || strcmp(pinned.leaf, pin) != 0 || !pinned.has_key)
            return "the pin does not choose";
    }
    return NULL;
}

static const char *compare(const struct row *row, struct source *source, struct arena *arena,
                           struct got *got)
{
    if (got->seconds > row->seconds * slowness)
        return "too slow";
    if (got->fault)
        return got->fault;
    if (!row->accept && got->loaded)
        return "should be refused";
    if (!row->accept)
        return row_allows(row, got->code) ? NULL : "refused as something else";
    const char *difference = compare_leaf(row, source, arena, got);
    if (difference)
        return difference;
    got->certificates = count_certificates(source, arena);
    if (got->certificates != row->certificates)
        return "another number of certificates";
    if (got->loaded && got->has_key != (row->keys > 0))
        return "a key too few or too many";
    return NULL;
}

/* Whether the row passes. */
static bool check_row(int folder, const struct row *row)
{
    char reason[128];
    struct secret *bytes = NULL;
    struct got got = {.code = ""};
    int error = file_read(folder, row->file, FILE_SOURCE_MOST, &bytes);
    struct arena *arena = arena_new();
    const char *difference = arena ? NULL : "no memory";
    struct source source = {
        .path = row->file,
        .bytes = bytes,
        .ask = give_password,
        .ask_context = &(struct row){.password = row->password},
    };
    if (error != 0)
        difference = row->accept ? file_error(error, reason, sizeof(reason)) : NULL;
    else if (arena)
        load(&source, arena, &got);
    if (error == 0 && arena)
        difference = compare(row, &source, arena, &got);
    const char *verdict = !difference ? "ok  " : row->hard || got.fault ? "FAIL" : "soft";
    printf("%s %-60s %.2fs %s%s%s%s\n", verdict, row->file, got.seconds, difference ? "[" : "",
           difference ? difference : "", difference ? "] " : "", got.message);
    bool hangs = got.seconds > row->seconds * slowness;
    secret_free(bytes);
    arena_free(arena);
    return !difference || (!row->hard && !hangs && !got.fault);
}

int main(int argc, char **argv)
{
    size_t passed = 0, failed = 0, capacity = 0;
    char *line = NULL;
    int folder = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int index = folder >= 0 ? openat(folder, "INDEX.tsv", O_RDONLY | O_CLOEXEC) : -1;
    FILE *file = index >= 0 ? fdopen(index, "r") : NULL;
    if (!file) {
        fprintf(stderr, "usage: corpus_check FOLDER (with an INDEX.tsv)\n");
        return 64;
    }
    for (size_t number = 0; getline(&line, &capacity, file) > 0; number++) {
        struct row row;
        if (number == 0 || row_read(line, &row) != 0)
            continue;
        if (check_row(folder, &row))
            passed++;
        else
            failed++;
        secret_free(row.password);
    }
    free(line);
    fclose(file);
    close(folder);
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
