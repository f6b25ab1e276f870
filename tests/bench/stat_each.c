/* stat_each FOLDER COUNT: asks for the status of each file of a set, and does nothing with it. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
    unsigned count = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    for (unsigned i = 0; i < count; i++) {
        char path[4096];
        struct stat status;
        snprintf(path, sizeof(path), "%s/%06u", argv[1], i);
        if (stat(path, &status) != 0) {
            perror(path);
            return 1;
        }
    }
    return count ? 0 : 64;
}
