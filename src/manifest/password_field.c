/* Nothing in this file may quote a value. */
#include "manifest/complain.h"
#include "manifest/forms.h"

#include <string.h>

enum { ARGUMENTS_MOST = 256 };

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

bool form_decode_variable(struct reader *reader, const struct field *field,
                          const struct node *value, void *slot)
{
    const char *text = form_text(reader, value, field->name);
    if (!text)
        return false;
    if (!form_is_word(text, strlen(text), LETTERS "_", LETTERS "_0123456789", 255)) {
        complain(reader->problems, PROBLEM_INVALID_VALUE, value->place,
                 "env is the name of an environment variable: letters, digits and '_'");
        return false;
    }
    return form_keep(reader, text, slot);
}

bool form_decode_credential(struct reader *reader, const struct field *field,
                            const struct node *value, void *slot)
{
    const char *text = form_text(reader, value, field->name);
    if (!text)
        return false;
    if (!*text || strchr(text, '/') || strcmp(text, ".") == 0 || strcmp(text, "..") == 0 ||
        strlen(text) > 255) {
        complain(reader->problems, PROBLEM_INVALID_VALUE, value->place,
                 "credential is the name of a file in $CREDENTIALS_DIRECTORY, without '/'");
        return false;
    }
    return form_keep(reader, text, slot);
}

bool form_decode_command(struct reader *reader, const struct field *field, const struct node *value,
                         void *slot)
{
    if (value->kind != NODE_SEQUENCE || value->count == 0) {
        complain(reader->problems, PROBLEM_WRONG_KIND, value->place,
                 "%s is a list of a program and its arguments: write [pass, show, web]",
                 field->name);
        return false;
    }
    if (value->count > ARGUMENTS_MOST) {
        complain(reader->problems, PROBLEM_LIMIT_EXCEEDED, value->place, "more than %d arguments",
                 ARGUMENTS_MOST);
        return false;
    }
    const char **command = arena_alloc(reader->arena, value->count + 1, sizeof(*command));
    reader->failed = reader->failed || !command;
    bool valid = command;
    for (size_t i = 0; command && i < value->count; i++) {
        const char *text = form_text(reader, value->items[i], "an argument");
        if (text && i == 0 && !*text)
            complain(reader->problems, PROBLEM_INVALID_VALUE, value->items[i]->place,
                     "command begins with the name of a program");
        command[i] = text && (i > 0 || *text) ? form_copy(reader, text) : NULL;
        valid = valid && command[i];
    }
    if (valid)
        memcpy(slot, &command, sizeof(command));
    return valid;
}

static bool decode_text(struct reader *reader, const struct node *value,
                        struct password_source *ret)
{
    const char *text = form_text(reader, value, "password");
    if (!text)
        return false;
    ret->text = secret_copy(text, strlen(text));
    if (!ret->text) {
        reader->failed = true;
        return false;
    }
    ret->kind = PASSWORD_TEXT;
    return true;
}

static bool decode_object(struct reader *reader, const struct node *value,
                          struct password_source *ret)
{
    static const enum password_kind kinds[] = {PASSWORD_ENV, PASSWORD_FILE, PASSWORD_CREDENTIAL,
                                               PASSWORD_COMMAND};
    struct seen seen[FIELDS_MOST] = {0};
    size_t errors = reader->problems->errors, count = 0;
    fields_read(reader, value, &fields_password, false, ret, seen);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (seen[i].key) {
            ret->kind = kinds[i];
            count++;
        }
    if (reader->problems->errors > errors)
        return false;
    if (count != 1)
        complain(reader->problems, count ? PROBLEM_CONFLICTING_KEYS : PROBLEM_MISSING_KEY,
                 value->place,
                 "password comes from one place: one of env, file, credential and command");
    return count == 1;
}

bool form_decode_password(struct reader *reader, const struct field *field,
                          const struct node *value, void *slot)
{
    struct password_source source = {.place = value->place};
    bool valid = false;
    if (value->kind == NODE_SEQUENCE)
        complain(reader->problems, PROBLEM_WRONG_KIND, value->place,
                 "%s is a text or one of {env: ...}, {file: ...}, {credential: ...} and "
                 "{command: [...]}, not a list",
                 field->name);
    else if (value->kind == NODE_SCALAR)
        valid = decode_text(reader, value, &source);
    else
        valid = decode_object(reader, value, &source);
    if (valid)
        memcpy(slot, &source, sizeof(source));
    return valid;
}
