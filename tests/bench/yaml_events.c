/* yaml_events MANIFEST...: libyaml's events of each, one after the other, and nothing made of them.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <yaml.h>

static unsigned char *read_all(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "re");
    struct stat status;
    if (!file || fstat(fileno(file), &status) != 0)
        return NULL;
    *ret_size = (size_t)status.st_size;
    unsigned char *bytes = malloc(*ret_size + 1);
    if (bytes && fread(bytes, 1, *ret_size, file) != *ret_size) {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    return bytes;
}

static int parse(const unsigned char *bytes, size_t size)
{
    yaml_parser_t parser;
    yaml_event_t event;
    bool done = false;
    if (!yaml_parser_initialize(&parser))
        return -1;
    yaml_parser_set_input_string(&parser, bytes, size);
    while (!done && yaml_parser_parse(&parser, &event)) {
        done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return done ? 0 : -1;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t size = 0;
        unsigned char *bytes = read_all(argv[i], &size);
        int result = bytes ? parse(bytes, size) : -1;
        free(bytes);
        if (result != 0) {
            fprintf(stderr, "yaml_events: %s cannot be parsed\n", argv[i]);
            return 1;
        }
    }
    return argc > 1 ? 0 : 64;
}
