/*
 * A disk that misbehaves on demand: preloaded into a node, it stands between the node and the files
 * below one folder. LevelDB's binding and Node itself both reach the disk through these functions.
 *
 *   SKEIN_SHIM_DIR      the folder
 *   SKEIN_SHIM_CONTROL  a file of four 32-bit integers, shared with whoever turns the knobs:
 *                       mode, how often it still strikes (-1: for ever), milliseconds, strikes
 *                       so far
 *   SKEIN_SHIM_JOURNAL  every sync that succeeded appends "INODE LENGTH\n": what a power loss keeps
 *
 * The length is taken before the sync begins: bytes written meanwhile may or may not be durable.
 * A file that is opened for writing while it is empty is noted with length 0, because its inode may
 * have been another file's before.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#undef fwrite_unlocked /* A macro in optimised builds. */
#undef fflush_unlocked

enum { HEALTHY, SYNC_FAILS, FULL, SYNC_SLOW, SYNC_HANGS };

struct control {
  int32_t mode, left, milliseconds, strikes;
};

static struct control healthy;
static volatile struct control *control = &healthy;
static char folder[4096];
static size_t folder_length;
static int journal = -1;

__attribute__((constructor)) static void begin(void) {
  const char *dir = getenv("SKEIN_SHIM_DIR"), *knobs = getenv("SKEIN_SHIM_CONTROL");
  const char *log = getenv("SKEIN_SHIM_JOURNAL");
  if (dir == NULL || knobs == NULL || log == NULL || realpath(dir, folder) == NULL) return;
  folder_length = strlen(folder);
  int fd = open(knobs, O_RDWR | O_CLOEXEC);
  if (fd >= 0) {
    void *shared = mmap(NULL, sizeof healthy, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared != MAP_FAILED) control = shared;
    close(fd);
  }
  journal = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

/* The function that this library hides. */
#define REAL(name) \
  static __typeof__(&name) real; \
  if (real == NULL) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int is_below_folder(int fd) {
  char link[64], path[4096];
  if (folder_length == 0 || fd < 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  return length > (ssize_t)folder_length && path[folder_length] == '/' &&
         memcmp(path, folder, folder_length) == 0;
}

/* Whether this call is struck, which uses up one of the strikes that are left. */
static int strikes(int mode, int fd) {
  if (control->mode != mode || !is_below_folder(fd)) return 0;
  int32_t left = control->left;
  while (left > 0 && !__atomic_compare_exchange_n(&control->left, &left, left - 1, 0,
                                                  __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
  }
  if (left == 0) return 0;
  __atomic_add_fetch(&control->strikes, 1, __ATOMIC_SEQ_CST);
  return 1;
}

static void pause_ms(long ms) {
  struct timespec time = {ms / 1000, ms % 1000 * 1000000};
  nanosleep(&time, NULL);
}

static void note(ino_t inode, off_t length) {
  ssize_t (*plain_write)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
  char line[64];
  int size = snprintf(line, sizeof line, "%lu %ld\n", (unsigned long)inode, (long)length);
  if (plain_write(journal, line, size) != size) abort();
}

static int sync_through(int fd, int (*real)(int)) {
  struct stat before;
  int known = journal >= 0 && is_below_folder(fd) && fstat(fd, &before) == 0;
  if (strikes(SYNC_SLOW, fd)) pause_ms(control->milliseconds);
  if (strikes(SYNC_HANGS, fd)) while (control->mode == SYNC_HANGS) pause_ms(10);
  if (strikes(SYNC_FAILS, fd)) {
    errno = EIO;
    return -1;
  }
  int result = real(fd);
  if (result == 0 && known && S_ISREG(before.st_mode)) note(before.st_ino, before.st_size);
  return result;
}

int fsync(int fd) {
  REAL(fsync);
  return sync_through(fd, real);
}

int fdatasync(int fd) {
  REAL(fdatasync);
  return sync_through(fd, real);
}

#define REFUSE_WHEN_FULL(fd, answer) \
  if (strikes(FULL, fd)) { \
    errno = ENOSPC; \
    return answer; \
  }

ssize_t write(int fd, const void *bytes, size_t size) {
  REAL(write);
  REFUSE_WHEN_FULL(fd, -1);
  return real(fd, bytes, size);
}

ssize_t writev(int fd, const struct iovec *pieces, int count) {
  REAL(writev);
  REFUSE_WHEN_FULL(fd, -1);
  return real(fd, pieces, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
  REAL(pwrite64);
  REFUSE_WHEN_FULL(fd, -1);
  return real(fd, bytes, size, at);
}

/* LevelDB appends to its files by these two. */
size_t fwrite_unlocked(const void *bytes, size_t size, size_t count, FILE *file) {
  REAL(fwrite_unlocked);
  REFUSE_WHEN_FULL(fileno_unlocked(file), 0);
  return real(bytes, size, count, file);
}

int fflush_unlocked(FILE *file) {
  REAL(fflush_unlocked);
  if (file != NULL) REFUSE_WHEN_FULL(fileno_unlocked(file), EOF);
  return real(file);
}

static void note_if_new(int fd) {
  struct stat now;
  if (journal < 0 || !is_below_folder(fd) || fstat(fd, &now) != 0) return;
  if (S_ISREG(now.st_mode) && now.st_size == 0) note(now.st_ino, 0);
}

int open64(const char *path, int flags, ...) {
  REAL(open64);
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  int fd = real(path, flags, mode);
  if (fd >= 0 && (flags & O_ACCMODE) != O_RDONLY) note_if_new(fd);
  return fd;
}

FILE *fopen64(const char *path, const char *how) {
  REAL(fopen64);
  FILE *file = real(path, how);
  if (file != NULL && *how != 'r') note_if_new(fileno(file));
  return file;
}
