/* sync_each FOLDER COUNT: makes files of 3 KB as one makes a single one that has to last: written,
 * synced, renamed. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OBJECT_SIZE = 3 * 1024 };

static int write_one(const char *temporary, const char *path)
{
    char object[OBJECT_SIZE];
    memset(object, 'x', sizeof(object));
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    int result = write(fd, object, sizeof(object)) == sizeof(object) && fsync(fd) == 0 ? 0 : -1;
    if (close(fd) != 0)
        result = -1;
    return result == 0 ? rename(temporary, path) : result;
}

int main(int argc, char **argv)
{
    unsigned count = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    for (unsigned i = 0; i < count; i++) {
        char temporary[4096], path[4096];
        snprintf(temporary, sizeof(temporary), "%s/%06u.new", argv[1], i);
        snprintf(path, sizeof(path), "%s/%06u", argv[1], i);
        if (write_one(temporary, path) != 0) {
            perror(path);
            return 1;
        }
    }
    return count ? 0 : 64;
}
