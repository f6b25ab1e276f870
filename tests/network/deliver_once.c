/* deliver_once URL FILE: posts a file as certroll would, and says in JSON what came of it. */
#include "base/file.h"
#include "deliver/deliver.h"

#include <fcntl.h>
#include <stdio.h>

static int post(const char *url, const struct secret *body, const struct environment *environment,
                struct arena *arena, struct problems *problems)
{
    struct deliver_settings settings CLEANUP(deliver_settings_done) = {0};
    if (deliver_settings_read(environment, 0, arena, problems, &settings) < 0 ||
        deliver_check_url(url, (struct place){0}, problems) < 0)
        return -1;
    struct deliver_request request = {.url = url,
                                      .run_id = "20261122T090000Z-3f9a1c",
                                      .result = "changed",
                                      .body = (const char *)secret_peek(body),
                                      .body_size = secret_size(body),
                                      .budget = (int64_t)settings.timeout * 1000};
    struct deliver_result result;
    if (deliver_post(&settings, &request, arena, &result) < 0)
        return -1;
    printf("{\"delivered\": %s, \"permanent\": %s, \"attempts\": %d, \"status\": %ld}\n",
           result.delivered ? "true" : "false", result.permanent ? "true" : "false",
           result.attempts, result.status);
    if (result.error)
        fprintf(stderr, "%s\n", result.error);
    return 0;
}

int main(int argc, char **argv)
{
    struct secret *body AUTO_SECRET = NULL;
    if (argc != 3 || file_read(AT_FDCWD, argv[2], FILE_SOURCE_MOST, &body) != 0) {
        fprintf(stderr, "usage: deliver_once URL FILE\n");
        return 64;
    }
    struct arena *arena = arena_new();
    struct environment *environment = environment_new();
    struct problems problems;
    problems_init(&problems, arena);
    int error = !environment || deliver_settings_take(environment) < 0 ||
                post(argv[1], body, environment, arena, &problems) < 0;
    for (size_t i = 0; i < problems.count; i++)
        fprintf(stderr, "%s [%s]\n", problems.items[i].message,
                problem_code(problems.items[i].code));
    environment_free(environment);
    arena_free(arena);
    return error ? 1 : 0;
}
