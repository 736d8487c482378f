/* Logins taken by MIT krb5 or by Heimdal: median nanoseconds.
 *
 *   cc -O2 -pthread -o mit_accept gss_accept.c -lgssapi_krb5 -lkrb5
 *   KRB5_CONFIG=... KRB5_KTNAME=... ./mit_accept plain|kept SECTION DIR [USUAL]
 *
 * plain: without a credential, as most acceptors do it; kept: with one credential, and krb5.conf kept open. USUAL: one work alone,
 * of which the others are variants. The time is gss_accept_sec_context's; the context is deleted outside of it. Prints "WORK nanoseconds"
 * a line. */
#include <dirent.h>
#include <gssapi/gssapi.h>
#include <krb5.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

#define USUAL "accept/aes256-cts-hmac-sha1-96/spnego/no-pac"
/* It takes them a while: as many of each file. */
enum { TOKENS = 300 };

static gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;

typedef struct { size_t count; gss_buffer_desc token[TOKENS]; } tokens;

/* At most so many tokens of a work. */
static void read_tokens(tokens *all, const char *dir, const char *work, size_t most) {
  char path[4096];
  unsigned char length[4];
  snprintf(path, sizeof path, "%s/%s.tokens", dir, work);
  FILE *file = fopen(path, "rb");
  if (!file) perror(path), exit(1);
  for (all->count = 0; all->count < most && fread(length, 4, 1, file); all->count++) {
    gss_buffer_t token = &all->token[all->count];
    token->length = (size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 | length[3];
    token->value = malloc(token->length);
    if (fread(token->value, token->length, 1, file) != 1) exit(1);
  }
  fclose(file);
}

static void free_tokens(tokens *all) {
  for (size_t i = 0; i < all->count; i++) free(all->token[i].value);
}

/* Nanoseconds, or 0 if it is refused; why is on standard error. */
static uint64_t take(gss_buffer_t token) {
  OM_uint32 minor = 0, ignored, major;
  gss_ctx_id_t context = GSS_C_NO_CONTEXT;
  gss_buffer_desc answer = GSS_C_EMPTY_BUFFER;
  gss_name_t client = GSS_C_NO_NAME;
  uint64_t begun = now();
  major = gss_accept_sec_context(&minor, &context, credential, token, GSS_C_NO_CHANNEL_BINDINGS, &client, NULL, &answer, NULL, NULL, NULL);
  uint64_t took = now() - begun;
  if (major != GSS_S_COMPLETE) {
    OM_uint32 more = 0;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    gss_display_status(&ignored, minor, GSS_C_MECH_CODE, GSS_C_NO_OID, &more, &text);
    fprintf(stderr, "%x %u %.*s\n", major, minor, (int)text.length, (char *)text.value);
    took = 0;
  }
  gss_release_buffer(&ignored, &answer), gss_release_name(&ignored, &client);
  if (context) gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
  return took;
}

/* A work that is refused is no figure: the encryption type may be none of this library's. */
static void measure(const char *name, const char *dir, const char *work, size_t most) {
  static tokens all;
  static uint64_t times[TOKENS];
  read_tokens(&all, dir, work, most);
  size_t taken = 0;
  while (taken < all.count && (times[taken] = take(&all.token[taken]))) taken++;
  if (taken == all.count && taken) printf("%s %lu\n", name, median(times, taken));
  else fprintf(stderr, "%s: refused\n", name);
  free_tokens(&all);
}

/* Every file of tokens under DIR/work. */
static void walk(const char *dir, const char *work) {
  char path[4096];
  struct dirent **entries;
  snprintf(path, sizeof path, "%s/%s", dir, work);
  int count = scandir(path, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    char *name = entries[i]->d_name, *end = strrchr(name, '.');
    if (!end) snprintf(path, sizeof path, "%s/%s", work, name), walk(dir, path);
    else if (end != name && !strcmp(end, ".tokens")) {
      snprintf(path, sizeof path, "%s/%.*s", work, (int)(end - name), name);
      measure(path, dir, path, TOKENS);
    }
    free(entries[i]);
  }
  if (count >= 0) free(entries);
}

struct part { tokens *all; size_t from, to; };

static void *take_part(void *argument) {
  struct part *part = argument;
  for (size_t i = part->from; i < part->to; i++) if (!take(&part->all->token[i])) exit(1);
  return NULL;
}

/* All of them by so many threads: total time for each. */
static void together(const char *dir, size_t threads) {
  static tokens all;
  static uint64_t times[10];
  pthread_t thread[64];
  struct part part[64];
  read_tokens(&all, dir, USUAL, TOKENS);
  for (size_t round = 0; round < 10; round++) {
    uint64_t begun = now();
    for (size_t i = 0; i < threads; i++) {
      part[i] = (struct part){&all, all.count * i / threads, all.count * (i + 1) / threads};
      pthread_create(&thread[i], NULL, take_part, &part[i]);
    }
    for (size_t i = 0; i < threads; i++) pthread_join(thread[i], NULL);
    times[round] = (now() - begun) / all.count;
  }
  printf(USUAL "/threads-%zu %lu\n", threads, median(times, 10));
  free_tokens(&all);
}

static void resident(const char *name) {
  char line[256];
  FILE *status = fopen("/proc/self/status", "r");
  while (fgets(line, sizeof line, status)) if (!strncmp(line, "VmRSS:", 6)) printf("%s %ld KiB\n", name, strtol(line + 6, NULL, 10));
  fclose(status);
}

static void memory(const char *dir) {
  static tokens all;
  read_tokens(&all, dir, USUAL, TOKENS);
  resident("accept-memory/before");
  for (size_t i = 0; i < all.count; i++) if (!take(&all.token[i])) exit(1);
  resident("accept-memory");
}

int main(int count, char **arguments) {
  if (count < 4) return 2;
  const char *section = arguments[2], *dir = arguments[3];
  krb5_context kept;
  if (!strcmp(arguments[1], "kept")) {
    OM_uint32 minor;
    if (krb5_init_context(&kept)) return 1;
    if (gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, GSS_C_NO_OID_SET, GSS_C_ACCEPT, &credential, NULL, NULL)) return 1;
  }
  if (count > 4) measure(USUAL, dir, USUAL, TOKENS);
  else if (!strcmp(section, "accept")) walk(dir, section);
  else if (!strcmp(section, "accept-memory")) memory(dir);
  else if (!strcmp(section, "accept-threads"))
    for (long threads = 1; threads <= sysconf(_SC_NPROCESSORS_ONLN) && threads <= 64; threads++) together(dir, (size_t)threads);
  else if (!strcmp(section, "keytab/10")) measure(section, dir, USUAL, TOKENS);
  /* A second each, or so. */
  else if (!strcmp(section, "keytab/100000")) measure(section, dir, USUAL, 3);
  return 0;
}
