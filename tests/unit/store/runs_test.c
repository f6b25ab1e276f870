#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static void put_run(struct fixture *fixture, const char *id, instant at, const char *report)
{
    struct run_record run = {id, at, true, NULL, report, NULL};
    assert_int_equal(fixture_put_run(fixture, &run), 0);
}

static size_t runs(struct fixture *fixture, struct run_record **ret)
{
    size_t count;
    assert_int_equal(store_runs(fixture->store, fixture->arena, &fixture->problems, ret, &count),
                     0);
    return count;
}

static size_t outbox(struct fixture *fixture, struct outbox_item **ret)
{
    size_t count;
    assert_int_equal(store_outbox(fixture->store, fixture->arena, &fixture->problems, ret, &count),
                     0);
    return count;
}

static void queue(struct fixture *fixture, const char *run_id)
{
    struct outbox_item item = {.run_id = run_id,
                               .url = "https://reports.example.com/",
                               .result = "changed",
                               .queued_at = 9};
    assert_int_equal(fixture_queue(fixture, &item, 1, "<html>queued"), 0);
}

static void a_store_that_does_not_exist_has_no_runs(void **state)
{
    struct fixture *fixture = *state;
    struct store_options options = {
        .location = fixture->path, .writable = false, .service_group = (gid_t)-1};
    struct run_record *found;
    struct outbox_item *items;
    const char *html;
    assert_int_equal(store_open(&options, &fixture->problems, &fixture->store), 0);
    assert_int_equal(runs(fixture, &found), 0);
    assert_int_equal(outbox(fixture, &items), 0);
    assert_int_equal(store_report(fixture->store, "run", fixture->arena, &fixture->problems, &html),
                     -1);
}

static void a_commit_opens_a_run_and_put_run_completes_it(void **state)
{
    struct fixture *fixture = *state;
    struct run_record *found;
    fixture_open(fixture);
    fixture->run_id = "run-1";
    fixture_put_object(fixture, "one", false);
    fixture_hold(fixture, "one");
    fixture_commit(fixture);
    assert_int_equal(runs(fixture, &found), 1);
    assert_string_equal(found[0].id, "run-1");
    assert_false(found[0].finished);
    assert_string_equal(found[0].json, "{}");
    assert_null(found[0].report);
    put_run(fixture, "run-1", 1500, "<html>one");
    assert_int_equal(runs(fixture, &found), 1);
    assert_true(found[0].finished);
    assert_string_equal(found[0].json, "{\"kind\": \"Run\"}");
    assert_string_equal(found[0].report, fixture_path(fixture, "reports/run-1.html"));
    const char *html;
    assert_int_equal(
        store_report(fixture->store, "run-1", fixture->arena, &fixture->problems, &html), 0);
    assert_string_equal(html, "<html>one");
    assert_int_equal(fixture_snapshot(fixture).generation, 1);
}

static void what_a_run_did_stands_in_a_file_of_its_own(void **state)
{
    struct fixture *fixture = *state;
    struct run_record *found;
    fixture_open(fixture);
    put_run(fixture, "run-1", 1, NULL);
    put_run(fixture, "run-2", 2, NULL);
    put_run(fixture, "run-3", 3, NULL);
    const char *file = fixture_path(fixture, "reports/run-1.json");
    assert_int_equal(fixture_mode(file), 0600);
    assert_string_equal(fixture_read(fixture, file), "{\"kind\": \"Run\"}");
    assert_int_equal(unlink(file), 0);
    assert_int_equal(symlink("/etc/passwd", file), 0);
    assert_int_equal(unlink(fixture_path(fixture, "reports/run-2.json")), 0);
    assert_int_equal(runs(fixture, &found), 3);
    assert_null(found[0].json);
    assert_null(found[1].json);
    assert_string_equal(found[2].json, "{\"kind\": \"Run\"}");
}

static int write_nothing(const void *context, int fd)
{
    (void)context;
    (void)fd;
    return -ENOSPC;
}

static void a_run_whose_text_cannot_be_written_is_not_recorded(void **state)
{
    struct fixture *fixture = *state;
    const struct run_text text = {write_nothing, NULL};
    struct run_record run = {"run-1", 5, true, NULL, NULL, NULL}, *found;
    fixture_open(fixture);
    assert_int_equal(store_put_run(fixture->store, &run, &text, NULL, &fixture->problems), -1);
    assert_true(fixture_said(fixture, PROBLEM_STORE_FAILED, "reports/run-1.json: cannot write"));
    assert_int_equal(runs(fixture, &found), 0);
    assert_false(fixture_exists(fixture_path(fixture, "reports/run-1.json")));
}

static void the_text_of_a_run_that_never_was_recorded_is_swept(void **state)
{
    struct fixture *fixture = *state;
    struct run_record *found;
    fixture_open(fixture);
    put_run(fixture, "run-1", 1, NULL);
    const char *killed = fixture_path(fixture, "reports/run-2.json");
    fixture_write(killed, "{");
    assert_true(fixture_snapshot(fixture).leftovers);
    assert_int_equal(store_tidy(fixture->store, &fixture->problems), 0);
    assert_false(fixture_exists(killed));
    assert_int_equal(runs(fixture, &found), 1);
    assert_string_equal(found[0].json, "{\"kind\": \"Run\"}");
}

static void commit_run(struct fixture *fixture, const char *id, const char *name)
{
    fixture->run_id = id;
    fixture_put_object(fixture, name, false);
    fixture_hold(fixture, name);
    fixture_commit(fixture);
}

static size_t interrupted(struct fixture *fixture, const char ***ret)
{
    size_t count;
    assert_int_equal(
        store_interrupted(fixture->store, "mine", fixture->arena, &fixture->problems, ret, &count),
        0);
    return count;
}

static void a_run_that_queued_its_report_is_not_one_of_which_nobody_hears(void **state)
{
    struct fixture *fixture = *state;
    struct outbox_item *items;
    const char **ids;
    fixture_open(fixture);
    commit_run(fixture, "run-1", "one");
    commit_run(fixture, "run-2", "two");
    assert_int_equal(interrupted(fixture, &ids), 2);
    queue(fixture, "run-1");
    assert_int_equal(interrupted(fixture, &ids), 1);
    assert_string_equal(ids[0], "run-2");
    assert_int_equal(outbox(fixture, &items), 1);
    assert_int_equal(store_outbox_done(fixture->store, items[0].id, &fixture->problems), 0);
    assert_int_equal(interrupted(fixture, &ids), 1);
}

static void thirty_runs_are_kept_and_those_that_the_outbox_needs(void **state)
{
    struct fixture *fixture = *state;
    struct run_record *found;
    struct outbox_item *items;
    fixture_open(fixture);
    for (int i = 0; i < 40; i++) {
        const char *id = arena_printf(fixture->arena, "run-%02d", i);
        put_run(fixture, id, i, "<html>");
        if (i == 3)
            queue(fixture, id);
    }
    assert_int_equal(runs(fixture, &found), 31);
    assert_string_equal(found[0].id, "run-03");
    assert_string_equal(found[1].id, "run-10");
    assert_string_equal(found[30].id, "run-39");
    assert_true(fixture_exists(fixture_path(fixture, "reports/run-03.html")));
    assert_false(fixture_exists(fixture_path(fixture, "reports/run-09.html")));
    assert_true(fixture_exists(fixture_path(fixture, "reports/run-10.html")));
    assert_int_equal(outbox(fixture, &items), 1);
    assert_int_equal(store_outbox_done(fixture->store, items[0].id, &fixture->problems), 0);
    assert_false(fixture_exists(fixture_path(fixture, "reports/run-03.html")));
    assert_int_equal(runs(fixture, &found), 30);
}

static void a_run_that_is_let_go_lets_go_of_its_certificates(void **state)
{
    struct fixture *fixture = *state;
    fixture_open(fixture);
    fixture->run_id = "run-00";
    fixture_put_object(fixture, "one", false);
    fixture_put_slot(fixture, "Default", "one", NULL);
    fixture_commit(fixture);
    fixture->run_id = "run-01";
    fixture_put_slot(fixture, "Default", NULL, NULL);
    fixture_commit(fixture);
    fixture->run_id = NULL;
    assert_int_equal(fixture_snapshot(fixture).certificate_count, 1);
    for (int i = 2; i < 40; i++)
        put_run(fixture, arena_printf(fixture->arena, "run-%02d", i), 1500 + i, NULL);
    fixture_commit(fixture);
    assert_int_equal(fixture_snapshot(fixture).certificate_count, 0);
}

static void the_outbox_keeps_its_order_and_its_failures(void **state)
{
    struct fixture *fixture = *state;
    struct outbox_item *items;
    const char *html;
    fixture_open(fixture);
    queue(fixture, "run-2");
    queue(fixture, "run-1");
    assert_int_equal(outbox(fixture, &items), 2);
    assert_string_equal(items[0].run_id, "run-2");
    assert_string_equal(items[0].url, "https://reports.example.com/");
    assert_string_equal(items[0].result, "changed");
    assert_int_equal(items[0].queued_at, 9);
    assert_int_equal(items[0].attempts, 0);
    assert_null(items[0].last_error);
    assert_true(items[0].id < items[1].id);
    assert_int_equal(
        store_report(fixture->store, "run-2", fixture->arena, &fixture->problems, &html), 0);
    assert_string_equal(html, "<html>queued");
    int64_t last = items[1].id;
    assert_int_equal(
        store_outbox_failed(fixture->store, items[0].id, 2, "HTTP 503", &fixture->problems), 0);
    assert_int_equal(store_outbox_done(fixture->store, last, &fixture->problems), 0);
    assert_int_equal(outbox(fixture, &items), 1);
    assert_int_equal(items[0].attempts, 2);
    assert_string_equal(items[0].last_error, "HTTP 503");
    assert_false(fixture_exists(fixture_path(fixture, "reports/run-1.html")));
    queue(fixture, "run-3");
    assert_int_equal(outbox(fixture, &items), 2);
    assert_true(items[1].id > last);
}

static void a_reader_that_stays_sees_what_others_write(void **state)
{
    struct fixture *fixture = *state;
    struct store_options options = {
        .location = fixture->path, .writable = false, .service_group = (gid_t)-1};
    struct store *reader;
    struct outbox_item *items;
    size_t count;
    fixture_open(fixture);
    assert_int_equal(store_open(&options, &fixture->problems, &reader), 0);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(store_outbox(reader, fixture->arena, &fixture->problems, &items, &count),
                         0);
        assert_int_equal(count, i);
        queue(fixture, arena_printf(fixture->arena, "run-%zu", i));
        assert_int_equal(outbox(fixture, &items), i + 1);
    }
    store_close(reader);
}

static void queue_at(struct fixture *fixture, const char *run_id, const char *url, instant at)
{
    struct outbox_item item = {.run_id = run_id, .url = url, .result = "changed", .queued_at = at};
    assert_int_equal(fixture_queue(fixture, &item, 1, "<html>queued"), 0);
}

static size_t trim(struct fixture *fixture, instant now, struct outbox_dropped **ret)
{
    size_t count;
    assert_int_equal(
        store_outbox_trim(fixture->store, now, fixture->arena, &fixture->problems, ret, &count), 0);
    return count;
}

static void a_report_for_several_urls_is_queued_for_all_or_none(void **state)
{
    struct fixture *fixture = *state;
    struct outbox_item *items, two[] = {{.run_id = "run-1", .url = "a", .result = "ok"},
                                        {.run_id = "run-1", .url = "b", .result = "ok"}};
    fixture_open(fixture);
    assert_int_equal(fixture_queue(fixture, two, 2, "<html>"), 0);
    assert_int_equal(outbox(fixture, &items), 2);
    assert_string_equal(items[1].url, "b");
    two[1].url = NULL; /* which no index takes */
    assert_int_equal(fixture_queue(fixture, two, 2, "<html>"), -1);
    assert_int_equal(outbox(fixture, &items), 2);
}

/* Everything that an index holds, as text. */
static const char *everything(struct fixture *fixture)
{
    struct snapshot snapshot = fixture_snapshot(fixture);
    char *text = arena_printf(fixture->arena, "%lld\n", (long long)snapshot.generation);
    for (size_t i = 0; i < snapshot.certificate_count; i++) {
        const struct certificate *certificate = &snapshot.certificates[i].certificate;
        text = arena_printf(fixture->arena, "%s%s %s %s %s %s %s %u\n", text,
                            certificate->fingerprint, certificate->thumbprint, certificate->key_id,
                            certificate->chain_digest, certificate->subject,
                            certificate->dns_names[1], snapshot.certificates[i].damage);
    }
    for (size_t i = 0; i < snapshot.slot_count; i++)
        text = arena_printf(fixture->arena, "%s%s %s\n", text, snapshot.slots[i].type,
                            snapshot.slots[i].current.fingerprint);
    for (size_t i = 0; i < snapshot.holding_count; i++)
        text = arena_printf(fixture->arena, "%s%s %s\n", text, snapshot.holdings[i].entry,
                            snapshot.holdings[i].fingerprint);
    for (size_t i = 0; i < snapshot.source_count; i++)
        text = arena_printf(fixture->arena, "%s%s %s %s %d %d\n", text, snapshot.sources[i].digest,
                            snapshot.sources[i].fingerprint, snapshot.sources[i].sight,
                            snapshot.sources[i].has_key, snapshot.sources[i].has_chain);
    return text;
}

static void put_source(struct fixture *fixture, const char *name, bool with_sight)
{
    struct source_record *source = arena_alloc(fixture->arena, 1, sizeof(*source));
    const char *fingerprint = fixture_fingerprint(fixture, name);
    assert_non_null(source);
    *source = (struct source_record){.owner = "owner",
                                     .fingerprint = fingerprint,
                                     .not_after = 9,
                                     .has_key = true,
                                     .has_chain = true};
    memcpy(source->digest, fingerprint, DIGEST_TEXT_SIZE);
    if (with_sight)
        memcpy(source->sight, fingerprint, DIGEST_TEXT_SIZE);
    fixture_change(fixture, CHANGE_PUT_SOURCE)->source = source;
}

static void an_index_of_an_earlier_version_is_read_and_then_upgraded(void **state)
{
    struct fixture *fixture = *state;
    struct run_record *found;
    struct outbox_item *items;
    struct store_figures figures;
    fixture_open(fixture);
    for (int version = 3; version >= 1; version--) {
        commit_run(fixture, arena_printf(fixture->arena, "run-%d-open", version), "one");
        fixture_put_slot(fixture, "Default", "one", NULL);
        put_source(fixture, "one", version >= 2);
        fixture_commit(fixture);
        put_run(fixture, arena_printf(fixture->arena, "run-%d", version), 1, "<html>");
        queue(fixture, arena_printf(fixture->arena, "run-%d", version));
        const char *before = everything(fixture);
        fixture_make_old(fixture, version);
        size_t count = runs(fixture, &found);
        const char *listing = fixture_listing(fixture);
        assert_string_equal(everything(fixture), before);
        if (version < 3)
            assert_string_equal(found[count - 1].json, "{\"kind\": \"Old\"}");
        assert_string_equal(fixture_listing(fixture), listing);
        queue(fixture, "run-after");
        assert_string_equal(everything(fixture), before);
        assert_int_equal(runs(fixture, &found), count);
        assert_string_equal(found[count - 2].id,
                            arena_printf(fixture->arena, "run-%d-open", version));
        assert_false(found[count - 2].finished);
        for (size_t i = 0; version < 3 && i < count; i++)
            assert_string_equal(found[i].json, "{\"kind\": \"Old\"}");
        size_t waiting = outbox(fixture, &items);
        assert_true(items[waiting - 1].id > items[waiting - 2].id);
        assert_int_equal(store_verify(fixture->store, &fixture->problems, &figures), 0);
        assert_int_equal(fixture->problems.count, 0);
    }
}

static int64_t index_size(struct fixture *fixture)
{
    struct stat status;
    assert_int_equal(stat(fixture_path(fixture, "index.db"), &status), 0);
    return status.st_size;
}

static void what_is_gone_takes_no_room_in_the_index(void **state)
{
    struct fixture *fixture = *state;
    struct outbox_dropped *dropped;
    fixture_open(fixture);
    put_run(fixture, "run-0", 1, NULL);
    int64_t before = index_size(fixture);
    char *url = arena_alloc(fixture->arena, 1000 * 1000, 1);
    memset(url, 'u', 1000 * 1000 - 1);
    queue_at(fixture, "run-1", url, 1);
    assert_true(index_size(fixture) > before + 900 * 1000);
    assert_int_equal(trim(fixture, 2 + OUTBOX_AGE_MOST, &dropped), 1);
    assert_true(index_size(fixture) < before + 80 * 1000);
}

static void what_waits_for_a_url_is_let_go_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct outbox_item *items;
    size_t count;
    fixture_open(fixture);
    queue_at(fixture, "run-1", "u", 1);
    queue_at(fixture, "run-2", "ux", 2);
    queue_at(fixture, "run-3", "u", 3);
    const char *before = fixture_listing(fixture);
    assert_int_equal(
        store_outbox_drop(fixture->store, "U", fixture->arena, &fixture->problems, &items, &count),
        0);
    assert_int_equal(count, 0);
    assert_string_equal(fixture_listing(fixture), before);
    assert_int_equal(
        store_outbox_drop(fixture->store, "u", fixture->arena, &fixture->problems, &items, &count),
        0);
    assert_int_equal(count, 2);
    assert_string_equal(items[0].run_id, "run-1");
    assert_string_equal(items[1].run_id, "run-3");
    assert_int_equal(outbox(fixture, &items), 1);
    assert_string_equal(items[0].run_id, "run-2");
    assert_false(fixture_exists(fixture_path(fixture, "reports/run-1.html")));
    assert_true(fixture_exists(fixture_path(fixture, "reports/run-2.html")));
}

static void what_has_waited_for_more_than_seven_days_is_dropped_and_said(void **state)
{
    struct fixture *fixture = *state;
    struct outbox_dropped *dropped;
    struct outbox_item *items;
    const instant start = 1000000;
    fixture_open(fixture);
    queue_at(fixture, "run-1", "u", start);
    queue_at(fixture, "run-2", "u", start + 1);
    const char *before = fixture_listing(fixture);
    assert_int_equal(trim(fixture, start + OUTBOX_AGE_MOST, &dropped), 0);
    assert_string_equal(fixture_listing(fixture), before);
    assert_int_equal(trim(fixture, start + OUTBOX_AGE_MOST + 1, &dropped), 1);
    assert_string_equal(dropped[0].item.run_id, "run-1");
    assert_int_equal(dropped[0].why, OUTBOX_TOO_OLD);
    assert_int_equal(outbox(fixture, &items), 1);
    assert_string_equal(items[0].run_id, "run-2");
    assert_false(fixture_exists(fixture_path(fixture, "reports/run-1.html")));
    assert_int_equal(trim(fixture, INSTANT_NONE + OUTBOX_AGE_MOST, &dropped), 0);
}

static void of_more_than_a_hundred_for_one_url_the_oldest_go(void **state)
{
    struct fixture *fixture = *state;
    struct outbox_dropped *dropped;
    struct outbox_item *items;
    fixture_open(fixture);
    queue_at(fixture, "run-other", "other", 9);
    for (int i = 0; i < OUTBOX_ITEMS_MOST + 2; i++)
        queue_at(fixture, arena_printf(fixture->arena, "run-%03d", i), "u", 9);
    assert_int_equal(trim(fixture, 9, &dropped), 2);
    assert_string_equal(dropped[0].item.run_id, "run-000");
    assert_string_equal(dropped[1].item.run_id, "run-001");
    assert_int_equal(dropped[0].why, OUTBOX_TOO_MANY);
    assert_int_equal(outbox(fixture, &items), OUTBOX_ITEMS_MOST + 1);
    assert_string_equal(items[0].run_id, "run-other");
    assert_string_equal(items[1].run_id, "run-002");
}

/* A file of that size without the bytes. */
static void stretch(struct fixture *fixture, const char *run_id, off_t size)
{
    assert_int_equal(truncate(fixture_path(fixture, "reports/%s.html", run_id), size), 0);
}

static void what_is_too_large_together_goes_from_the_oldest_on(void **state)
{
    struct fixture *fixture = *state;
    struct outbox_dropped *dropped;
    struct outbox_item *items;
    const off_t half = OUTBOX_BYTES_MOST / 2;
    fixture_open(fixture);
    static const char *const runs[] = {"run-1", "run-2", "run-3", "run-4"};
    for (size_t i = 0; i < 4; i++)
        queue_at(fixture, runs[i], "u", 9);
    queue_at(fixture, "run-4", "other", 9);
    stretch(fixture, "run-3", half);
    stretch(fixture, "run-4", half);
    assert_int_equal(trim(fixture, 9, &dropped), 2);
    assert_string_equal(dropped[0].item.run_id, "run-1");
    assert_string_equal(dropped[1].item.run_id, "run-2");
    assert_int_equal(dropped[1].why, OUTBOX_TOO_LARGE);
    assert_int_equal(outbox(fixture, &items), 3);
}

static void the_newest_stays_however_large_it_is(void **state)
{
    struct fixture *fixture = *state;
    struct outbox_dropped *dropped;
    struct outbox_item *items;
    fixture_open(fixture);
    queue_at(fixture, "run-1", "u", 9);
    queue_at(fixture, "run-2", "u", 9);
    stretch(fixture, "run-2", (off_t)OUTBOX_BYTES_MOST + 1);
    assert_int_equal(trim(fixture, 9, &dropped), 1);
    assert_int_equal(outbox(fixture, &items), 1);
    assert_string_equal(items[0].run_id, "run-2");
}

static void the_newest_stays_for_each_of_its_urls(void **state)
{
    struct fixture *fixture = *state;
    struct outbox_dropped *dropped;
    struct outbox_item *items;
    fixture_open(fixture);
    queue_at(fixture, "run-1", "u", 9);
    queue_at(fixture, "run-1", "v", 9);
    stretch(fixture, "run-1", (off_t)OUTBOX_BYTES_MOST + 1);
    assert_int_equal(trim(fixture, 9, &dropped), 0);
    assert_int_equal(outbox(fixture, &items), 2);
}

static void what_has_lost_its_report_is_dropped_and_said(void **state)
{
    struct fixture *fixture = *state;
    struct outbox_dropped *dropped;
    fixture_open(fixture);
    queue_at(fixture, "run-1", "u", 9);
    queue_at(fixture, "run-2", "u", 9);
    assert_int_equal(unlink(fixture_path(fixture, "reports/run-1.html")), 0);
    assert_int_equal(trim(fixture, 9, &dropped), 1);
    assert_string_equal(dropped[0].item.run_id, "run-1");
    assert_int_equal(dropped[0].why, OUTBOX_LOST);
}

static void a_run_can_change_what_its_waiting_reports_say(void **state)
{
    struct fixture *fixture = *state;
    struct run_record run = {"run-2", 5, true, NULL, "<html>", "failed"};
    struct outbox_item *items;
    fixture_open(fixture);
    queue_at(fixture, "run-1", "u", 9);
    queue_at(fixture, "run-2", "u", 9);
    assert_int_equal(fixture_put_run(fixture, &run), 0);
    assert_int_equal(outbox(fixture, &items), 2);
    assert_string_equal(items[0].result, "changed");
    assert_string_equal(items[1].result, "failed");
}

static void a_kept_report_is_not_replaced_by_the_outbox(void **state)
{
    struct fixture *fixture = *state;
    const char *html;
    fixture_open(fixture);
    put_run(fixture, "run-1", 5, "<html>kept");
    queue(fixture, "run-1");
    assert_int_equal(
        store_report(fixture->store, "run-1", fixture->arena, &fixture->problems, &html), 0);
    assert_string_equal(html, "<html>kept");
}

static void runs_and_outbox_do_not_raise_the_generation(void **state)
{
    struct fixture *fixture = *state;
    struct store_figures figures;
    fixture_open(fixture);
    put_run(fixture, "run-1", 5, "<html>");
    queue(fixture, "run-1");
    assert_int_equal(fixture_snapshot(fixture).generation, 0);
    fixture_put_object(fixture, "one", false);
    fixture_hold(fixture, "one");
    fixture_commit(fixture);
    assert_int_equal(fixture->generation, 1);
    assert_int_equal(store_verify(fixture->store, &fixture->problems, &figures), 0);
    assert_int_equal(fixture->problems.count, 0);
}

static void without_the_lock_nothing_is_written(void **state)
{
    struct fixture *fixture = *state;
    struct run_record run = {"run-1", 5, true, NULL, "<html>", NULL};
    struct outbox_item item = {.run_id = "run-1", .url = "u", .result = "ok"};
    struct store_options options = {
        .location = fixture->path, .writable = true, .service_group = (gid_t)-1};
    assert_int_equal(store_open(&options, &fixture->problems, &fixture->store), 0);
    assert_int_equal(fixture_put_run(fixture, &run), -1);
    assert_int_equal(fixture_queue(fixture, &item, 1, "x"), -1);
    assert_int_equal(store_outbox_failed(fixture->store, 1, 1, "x", &fixture->problems), -1);
    assert_int_equal(store_outbox_done(fixture->store, 1, &fixture->problems), -1);
    struct outbox_dropped *dropped;
    struct outbox_item *items;
    size_t count;
    assert_int_equal(
        store_outbox_trim(fixture->store, 9, fixture->arena, &fixture->problems, &dropped, &count),
        -1);
    assert_int_equal(
        store_outbox_drop(fixture->store, "u", fixture->arena, &fixture->problems, &items, &count),
        -1);
    assert_int_equal(fixture_try_commit(fixture), -1);
    assert_true(fixture_said(fixture, PROBLEM_STORE_FAILED, "not locked"));
    assert_false(fixture_exists(fixture->path));
}

static void a_run_with_another_name_than_an_id_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct run_record run = {"../../x", 5, true, NULL, "<html>", NULL};
    const char *html;
    fixture_open(fixture);
    assert_int_equal(fixture_put_run(fixture, &run), -1);
    assert_int_equal(
        store_report(fixture->store, "../lock", fixture->arena, &fixture->problems, &html), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_store_that_does_not_exist_has_no_runs),
        TEST(a_commit_opens_a_run_and_put_run_completes_it),
        TEST(what_a_run_did_stands_in_a_file_of_its_own),
        TEST(a_run_whose_text_cannot_be_written_is_not_recorded),
        TEST(the_text_of_a_run_that_never_was_recorded_is_swept),
        TEST(an_index_of_an_earlier_version_is_read_and_then_upgraded),
        TEST(what_is_gone_takes_no_room_in_the_index),
        TEST(a_reader_that_stays_sees_what_others_write),
        TEST(a_run_that_queued_its_report_is_not_one_of_which_nobody_hears),
        TEST(thirty_runs_are_kept_and_those_that_the_outbox_needs),
        TEST(a_run_that_is_let_go_lets_go_of_its_certificates),
        TEST(the_outbox_keeps_its_order_and_its_failures),
        TEST(a_report_for_several_urls_is_queued_for_all_or_none),
        TEST(what_has_waited_for_more_than_seven_days_is_dropped_and_said),
        TEST(of_more_than_a_hundred_for_one_url_the_oldest_go),
        TEST(what_is_too_large_together_goes_from_the_oldest_on),
        TEST(the_newest_stays_however_large_it_is),
        TEST(the_newest_stays_for_each_of_its_urls),
        TEST(what_has_lost_its_report_is_dropped_and_said),
        TEST(a_run_can_change_what_its_waiting_reports_say),
        TEST(a_kept_report_is_not_replaced_by_the_outbox),
        TEST(what_waits_for_a_url_is_let_go_at_once),
        TEST(runs_and_outbox_do_not_raise_the_generation),
        TEST(without_the_lock_nothing_is_written),
        TEST(a_run_with_another_name_than_an_id_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
