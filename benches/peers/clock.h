/* What the C programs here measure with. */
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* Nanoseconds of a clock that nobody sets. */
static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int order(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static unsigned long median(uint64_t *times, size_t count) {
  qsort(times, count, sizeof *times, order);
  return (unsigned long)times[count / 2];
}
