/* sync_each FOLDER COUNT [MODEL]: makes objects as one makes a single one that has to last:
 * written, synced, renamed. Each is a file of 3 KB or, with MODEL, a folder with files as large as
 * those of that folder: each of them is synced, and the folder. */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OBJECT_SIZE = 3 * 1024, FILES_MOST = 16, FILE_SIZE_MOST = 64 * 1024 };

struct model {
    size_t sizes[FILES_MOST];
    unsigned count;
};

static bool read_model(struct model *model, const char *path)
{
    DIR *folder = opendir(path);
    bool good = folder != NULL;
    for (struct dirent *entry; good && (entry = readdir(folder));) {
        struct stat status;
        good = fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0;
        if (!good || !S_ISREG(status.st_mode))
            continue;
        good = model->count < FILES_MOST && status.st_size <= FILE_SIZE_MOST;
        if (good)
            model->sizes[model->count++] = (size_t)status.st_size;
    }
    if (folder)
        closedir(folder);
    return good && model->count > 0;
}

static int write_file(const char *path, size_t size)
{
    static char bytes[FILE_SIZE_MOST];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    memset(bytes, 'x', size);
    int result = write(fd, bytes, size) == (ssize_t)size && fsync(fd) == 0 ? 0 : -1;
    return close(fd) == 0 ? result : -1;
}

static int write_folder(const char *path, const struct model *model)
{
    int result = mkdir(path, 0700);
    for (unsigned i = 0; result == 0 && i < model->count; i++) {
        char file[4096];
        snprintf(file, sizeof(file), "%s/%u", path, i);
        result = write_file(file, model->sizes[i]);
    }
    int fd = result == 0 ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0)
        return -1;
    result = fsync(fd);
    return close(fd) == 0 ? result : -1;
}

static int write_one(const char *folder, unsigned number, const struct model *model)
{
    char temporary[2048], path[2048];
    snprintf(temporary, sizeof(temporary), "%s/%06u.new", folder, number);
    snprintf(path, sizeof(path), "%s/%06u", folder, number);
    int result = model->count ? write_folder(temporary, model) : write_file(temporary, OBJECT_SIZE);
    if (result == 0)
        result = rename(temporary, path);
    if (result != 0)
        perror(path);
    return result;
}

int main(int argc, char **argv)
{
    struct model model = {.count = 0};
    unsigned count = argc == 3 || argc == 4 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    if (count == 0 || (argc == 4 && !read_model(&model, argv[3]))) {
        fprintf(stderr, "usage: sync_each FOLDER COUNT [MODEL]\n");
        return 64;
    }
    for (unsigned i = 0; i < count; i++)
        if (write_one(argv[1], i, &model) != 0)
            return 1;
    return 0;
}
