#include "cli/gather.h"

#include "base/interrupt.h"
#include "base/pool.h"
#include "cli/entry_files.h"
#include "cli/progress.h"
#include "cli/share.h"
#include "cli/sight.h"
#include "x509/issuers.h"
#include "x509/source.h"

#include <stdlib.h>
#include <string.h>

/* A thread's own memory and problems. */
struct worker {
    struct arena *arena;
    struct secret_pool *keys; /* until the plan is carried out: they may be very many */
    struct arena *pems;       /* only for as long as the keys */
    struct problems problems;
    struct issuers *issuers;
    struct secret *password;   /* the last one */
    const char *password_path; /* of the file that gives the same to others, or NULL */
};

struct gathering {
    const struct gather_input *input;
    struct arena *arena;
    struct source_result **results;
    struct bundle **bundles; /* all of them */
    size_t bundle_count;
    struct arena *scratch; /* sights and tasks, until the sources are gathered */
    struct sights sights;  /* of what the store remembers */
    struct task *tasks;
    size_t task_count;
    struct worker *workers;
    size_t worker_count;
    bool holding; /* the signals that ask certroll to end */
    struct progress progress;
};

struct question {
    const struct entry *entry;
    const struct password_asking *asking;
    struct worker *worker;
};

static void forget_password(struct worker *worker)
{
    secret_free(worker->password);
    worker->password = NULL;
    worker->password_path = NULL;
}

/* Many entries name one file, mostly. One that each entry has to be warned of is read for each. */
static int ask_password(void *context, struct problems *problems, const struct secret **ret)
{
    const struct question *question = context;
    const struct entry *entry = question->entry;
    const struct password_source *source = &entry->password;
    struct worker *worker = question->worker;
    bool is_file = source->kind == PASSWORD_FILE;
    if (!is_file || !worker->password_path || strcmp(source->name, worker->password_path) != 0) {
        size_t told = problems->count;
        forget_password(worker);
        if (password_get(source, question->asking, entry->name, problems, &worker->password) != 0)
            return -1;
        worker->password_path = is_file && problems->count == told ? source->name : NULL;
    }
    *ret = worker->password;
    return 0;
}

static void tell_out_of_memory(struct worker *worker, const struct entry *entry)
{
    problems_add(&worker->problems, PROBLEM_OUT_OF_MEMORY, entry->place, "out of memory");
}

static int load(const struct entry *entry, const struct password_asking *asking,
                const struct entry_files *files, struct worker *worker, struct bundle *ret)
{
    struct question question = {entry, asking, worker};
    if (!worker->issuers)
        worker->issuers = issuers_new(worker->arena);
    struct source source = {
        .path = entry->path,
        .bytes = files->source,
        .key_path = entry->key_path,
        .key_bytes = files->key,
        .chain_path = entry->chain_path,
        .chain_bytes = files->chain,
        .ask = ask_password,
        .ask_context = &question,
        .pin = entry->sha256,
        .subject = entry->subject,
        .certificate = entry->name,
        .place = entry->place,
        .issuers = worker->issuers,
        .keys = worker->keys,
        .pems = worker->pems,
    };
    int result = source_load(&source, worker->arena, &worker->problems, ret);
    if (!worker->password_path)
        forget_password(worker);
    secret_wipe_stack();
    return result;
}

/* NULL with a problem. */
static struct source_record *new_record(const struct task *task, struct worker *worker)
{
    struct source_record *record = arena_alloc(worker->arena, 1, sizeof(*record));
    if (record)
        record->owner = task->manifest->name;
    else
        tell_out_of_memory(worker, task->entry);
    return record;
}

/* The signal waits until the others have stopped, and may end nothing even then: the first process
 * of a container is not ended by it. */
static bool is_interrupted(const struct gathering *gathering, const struct entry *entry,
                           struct problems *problems)
{
    if (!gathering->holding || !interrupt_waits())
        return false;
    problems_add(problems, PROBLEM_UNREADABLE, entry->place,
                 "%s: it was not read because certroll is to end", entry->path)
        ->certificate = entry->name;
    return true;
}

/* Does what the store remembers serve in place of the source? */
static bool recall(const struct gathering *gathering, const struct task *task,
                   const struct source_record *record)
{
    enum source_state state =
        plan_recall(gathering->input->snapshot, record, task->role, gathering->input->at);
    if (state == SOURCE_UNOPENED)
        return false;
    task->result->record = record;
    task->result->state = state;
    return true;
}

static void load_source(const struct gathering *gathering, const struct task *task,
                        const struct entry_files *files, struct worker *worker,
                        struct source_record *record)
{
    struct bundle *bundle = arena_alloc(worker->arena, 1, sizeof(*bundle));
    if (!bundle)
        tell_out_of_memory(worker, task->entry);
    else if (load(task->entry, gathering->input->asking, files, worker, bundle) == 0) {
        plan_remember(bundle, record);
        task->result->bundle = bundle;
        task->result->state = SOURCE_LOADED;
    }
}

/* Reads the files, and decodes them where the store does not know the bytes. record is filled with
 * what is found. */
static void open_source(const struct gathering *gathering, const struct task *task,
                        struct worker *worker, struct source_record *record)
{
    struct entry_files files AUTO_ENTRY_FILES = {NULL, NULL, NULL};
    if (entry_files_read(task->entry, &worker->problems, &files) != 0)
        return;
    entry_files_digest(&files, task->entry, record->digest);
    const struct source_record *known =
        snapshot_source(gathering->input->snapshot, record->digest, record->owner);
    if (recall(gathering, task, known)) {
        *record = *known;
        record->sight[0] = '\0';
    } else {
        load_source(gathering, task, &files, worker, record);
    }
    task->result->record = record;
}

/* What was read is remembered by its look only where that was the same before and after. */
static void look_into(const struct gathering *gathering, const struct task *task,
                      struct worker *worker)
{
    char before[DIGEST_TEXT_SIZE], after[DIGEST_TEXT_SIZE];
    task->result->state = SOURCE_FAILED;
    if (is_interrupted(gathering, task->entry, &worker->problems))
        return;
    bool seen = sight_take(task->entry, before) == 0;
    if (seen && !gathering->input->read_all &&
        recall(gathering, task, sights_find(&gathering->sights, before, task->manifest->name)))
        return;
    struct source_record *record = new_record(task, worker);
    if (!record)
        return;
    open_source(gathering, task, worker, record);
    if (seen && sight_take(task->entry, after) == 0 && strcmp(before, after) == 0)
        memcpy(record->sight, after, DIGEST_TEXT_SIZE);
}

static const struct stored_certificate *find_stored(const struct snapshot *snapshot,
                                                    const char *wanted)
{
    if (strlen(wanted) != THUMBPRINT_TEXT_SIZE - 1)
        return snapshot_certificate(snapshot, wanted);
    for (size_t i = 0; i < snapshot->certificate_count; i++)
        if (strcmp(snapshot->certificates[i].certificate.thumbprint, wanted) == 0)
            return &snapshot->certificates[i];
    return NULL;
}

/* An entry that names a certificate of the store by its fingerprint or thumbprint. */
static void look_up(const struct gathering *gathering, const struct task *task,
                    struct worker *worker)
{
    const char *wanted = task->entry->fingerprint;
    const struct stored_certificate *stored = find_stored(gathering->input->snapshot, wanted);
    if (stored) {
        struct source_record *record = new_record(task, worker);
        task->result->state = record ? SOURCE_KNOWN : SOURCE_FAILED;
        if (!record)
            return;
        record->fingerprint = stored->certificate.fingerprint;
        record->not_after = stored->certificate.not_after;
        task->result->record = record;
    } else if (task->role != ROLE_PREVIOUS) { /* that one was relieved, and may be let go */
        task->result->state = SOURCE_FAILED;
        problems_add(&worker->problems, PROBLEM_NOT_IN_STORE, task->entry->place,
                     "the store has no certificate with the fingerprint %s", wanted)
            ->certificate = task->entry->name;
    }
}

static void do_task(void *context, size_t worker, size_t index)
{
    struct gathering *gathering = context;
    struct task *task = &gathering->tasks[index];
    const struct problems *problems = &gathering->workers[worker].problems;
    task->worker = &gathering->workers[worker];
    task->first_problem = problems->count;
    if (task->entry->fingerprint)
        look_up(gathering, task, &gathering->workers[worker]);
    else
        look_into(gathering, task, &gathering->workers[worker]);
    task->problem_count = problems->count - task->first_problem;
    progress_step(&gathering->progress);
}

static int find_roles(const struct manifest *manifest, instant at, enum role *ret)
{
    struct arena *scratch = arena_new();
    int result = scratch ? plan_roles(manifest, at, scratch, ret) : -1;
    arena_free(scratch);
    return result;
}

static int make_tasks(struct gathering *gathering)
{
    const struct manifests *manifests = gathering->input->manifests;
    size_t count = 0;
    for (size_t m = 0; m < manifests->count; m++)
        count += manifests->items[m].entry_count;
    gathering->tasks = arena_alloc(gathering->scratch, count, sizeof(*gathering->tasks));
    gathering->results =
        arena_alloc(gathering->arena, manifests->count, sizeof(*gathering->results));
    if (!gathering->tasks || !gathering->results)
        return -1;
    for (size_t m = 0; m < manifests->count; m++) {
        const struct manifest *manifest = &manifests->items[m];
        size_t entries = manifest->entry_count;
        struct source_result *results = arena_alloc(gathering->arena, entries, sizeof(*results));
        enum role *roles = arena_alloc(gathering->scratch, entries, sizeof(*roles));
        if (!results || !roles)
            return -1;
        gathering->results[m] = results;
        if (manifest->broken)
            continue;
        if (find_roles(manifest, gathering->input->at, roles) != 0)
            return -1;
        for (size_t e = 0; e < entries; e++)
            if (roles[e] != ROLE_SUPERSEDED)
                gathering->tasks[gathering->task_count++] = (struct task){
                    .manifest = manifest,
                    .entry = &manifest->entries[e],
                    .role = roles[e],
                    .result = &results[e],
                };
    }
    return 0;
}

static int make_workers(struct gathering *gathering)
{
    size_t jobs = gathering->input->jobs;
    gathering->workers = arena_alloc(gathering->arena, jobs, sizeof(*gathering->workers));
    if (!gathering->workers)
        return -1;
    while (gathering->worker_count < jobs) {
        struct worker *worker = &gathering->workers[gathering->worker_count];
        gathering->worker_count++; /* from now on gather_free() frees what it has */
        worker->arena = arena_new();
        worker->pems = arena_new();
        worker->keys = secret_pool_new();
        if (!worker->arena || !worker->pems || !worker->keys)
            return -1;
        problems_init(&worker->problems, worker->arena);
    }
    return 0;
}

/* A command must not outlive certroll, so its end has to wait until they are stopped. (Otherwise it
 * waits for nothing: a folder of a network that does not answer, for one.) */
static void run_tasks(struct gathering *gathering)
{
    struct interrupt interrupt;
    for (size_t t = 0; t < gathering->task_count; t++)
        gathering->holding |= gathering->tasks[t].entry->password.kind == PASSWORD_COMMAND;
    if (gathering->holding)
        interrupt_hold(&interrupt);
    pool_run(gathering->input->jobs, gathering->task_count, do_task, gathering);
    if (gathering->holding)
        interrupt_release(&interrupt);
}

/* What threads needed to open sources: nobody will open any more. */
static void end_workers(struct gathering *gathering)
{
    for (size_t w = 0; w < gathering->worker_count; w++) {
        issuers_done(gathering->workers[w].issuers);
        forget_password(&gathering->workers[w]);
    }
}

/* A library that is missing is missing for all sources, and said once. */
static void take_problem(struct problems *problems, struct problem problem)
{
    if (problem.code == PROBLEM_LIBRARY_MISSING) {
        if (problems_has(problems, problem.code))
            return;
        problem.place = NOWHERE;
        problem.certificate = NULL;
    }
    problems_append(problems, &(struct problems){.items = &problem, .count = 1});
}

static void take_problems(const struct gathering *gathering, struct problems *problems)
{
    for (size_t t = 0; t < gathering->task_count; t++) {
        const struct task *task = &gathering->tasks[t];
        for (size_t i = 0; i < task->problem_count; i++)
            take_problem(problems, task->worker->problems.items[task->first_problem + i]);
    }
    for (size_t w = 0; w < gathering->worker_count; w++) {
        const struct problems *own = &gathering->workers[w].problems;
        problems_append(problems, &(struct problems){.out_of_memory = own->out_of_memory});
    }
}

/* What gather_forget_files() will come back to, without the tasks. */
static int list_bundles(struct gathering *gathering)
{
    size_t count = 0;
    for (size_t t = 0; t < gathering->task_count; t++)
        count += gathering->tasks[t].result->bundle != NULL;
    gathering->bundles = arena_alloc(gathering->arena, count, sizeof(*gathering->bundles));
    if (!gathering->bundles)
        return -1;
    for (size_t t = 0; t < gathering->task_count; t++)
        if (gathering->tasks[t].result->bundle)
            gathering->bundles[gathering->bundle_count++] = gathering->tasks[t].result->bundle;
    return 0;
}

int gather_sources(const struct gather_input *input, struct problems *problems,
                   struct gathering **ret)
{
    struct arena *arena = arena_new();
    struct gathering *gathering = arena ? arena_alloc(arena, 1, sizeof(*gathering)) : NULL;
    if (!gathering) {
        arena_free(arena);
        return -1;
    }
    gathering->arena = arena;
    gathering->input = input;
    gathering->scratch = arena_new();
    if (!gathering->scratch ||
        sights_make(input->snapshot, gathering->scratch, &gathering->sights) != 0 ||
        make_tasks(gathering) != 0 || make_workers(gathering) != 0) {
        gather_free(gathering);
        return -1;
    }
    progress_begin(&gathering->progress, input->progress, "sources", gathering->task_count);
    run_tasks(gathering);
    progress_end(&gathering->progress);
    end_workers(gathering);
    if (share_opened(gathering->tasks, gathering->task_count, gathering->scratch) != 0 ||
        share_named(gathering->tasks, gathering->task_count, input->snapshot, input->at,
                    gathering->scratch) != 0 ||
        list_bundles(gathering) != 0) {
        gather_free(gathering);
        return -1;
    }
    take_problems(gathering, problems);
    arena_free(gathering->scratch);
    gathering->scratch = NULL;
    gathering->input = NULL;
    *ret = gathering;
    return 0;
}

struct source_result **gather_results(struct gathering *gathering)
{
    return gathering->results;
}

void gather_forget_files(struct gathering *gathering)
{
    for (size_t b = 0; gathering && b < gathering->bundle_count; b++) {
        struct bundle *bundle = gathering->bundles[b];
        bundle->key_pem = NULL;
        bundle->cert_pem = bundle->chain_pem = NULL;
    }
    for (size_t w = 0; gathering && w < gathering->worker_count; w++) {
        struct worker *worker = &gathering->workers[w];
        secret_pool_free(worker->keys);
        arena_free(worker->pems);
        worker->keys = NULL;
        worker->pems = NULL;
    }
}

void gather_free(struct gathering *gathering)
{
    if (!gathering)
        return;
    gather_forget_files(gathering);
    for (size_t w = 0; w < gathering->worker_count; w++)
        arena_free(gathering->workers[w].arena);
    arena_free(gathering->scratch);
    arena_free(gathering->arena);
}
