#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <dirent.h>

#include <cmocka.h>

/* Each test has a folder of its own; the tests' paths are relative to it. */
struct folder {
    char path[256];
    int fd;
};

static int make_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof(*folder));
    const char *where = getenv("TMPDIR");
    snprintf(folder->path, sizeof(folder->path), "%s/certroll-file-XXXXXX", where ? where : "/tmp");
    if (!mkdtemp(folder->path))
        return -1;
    folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = folder;
    return folder->fd < 0 ? -1 : 0;
}

static size_t empty_folder(int fd)
{
    size_t count = 0;
    DIR *entries = fdopendir(dup(fd));
    rewinddir(entries);
    for (struct dirent *entry; (entry = readdir(entries));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(fd, entry->d_name, 0) != 0)
            unlinkat(fd, entry->d_name, AT_REMOVEDIR);
        count++;
    }
    closedir(entries);
    return count;
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;
    empty_folder(folder->fd);
    close(folder->fd);
    rmdir(folder->path);
    free(folder);
    return 0;
}

static int in(void **state)
{
    return ((struct folder *)*state)->fd;
}

static void put(int directory, const char *name, const void *bytes, size_t size)
{
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(file_write_all(fd, bytes, size), 0);
    close(fd);
}

static void assert_holds(int directory, const char *name, const char *bytes)
{
    struct secret *file AUTO_SECRET = NULL;
    assert_int_equal(file_read(directory, name, 1 << 20, &file), 0);
    assert_int_equal(secret_size(file), strlen(bytes));
    assert_string_equal((const char *)secret_peek(file), bytes);
}

static mode_t mode_of(int directory, const char *name)
{
    struct stat status;
    assert_int_equal(fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW), 0);
    return status.st_mode;
}

static void assert_unread(int directory, const char *name, size_t most, int error)
{
    struct secret *file = NULL;
    assert_int_equal(file_read(directory, name, most, &file), error);
    assert_null(file);
}

static void a_file_is_read_whole(void **state)
{
    struct secret *file AUTO_SECRET = NULL;
    put(in(state), "f", "a\0b\n", 4);
    assert_int_equal(file_read(in(state), "f", 100, &file), 0);
    assert_int_equal(secret_size(file), 4);
    assert_memory_equal(secret_peek(file), "a\0b\n", 5);
}

static void the_rights_are_those_of_the_file_that_was_read(void **state)
{
    struct secret *file AUTO_SECRET = NULL;
    mode_t mode = 0;
    put(in(state), "f", "a", 1);
    assert_int_equal(fchmodat(in(state), "f", 0604, 0), 0);
    assert_int_equal(symlinkat("f", in(state), "link"), 0);
    assert_int_equal(file_read_mode(in(state), "link", 100, &mode, &file), 0);
    assert_int_equal(mode, S_IFREG | 0604);
}

static void an_empty_file_is_no_error(void **state)
{
    put(in(state), "f", "", 0);
    assert_holds(in(state), "f", "");
}

static void a_file_of_just_the_bound_is_read_and_one_byte_more_is_not(void **state)
{
    struct secret *file AUTO_SECRET = NULL;
    put(in(state), "f", "12345", 5);
    assert_int_equal(file_read(in(state), "f", 5, &file), 0);
    assert_unread(in(state), "f", 4, -EFBIG);
    assert_unread(in(state), "f", 0, -EFBIG);
}

static void a_sparse_giant_is_refused_by_its_size(void **state)
{
    int fd = openat(in(state), "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
    close(fd);
    assert_unread(in(state), "f", FILE_SOURCE_MOST, -EFBIG);
}

static void what_is_not_there_is_said_so(void **state)
{
    assert_unread(in(state), "f", 100, -ENOENT);
    assert_unread(in(state), "", 100, -ENOENT);
}

static void a_fifo_does_not_block(void **state)
{
    assert_int_equal(mkfifoat(in(state), "pipe", 0600), 0);
    assert_unread(in(state), "pipe", 100, -EINVAL);
}

static void devices_and_folders_and_sockets_are_refused(void **state)
{
    assert_unread(in(state), "/dev/zero", 100, -EINVAL);
    assert_unread(in(state), "/dev/null", 100, -EINVAL);
    assert_unread(in(state), ".", 100, -EISDIR);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/socket", in(state));
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0)
        assert_unread(in(state), "socket", 100, -ENXIO);
    close(listener);
}

static void a_symbolic_link_is_followed_but_not_in_circles(void **state)
{
    put(in(state), "f", "bytes", 5);
    assert_int_equal(symlinkat("f", in(state), "link"), 0);
    assert_int_equal(symlinkat("circle", in(state), "circle"), 0);
    assert_holds(in(state), "link", "bytes");
    assert_unread(in(state), "circle", 100, -ELOOP);
}

static void a_file_that_may_not_be_read_is_said_so(void **state)
{
    if (geteuid() == 0)
        skip();
    put(in(state), "f", "bytes", 5);
    assert_int_equal(fchmodat(in(state), "f", 0, 0), 0);
    assert_unread(in(state), "f", 100, -EACCES);
}

static void writing_to_what_is_full_or_closed_is_an_error(void **state)
{
    (void)state;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(full >= 0);
    assert_int_equal(file_write_all(full, "x", 1), -ENOSPC);
    assert_int_equal(file_write_all(full, "", 0), 0);
    close(full);
    assert_int_equal(file_write_all(-1, "x", 1), -EBADF);
}

static void replacing_gives_bytes_and_mode_whatever_the_umask(void **state)
{
    mode_t before = umask(077);
    assert_int_equal(file_replace(in(state), "f", "one", 3, 0644), 0);
    umask(0);
    assert_int_equal(file_replace(in(state), "g", "two", 3, 0600), 0);
    umask(before);
    assert_holds(in(state), "f", "one");
    assert_holds(in(state), "g", "two");
    assert_int_equal(mode_of(in(state), "f"), S_IFREG | 0644);
    assert_int_equal(mode_of(in(state), "g"), S_IFREG | 0600);
}

static void who_has_the_old_file_open_keeps_it_whole(void **state)
{
    assert_int_equal(file_replace(in(state), "f", "old bytes", 9, 0644), 0);
    int old = openat(in(state), "f", O_RDONLY | O_CLOEXEC);
    assert_int_equal(file_replace(in(state), "f", "new", 3, 0640), 0);
    char bytes[16] = "";
    assert_int_equal(read(old, bytes, sizeof(bytes)), 9);
    close(old);
    assert_string_equal(bytes, "old bytes");
    assert_holds(in(state), "f", "new");
    assert_int_equal(mode_of(in(state), "f"), S_IFREG | 0640);
}

static void replacing_leaves_no_temporary_file(void **state)
{
    assert_int_equal(file_replace(in(state), "f", "x", 1, 0644), 0);
    assert_int_equal(file_replace(in(state), "f", "y", 1, 0644), 0);
    assert_int_equal(empty_folder(in(state)), 1);
    assert_int_equal(mkdirat(in(state), "d", 0700), 0);
    assert_int_equal(file_replace(in(state), "d", "x", 1, 0644), -EISDIR);
    assert_int_equal(empty_folder(in(state)), 1);
}

#define TEMPORARY "f.certroll.tmp"

static void what_a_killed_process_left_goes_with_the_next(void **state)
{
    put(in(state), TEMPORARY, "much longer than what is written now", 36);
    assert_int_equal(file_replace(in(state), "f", "new", 3, 0644), 0);
    assert_holds(in(state), "f", "new");
    assert_int_equal(empty_folder(in(state)), 1);
}

/* Takes the temporary's name away, as somebody who replaces the file at the same time. */
static int replace_meanwhile(const void *context, int fd)
{
    const int *directory = context;
    assert_int_equal(file_replace(*directory, "f", "theirs", 6, 0644), 0);
    assert_holds(*directory, "f", "theirs");
    return file_write_all(fd, "ours", 4);
}

static void two_at_once_never_write_the_same_temporary_file(void **state)
{
    int directory = in(state);
    assert_int_equal(file_replace_by(directory, "f", replace_meanwhile, &directory, 0644), 0);
    assert_holds(directory, "f", "ours");
    assert_int_equal(empty_folder(directory), 1);
}

static void what_others_put_under_the_temporary_name_stays(void **state)
{
    put(in(state), "theirs", "precious", 8);
    assert_int_equal(linkat(in(state), "theirs", in(state), TEMPORARY, 0), 0);
    assert_int_equal(file_replace(in(state), "f", "one", 3, 0644), 0);
    assert_holds(in(state), "theirs", "precious");
    assert_int_equal(unlinkat(in(state), TEMPORARY, 0), 0);
    assert_int_equal(symlinkat("theirs", in(state), TEMPORARY), 0);
    assert_int_equal(file_replace(in(state), "f", "two", 3, 0644), 0);
    assert_holds(in(state), "theirs", "precious");
    assert_int_equal(unlinkat(in(state), TEMPORARY, 0), 0);
    assert_int_equal(mkfifoat(in(state), TEMPORARY, 0600), 0);
    assert_int_equal(file_replace(in(state), "f", "three", 5, 0644), 0);
    assert_holds(in(state), "f", "three");
    assert_int_equal(empty_folder(in(state)), 3);
}

static void a_symbolic_link_in_its_place_is_replaced_not_followed(void **state)
{
    put(in(state), "target", "untouched", 9);
    assert_int_equal(symlinkat("target", in(state), "link"), 0);
    assert_int_equal(file_replace(in(state), "link", "new", 3, 0600), 0);
    assert_int_equal(mode_of(in(state), "link"), S_IFREG | 0600);
    assert_holds(in(state), "target", "untouched");
}

static void what_is_no_regular_file_is_not_replaced(void **state)
{
    assert_int_equal(mkfifoat(in(state), "fifo", 0600), 0);
    assert_int_equal(symlinkat("/dev/null", in(state), "null"), 0);
    assert_int_equal(file_replace(in(state), "fifo", "x", 1, 0600), -EINVAL);
    assert_int_equal(file_replace(in(state), "null", "x", 1, 0600), -EINVAL);
    assert_true(S_ISFIFO(mode_of(in(state), "fifo")));
    assert_true(S_ISLNK(mode_of(in(state), "null")));
    assert_int_equal(empty_folder(in(state)), 2);
}

static void a_path_with_folders_is_replaced_where_it_lies(void **state)
{
    struct folder *folder = *state;
    char path[512];
    snprintf(path, sizeof(path), "%s/absolute", folder->path);
    assert_int_equal(file_replace(AT_FDCWD, path, "a", 1, 0600), 0);
    assert_holds(folder->fd, "absolute", "a");
    assert_int_equal(file_replace(folder->fd, "./relative", "r", 1, 0600), 0);
    assert_holds(folder->fd, "relative", "r");
    assert_int_equal(file_replace(folder->fd, "missing/f", "x", 1, 0600), -ENOENT);
}

static void a_folder_can_be_synced_and_a_closed_one_cannot(void **state)
{
    assert_int_equal(file_sync_directory(in(state)), 0);
    assert_int_equal(file_sync_directory(-1), -EBADF);
}

static void every_error_has_words(void **state)
{
    (void)state;
    char buffer[128];
    assert_string_equal(file_error(-ENOENT, buffer, sizeof(buffer)), "No such file or directory");
    static const int own[] = {-EINVAL, -EFBIG, -ELOOP, -EAGAIN, -EISDIR, -EACCES, -ENOSPC};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        const char *words = file_error(own[i], buffer, sizeof(buffer));
        assert_non_null(words);
        assert_true(strlen(words) > 10);
    }
    assert_non_null(file_error(-99999, buffer, sizeof(buffer)));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_read_whole),
        TEST(the_rights_are_those_of_the_file_that_was_read),
        TEST(an_empty_file_is_no_error),
        TEST(a_file_of_just_the_bound_is_read_and_one_byte_more_is_not),
        TEST(a_sparse_giant_is_refused_by_its_size),
        TEST(what_is_not_there_is_said_so),
        TEST(a_fifo_does_not_block),
        TEST(devices_and_folders_and_sockets_are_refused),
        TEST(a_symbolic_link_is_followed_but_not_in_circles),
        TEST(a_file_that_may_not_be_read_is_said_so),
        TEST(writing_to_what_is_full_or_closed_is_an_error),
        TEST(replacing_gives_bytes_and_mode_whatever_the_umask),
        TEST(who_has_the_old_file_open_keeps_it_whole),
        TEST(replacing_leaves_no_temporary_file),
        TEST(what_a_killed_process_left_goes_with_the_next),
        TEST(two_at_once_never_write_the_same_temporary_file),
        TEST(what_others_put_under_the_temporary_name_stays),
        TEST(a_symbolic_link_in_its_place_is_replaced_not_followed),
        TEST(what_is_no_regular_file_is_not_replaced),
        TEST(a_path_with_folders_is_replaced_where_it_lies),
        TEST(a_folder_can_be_synced_and_a_closed_one_cannot),
        TEST(every_error_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
