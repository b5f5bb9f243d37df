/*
 * The task of a chaos run, and an independent witness of it: it writes what it does to a ledger
 * outside of Skein, and holds a lock on its task instance while it works.
 *
 *   witness FOLDER WORK_MS
 *
 * Lines of FOLDER/ledger: EVENT RUN TASK ATTEMPT TOKEN PID MONOTONIC_NS WALL_NS DIRECTORY
 *   start    the work begins
 *   overlap  another process works on this very task instance
 *   apart    it does not any more
 *   end      the work is done
 * A process that is killed writes no more, and the kernel gives its lock back.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

static int ledger;
static char directory[4096];

static long long now_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static const char *said(const char *name) {
  const char *value = getenv(name);
  return value != NULL && *value != 0 ? value : "-";
}

/* One write, so that lines of different processes never mix. */
static void tell(const char *event) {
  char line[8192];
  int size = snprintf(line, sizeof line, "%s %s %s %s %s %d %lld %lld %s\n", event,
                      said("SKEIN_RUN_ID"), said("SKEIN_TASK_ID"), said("SKEIN_ATTEMPT"),
                      said("SKEIN_TOKEN"), getpid(), now_ns(CLOCK_MONOTONIC),
                      now_ns(CLOCK_REALTIME), directory);
  if (write(ledger, line, size) != size) exit(1);
}

int main(int count, char **words) {
  char path[4096];
  if (count != 3 || getcwd(directory, sizeof directory) == NULL) return 100;
  snprintf(path, sizeof path, "%s/ledger", words[1]);
  ledger = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  snprintf(path, sizeof path, "%s/locks/%s.%s", words[1], said("SKEIN_RUN_ID"),
           said("SKEIN_TASK_ID"));
  int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (ledger < 0 || lock < 0) return 100;
  int apart = flock(lock, LOCK_EX | LOCK_NB) == 0;
  tell("start");
  if (!apart) tell("overlap");
  long long end = now_ns(CLOCK_MONOTONIC) + atoll(words[2]) * 1000000LL;
  /* While they overlap it stays, so that the length of the overlap is known. */
  while (!apart || now_ns(CLOCK_MONOTONIC) < end) {
    long long left = end - now_ns(CLOCK_MONOTONIC);
    long long nap = apart || (left > 0 && left < 5000000) ? (left > 0 ? left : 0) : 5000000;
    struct timespec time = {nap / 1000000000, nap % 1000000000};
    nanosleep(&time, NULL);
    if (apart || flock(lock, LOCK_EX | LOCK_NB) != 0) continue;
    apart = 1;
    tell("apart");
  }
  tell("end");
  return 0;
}
