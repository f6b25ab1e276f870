#include "report/shape.h"

#include "report/rows.h"

#define FINGERPRINT "^[0-9a-f]{64}$"
#define THUMBPRINT "^[0-9a-f]{40}$"
#define SERIAL "^-?[0-9a-f]+\xe2\x80\xa6?$"

#define FIELDS(table) table, sizeof(table) / sizeof((table)[0])

static const char *choose_action(int i)
{
    return i < ACTION_KIND_COUNT ? action_name((enum action_kind)i) : NULL;
}

static const char *choose_outcome(int i)
{
    return i <= OUTCOME_SKIPPED ? outcome_name((enum outcome)i) : NULL;
}

static const char *choose_delivery(int i)
{
    return i <= DELIVERY_QUEUED ? delivery_name((enum delivery)i) : NULL;
}

static const char *choose_severity(int i)
{
    return i <= SEVERITY_WARNING ? severity_name((enum severity)i) : NULL;
}

static const char *choose_code(int i)
{
    return i < PROBLEM_CODE_COUNT ? problem_code((enum problem_code)i) : NULL;
}

static const char *choose_version(int i)
{
    return i == 0 ? "certroll/v1" : NULL;
}

static const char *choose_plan(int i)
{
    return i == 0 ? "Plan" : NULL;
}

static const char *choose_run(int i)
{
    return i == 0 ? "Run" : NULL;
}

static const char *choose_status(int i)
{
    return i == 0 ? "Status" : NULL;
}

static const char *choose_validation(int i)
{
    return i == 0 ? "Validation" : NULL;
}

static const char *choose_history(int i)
{
    return i == 0 ? "History" : NULL;
}

static const char *choose_verification(int i)
{
    return i == 0 ? "Verification" : NULL;
}

static const char *choose_delivered(int i)
{
    return i == 0 ? "Delivery" : NULL;
}

#define AT(member) offsetof(struct manifest_row, member)
#define MANIFEST_FIELDS                                                                            \
    {"path", FIELD_TEXT, AT(path), .never_null = true, .says = "The file, as it was named."},      \
        {"name", FIELD_TEXT, AT(name),                                                             \
         .says = "The owner label; null where it could not be read."},                             \
    {                                                                                              \
        "sha256", FIELD_TEXT, AT(sha256),                                                          \
            .pattern = FINGERPRINT,                                                                \
            .says = "Of the file's bytes; null where it could not be read."                        \
    }
static const struct field manifest_fields[] = {
    MANIFEST_FIELDS,
    {"commit", FIELD_TEXT, AT(commit), .pattern = "^([0-9a-f]{40}|[0-9a-f]{64})$",
     .says = "What is checked out where it stands, though it may have been edited there; null: no "
             "Git."},
};
static const struct field valid_manifest_fields[] = {
    MANIFEST_FIELDS,
    {"certificates", FIELD_COUNT, AT(certificates), .says = "Its entries."},
};
#undef AT
static const struct shape manifest_shape = {"manifest", "A manifest that was given.",
                                            sizeof(struct manifest_row), FIELDS(manifest_fields)};
static const struct shape valid_manifest_shape = {"manifest", "A manifest that was given.",
                                                  sizeof(struct manifest_row),
                                                  FIELDS(valid_manifest_fields)};

#define AT(member) offsetof(struct summary_row, member)
static const struct field summary_fields[] = {
    {"certificates", FIELD_COUNT, AT(certificates), .says = "Entries of all manifests."},
    {"unchanged", FIELD_COUNT, AT(unchanged),
     .says = "Certificates that the store has as they are wanted."},
    {"superseded", FIELD_COUNT, AT(superseded),
     .says = "Certificates that a later one has relieved for good: their entries can go."},
#define X(constant, text)                                                                          \
    {text, FIELD_COUNT, AT(counts) + ACTION_##constant * sizeof(int64_t), .left_out = true,        \
     .says = "Actions of this kind; left out where there is none."},
    ACTION_KINDS(X)
#undef X
        {"failed", FIELD_COUNT, AT(failed), .says = "Certificates that have an error."},
    {"warnings", FIELD_COUNT, AT(warnings), .says = "Problems that are warnings."},
};
#undef AT
static const struct shape summary_shape = {"summary", "What there is, counted.",
                                           sizeof(struct summary_row), FIELDS(summary_fields)};

#define AT(member) offsetof(struct action_row, member)
#define ACTION_FIELD                                                                               \
    {                                                                                              \
        "action", FIELD_TEXT, AT(action), .never_null = true, .choice = choose_action,             \
                                          .says = "What is done."                                  \
    }
#define ACTION_FIELDS                                                                              \
    {"certificate", FIELD_TEXT, AT(certificate), .says = "The entry's name in its manifest."},     \
        {"owner", FIELD_TEXT, AT(owner), .says = "The name of the manifest."},                     \
        {"scope", FIELD_TEXT, AT(scope), .says = "Of the slot; null where none is touched."},      \
        {"type", FIELD_TEXT, AT(type), .says = "Type or Type@instance of the slot."},              \
        {"fingerprint", FIELD_TEXT, AT(fingerprint), .pattern = FINGERPRINT,                       \
         .says = "SHA-256 of the certificate's DER: its identity."},                               \
        {"thumbprint", FIELD_TEXT, AT(thumbprint), .pattern = THUMBPRINT,                          \
         .says = "SHA-1 of the certificate's DER, as Windows shows it."},                          \
        {"subject", FIELD_TEXT, AT(subject), .says = "Of the certificate."},                       \
        {"not_before", FIELD_TIME, AT(not_before), .says = "Valid from this second."},             \
        {"not_after", FIELD_TIME, AT(not_after), .says = "Valid up to and with this second."},     \
        {"effective_date", FIELD_TIME, AT(effective_date),                                         \
         .says = "From when it may be used in its slot; null: from the beginning."},               \
        {"relieves", FIELD_TEXT, AT(relieves), .pattern = FINGERPRINT,                             \
         .says = "The fingerprint of the certificate that it takes over from."},                   \
        {"file", FIELD_TEXT, AT(file), .says = "The manifest with the entry."},                    \
        {"line", FIELD_PLACE, AT(line), .says = "Where the entry begins."},                        \
    {                                                                                              \
        "reason", FIELD_TEXT, AT(reason), .says = "Why, for people."                               \
    }
static const struct field plan_action_fields[] = {ACTION_FIELD, ACTION_FIELDS};
static const struct field run_action_fields[] = {
    ACTION_FIELD,
    {"outcome", FIELD_TEXT, AT(outcome), .never_null = true, .choice = choose_outcome,
     .says = "What came of it."},
    ACTION_FIELDS,
};
#undef AT
static const struct shape plan_action_shape = {"action", "One step, in the order of the plan.",
                                               sizeof(struct action_row),
                                               FIELDS(plan_action_fields)};
static bool is_undone(const void *row)
{
    return ((const struct action_row *)row)->result != OUTCOME_DONE;
}
static const struct shape run_action_shape = {"action", "One step, and what came of it.",
                                              sizeof(struct action_row), FIELDS(run_action_fields)};

#define AT(member) offsetof(struct problem_row, member)
static const struct field problem_fields[] = {
    {"severity", FIELD_TEXT, AT(severity), .never_null = true, .choice = choose_severity,
     .says = "Errors change the exit code, warnings never do."},
    {"code", FIELD_TEXT, AT(code), .never_null = true, .choice = choose_code,
     .says = "Stable, for programs."},
    {"file", FIELD_TEXT, AT(file), .says = "The manifest."},
    {"line", FIELD_PLACE, AT(line), .says = "Counted from 1."},
    {"column", FIELD_PLACE, AT(column), .says = "Counted from 1, in characters."},
    {"certificate", FIELD_TEXT, AT(certificate), .says = "The entry's name."},
    {"message", FIELD_TEXT, AT(message), .never_null = true, .says = "For people."},
    {"hint", FIELD_TEXT, AT(advice), .never_null = true,
     .says = "What to do about it, for people."},
};
#undef AT
static bool is_error(const void *row)
{
    return ((const struct problem_row *)row)->is_error;
}
static const struct shape problem_shape = {"problem", "What went wrong, or may.",
                                           sizeof(struct problem_row), FIELDS(problem_fields)};

#define AT(member) offsetof(struct sent_row, member)
static const struct field sent_fields[] = {
    {"url", FIELD_TEXT, AT(url), .never_null = true, .says = "Where it was posted to."},
    {"delivery", FIELD_TEXT, AT(delivery), .never_null = true, .choice = choose_delivery,
     .says = "What came of posting it; queued: it goes out with a later run."},
    {"attempts", FIELD_COUNT, AT(attempts), .says = "Requests of this run."},
    {"error", FIELD_TEXT, AT(error), .says = "What was wrong with the last one; null: nothing."},
};
#undef AT
static const struct shape sent_shape = {"delivery_to", "The report on its way to one URL.",
                                        sizeof(struct sent_row), FIELDS(sent_fields)};

#define AT(member) offsetof(struct delivery_row, member)
static const struct field delivery_fields[] = {
    {"file", FIELD_TEXT, AT(file), .says = "Where the report was written to."},
    {"url", FIELD_TEXT, AT(url), .says = "Where it was posted to; the first of several."},
    {"delivery", FIELD_TEXT, AT(delivery), .never_null = true, .choice = choose_delivery,
     .says = "What came of posting it; queued: to one URL at least it goes out with a later run."},
    {"deliveries", FIELD_LIST, AT(deliveries), .shape = &sent_shape,
     .says = "URL by URL; in what is sent itself it is still queued."},
};
#undef AT
static const struct shape delivery_shape = {"report", "The run's report.",
                                            sizeof(struct delivery_row), FIELDS(delivery_fields)};

#define AT(member) offsetof(struct certificate_row, member)
#define CERTIFICATE_FIELDS                                                                         \
    {"fingerprint",          FIELD_TEXT,                                                           \
     AT(fingerprint),        .never_null = true,                                                   \
     .pattern = FINGERPRINT, .says = "SHA-256 of the certificate's DER: its identity."},           \
        {"thumbprint", FIELD_TEXT, AT(thumbprint), .pattern = THUMBPRINT,                          \
         .says = "SHA-1 of the certificate's DER, as Windows shows it."},                          \
        {"subject", FIELD_TEXT, AT(subject), .says = "Whom it names."},                            \
        {"issuer", FIELD_TEXT, AT(issuer), .says = "Who signed it."},                              \
        {"serial", FIELD_TEXT, AT(serial), .pattern = SERIAL,                                      \
         .says = "In hex; of a very long one the beginning, with an ellipsis."},                   \
        {"dns_names", FIELD_TEXTS, AT(dns_names), .says = "DNS names of subjectAltName."},         \
        {"not_before", FIELD_TIME, AT(not_before), .says = "Valid from this second."},             \
        {"not_after", FIELD_TIME, AT(not_after), .says = "Valid up to and with this second."},     \
        {"effective_date", FIELD_TIME, AT(effective_date),                                         \
         .says = "From when it may be used in its slot; null: from the beginning."},               \
    {                                                                                              \
        "key_readable_by_service", FIELD_FLAG, AT(key_readable_by_service),                        \
            .says = "Whether the service group may read its private key."                          \
    }
static const struct field certificate_fields[] = {CERTIFICATE_FIELDS};
static const struct field unassigned_fields[] = {
    {"owner", FIELD_TEXT, AT(owner), .says = "The name of the manifest; null: not known."},
    {"certificate", FIELD_TEXT, AT(certificate), .never_null = true,
     .says = "The entry's name; the fingerprint where the owner is not known."},
    CERTIFICATE_FIELDS,
};
#undef AT
static const struct shape certificate_shape = {"certificate", "A certificate in its slot.",
                                               sizeof(struct certificate_row),
                                               FIELDS(certificate_fields)};
static const struct shape unassigned_shape = {"unassigned", "An imported certificate without slot.",
                                              sizeof(struct certificate_row),
                                              FIELDS(unassigned_fields)};

#define AT(member) offsetof(struct slot_row, member)
static const struct field slot_fields[] = {
    {"scope", FIELD_TEXT, AT(scope), .never_null = true, .says = "local or global."},
    {"type", FIELD_TEXT, AT(type), .never_null = true, .says = "Type or Type@instance."},
    {"owner", FIELD_TEXT, AT(owner),
     .says = "The name of the manifest that claims it; null: not known."},
    {"current", FIELD_OBJECT, AT(current), .shape = &certificate_shape, .says = "In use."},
    {"next", FIELD_LIST, AT(next), .shape = &certificate_shape,
     .says = "Those still ahead, by effective date."},
    {"previous", FIELD_OBJECT, AT(previous), .shape = &certificate_shape,
     .says = "The one that a roll relieved, until it expires."},
};
#undef AT
static const struct shape slot_shape = {"slot", "One scope and type.", sizeof(struct slot_row),
                                        FIELDS(slot_fields)};

#define AT(member) offsetof(struct waiting_row, member)
static const struct field waiting_fields[] = {
    {"run", FIELD_TEXT, AT(run), .never_null = true, .says = "The id of the run."},
    {"url", FIELD_TEXT, AT(url), .never_null = true, .says = "Where it is to be posted to."},
    {"queued_at", FIELD_TIME, AT(queued_at), .says = "Since when it waits."},
    {"attempts", FIELD_COUNT, AT(attempts), .says = "Requests so far, of all runs."},
    {"last_error", FIELD_TEXT, AT(last_error),
     .says = "What was wrong with the last attempt; null: there was none."},
};
#undef AT
static const struct shape waiting_shape = {"waiting", "A report that waits to be sent.",
                                           sizeof(struct waiting_row), FIELDS(waiting_fields)};

#define AT(member) offsetof(struct past_run_row, member)
static const struct field past_run_fields[] = {
    {"finished", FIELD_FLAG, AT(finished), .says = "False where the run was interrupted."},
    {"html", FIELD_TEXT, AT(report), .says = "The path of its report."},
    {"run", FIELD_JSON, AT(json), .says = "What it did; kind Run."},
};
#undef AT
static const struct shape past_run_shape = {"past_run", "A run that the store remembers.",
                                            sizeof(struct past_run_row), FIELDS(past_run_fields)};

#define AT(member) offsetof(struct document, member)
#define HEAD_FIELDS(choose)                                                                        \
    {"api_version",                                                                                \
     FIELD_TEXT,                                                                                   \
     AT(api_version),                                                                              \
     .never_null = true,                                                                           \
     .choice = choose_version,                                                                     \
     .says = "Of this shape."},                                                                    \
    {                                                                                              \
        "kind", FIELD_TEXT, AT(kind), .never_null = true, .choice = (choose),                      \
                                      .says = "What this is."                                      \
    }
#define MIDDLE_FIELDS                                                                              \
    {"at", FIELD_TIME, AT(at), .never_null = true, .says = "The instant that was planned for."},   \
    {                                                                                              \
        "generation", FIELD_COUNT, AT(generation), .says = "Of the store that was planned from."   \
    }
#define PROBLEMS_FIELD                                                                             \
    {                                                                                              \
        "problems", FIELD_LIST, AT(problems), .shape = &problem_shape,                             \
                                              .rest = AT(problems_left_out), .pressing = is_error, \
                                              .says = "By place; those without one last."          \
    }
#define BODY_FIELDS(action)                                                                        \
    {"manifests",                                                                                  \
     FIELD_LIST,                                                                                   \
     AT(manifests),                                                                                \
     .shape = &manifest_shape,                                                                     \
     .rest = AT(manifests_left_out),                                                               \
     .says = "In the order given."},                                                               \
        {"summary",                                                                                \
         FIELD_OBJECT,                                                                             \
         AT(summary),                                                                              \
         .never_null = true,                                                                       \
         .shape = &summary_shape,                                                                  \
         .says = "What there is, counted."},                                                       \
        {"actions",                                                                                \
         FIELD_LIST,                                                                               \
         AT(actions),                                                                              \
         .shape = &(action),                                                                       \
         .rest = AT(actions_left_out),                                                             \
         .pressing = is_undone,                                                                    \
         .says = "In order."},                                                                     \
        PROBLEMS_FIELD
static const struct field plan_fields[] = {
    HEAD_FIELDS(choose_plan),
    MIDDLE_FIELDS,
    BODY_FIELDS(plan_action_shape),
};
static const struct field run_fields[] = {
    HEAD_FIELDS(choose_run),
    {"run_id", FIELD_TEXT, AT(run_id), .never_null = true, .says = "Of this run."},
    {"started_at", FIELD_TIME, AT(started_at), .never_null = true, .says = "When it began."},
    {"finished_at", FIELD_TIME, AT(finished_at), .says = "When it ended."},
    MIDDLE_FIELDS,
    {"generation_after", FIELD_COUNT, AT(generation_after), .says = "Of the store afterwards."},
    BODY_FIELDS(run_action_shape),
    {"report", FIELD_OBJECT, AT(report), .never_null = true, .shape = &delivery_shape,
     .says = "The run's report."},
    {"manifests_left_out", FIELD_COUNT, AT(manifests_left_out), .left_out = true,
     .says = "In a page: manifests that it has no room for."},
    {"actions_left_out", FIELD_COUNT, AT(actions_left_out), .left_out = true,
     .says = "In a page: actions that it has no room for; those that failed are there."},
    {"problems_left_out", FIELD_COUNT, AT(problems_left_out), .left_out = true,
     .says = "In a page: problems that it has no room for; errors are there first."},
};
static const struct field status_fields[] = {
    HEAD_FIELDS(choose_status),
    {"slots", FIELD_LIST, AT(slots), .shape = &slot_shape, .says = "By scope, then type."},
    {"unassigned", FIELD_LIST, AT(unassigned), .shape = &unassigned_shape,
     .says = "Imported, and in no slot."},
    {"outbox", FIELD_LIST, AT(outbox), .shape = &waiting_shape,
     .says = "Reports that wait to be sent, in order."},
    PROBLEMS_FIELD,
};
static const struct field validation_fields[] = {
    HEAD_FIELDS(choose_validation),
    {"manifests", FIELD_LIST, AT(manifests), .shape = &valid_manifest_shape,
     .says = "In the order given."},
    PROBLEMS_FIELD,
};
static const struct field history_fields[] = {
    HEAD_FIELDS(choose_history),
    {"runs", FIELD_LIST, AT(runs), .shape = &past_run_shape, .says = "Oldest first."},
    PROBLEMS_FIELD,
};
static const struct field verification_fields[] = {
    HEAD_FIELDS(choose_verification),
    {"rebuilt", FIELD_FLAG, AT(rebuilt), .says = "Whether the index was made anew before."},
    {"objects", FIELD_COUNT, AT(objects), .says = "Certificates that were read."},
    {"links", FIELD_COUNT, AT(links), .says = "Links that were read."},
    {"unreferenced", FIELD_COUNT, AT(unreferenced),
     .says = "Certificates that only a kept run refers to."},
    PROBLEMS_FIELD,
};
static const struct field delivery_result_fields[] = {
    HEAD_FIELDS(choose_delivered),
    {"delivered", FIELD_COUNT, AT(delivered), .says = "Reports that went out."},
    {"queued", FIELD_COUNT, AT(queued), .says = "Reports that still wait."},
    {"dropped", FIELD_LIST, AT(dropped), .shape = &waiting_shape,
     .says = "Reports that were let go, in order."},
    PROBLEMS_FIELD,
};
#undef AT

const struct shape *shape_of(enum report_kind kind)
{
    static const struct shape shapes[] = {
        [REPORT_PLAN] = {"plan", "What certroll plan found to be done.", sizeof(struct document),
                         FIELDS(plan_fields)},
        [REPORT_RUN] = {"report", "What a run of certroll apply did.", sizeof(struct document),
                        FIELDS(run_fields)},
        [REPORT_STATUS] = {"status", "What the store holds, slot by slot.", sizeof(struct document),
                           FIELDS(status_fields)},
        [REPORT_VALIDATION] = {"validation", "What certroll validate found.",
                               sizeof(struct document), FIELDS(validation_fields)},
        [REPORT_HISTORY] = {"history", "What past runs did.", sizeof(struct document),
                            FIELDS(history_fields)},
        [REPORT_VERIFICATION] = {"verification", "What certroll verify found.",
                                 sizeof(struct document), FIELDS(verification_fields)},
        [REPORT_DELIVERY] = {"delivery", "What certroll deliver sent.", sizeof(struct document),
                             FIELDS(delivery_result_fields)},
    };
    return &shapes[kind];
}
