/* The primitives of a login by OpenSSL's libcrypto, nothing else, and of passwords made keys: the floor.
 *
 *   cc -O2 -Wno-deprecated-declarations -o libcrypto_accept libcrypto_accept.c -lcrypto
 *   ./libcrypto_accept SECTION DIR
 *
 * Ticket and authenticator decrypted and verified, the PAC's server signature, the AP-REP signed and encrypted, at the lengths that
 * the tokens in DIR have (WORK.lengths). The service's keys are ready; the session key's are derived once for each usage. HMAC is
 * made of the hash functions themselves, as a keyed EVP_MAC costs more than a short message. Prints "WORK nanoseconds" a line. */
#include <dirent.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rc4.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

enum { ROUNDS = 3000 };

static unsigned char in[65536], out[65536], iv[16];

/* --- HMAC ------------------------------------------------------------------------------------------------------------ */

typedef union { SHA_CTX sha1; SHA256_CTX sha256; SHA512_CTX sha512; MD5_CTX md5; } state;
typedef struct { int kind; state inner, outer; } hmac;
enum { S1, S256, S384, M5 };
static const size_t blocks[] = {64, 64, 128, 64}, lengths[] = {20, 32, 48, 16};

static void begin(int kind, state *s) {
  switch (kind) {
    case S1: SHA1_Init(&s->sha1); break;
    case S256: SHA256_Init(&s->sha256); break;
    case S384: SHA384_Init(&s->sha512); break;
    default: MD5_Init(&s->md5);
  }
}
static void add(int kind, state *s, const void *octets, size_t length) {
  switch (kind) {
    case S1: SHA1_Update(&s->sha1, octets, length); break;
    case S256: SHA256_Update(&s->sha256, octets, length); break;
    case S384: SHA384_Update(&s->sha512, octets, length); break;
    default: MD5_Update(&s->md5, octets, length);
  }
}
static void end(int kind, state *s, unsigned char *tag) {
  switch (kind) {
    case S1: SHA1_Final(tag, &s->sha1); break;
    case S256: SHA256_Final(tag, &s->sha256); break;
    case S384: SHA384_Final(tag, &s->sha512); break;
    default: MD5_Final(tag, &s->md5);
  }
}
static void hmac_key(hmac *h, int kind, const unsigned char *key, size_t length) {
  unsigned char pad[128];
  h->kind = kind;
  memset(pad, 0x36, blocks[kind]);
  for (size_t i = 0; i < length; i++) pad[i] ^= key[i];
  begin(kind, &h->inner), add(kind, &h->inner, pad, blocks[kind]);
  for (size_t i = 0; i < blocks[kind]; i++) pad[i] ^= 0x36 ^ 0x5c;
  begin(kind, &h->outer), add(kind, &h->outer, pad, blocks[kind]);
}
static void hmac_of(const hmac *h, const void *octets, size_t length, unsigned char *tag) {
  state s = h->inner;
  add(h->kind, &s, octets, length), end(h->kind, &s, tag);
  s = h->outer;
  add(h->kind, &s, tag, lengths[h->kind]), end(h->kind, &s, tag);
}

/* --- Encryption types ------------------------------------------------------------------------------------------------ */

static const struct type { const char *name, *cbc, *ecb; int hash; size_t key, mac_key; int is_sha2, is_camellia; } types[] = {
  {"aes256-cts-hmac-sha1-96", "AES-256-CBC", "AES-256-ECB", S1, 32, 32, 0, 0},
  {"aes128-cts-hmac-sha1-96", "AES-128-CBC", "AES-128-ECB", S1, 16, 16, 0, 0},
  {"aes256-cts-hmac-sha384-192", "AES-256-CBC", NULL, S384, 32, 24, 1, 0},
  {"aes128-cts-hmac-sha256-128", "AES-128-CBC", NULL, S256, 16, 16, 1, 0},
  {"camellia256-cts-cmac", "CAMELLIA-256-CBC", NULL, 0, 32, 32, 0, 1},
  {"rc4-hmac", NULL, NULL, M5, 16, 16, 0, 0},
};

/* What a usage has: a cipher with its key, and what signs. */
typedef struct { EVP_CIPHER_CTX *cipher; hmac hash; EVP_MAC_CTX *cmac; } keys;
static EVP_CIPHER *cbc, *ecb;

static EVP_MAC_CTX *new_cmac(const struct type *t) {
  EVP_MAC *kind = EVP_MAC_fetch(NULL, "CMAC", NULL);
  EVP_MAC_CTX *context = EVP_MAC_CTX_new(kind);
  OSSL_PARAM with[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, (char *)t->cbc, 0), OSSL_PARAM_construct_end()};
  EVP_MAC_init(context, in, t->key, with);
  return context;
}
static keys new_keys(const struct type *t) {
  keys k = {EVP_CIPHER_CTX_new(), {0}, t->is_camellia ? new_cmac(t) : NULL};
  return k;
}
static void cmac_of(EVP_MAC_CTX *context, const void *octets, size_t length, unsigned char *tag) {
  size_t made;
  EVP_MAC_init(context, NULL, 0, NULL), EVP_MAC_update(context, octets, length), EVP_MAC_final(context, tag, &made, 16);
}

/* Ke and Ki of a usage out of the session key, which `session` is ready with (RFC 3961, RFC 8009, RFC 6803). */
static void derive(const struct type *t, keys *session, keys *k, int encrypts, unsigned char usage) {
  unsigned char key[2][48], label[32] = {0, 0, 0, 1, 0, 0, 0, usage};
  for (int which = 0; which < 2; which++) {
    label[8] = which ? 0x55 : 0xaa;
    if (t->is_sha2) hmac_of(&session->hash, label, 13, key[which]);
    else if (t->is_camellia) for (size_t at = 0; at < t->key; at += 16) cmac_of(session->cmac, label, at ? 29 : 13, key[which] + at);
    else for (size_t at = 0; at < t->key; at += 16) {
      int some;
      EVP_CipherUpdate(session->cipher, key[which] + at, &some, at ? key[which] + at - 16 : label, 16);
    }
  }
  EVP_CipherInit_ex2(k->cipher, cbc, key[0], iv, encrypts, NULL), EVP_CIPHER_CTX_set_padding(k->cipher, 0);
  if (t->is_camellia) EVP_MAC_init(k->cmac, key[1], t->key, NULL);
  else hmac_key(&k->hash, t->hash, key[1], t->mac_key);
}

/* A session key's octets made ready to derive from. */
static void ready(const struct type *t, keys *session) {
  if (t->is_sha2) hmac_key(&session->hash, t->hash, in, t->key);
  else if (t->is_camellia) EVP_MAC_init(session->cmac, in, t->key, NULL);
  else EVP_CipherInit_ex2(session->cipher, ecb, in, NULL, 1, NULL), EVP_CIPHER_CTX_set_padding(session->cipher, 0);
}

static void crypt(keys *k, size_t length) {
  int some;
  EVP_CipherInit_ex2(k->cipher, NULL, NULL, iv, -1, NULL);
  EVP_CipherUpdate(k->cipher, out, &some, in, (int)(length / 16 * 16));
}
static void sign(const struct type *t, keys *k, size_t length) {
  unsigned char tag[64];
  if (t->is_camellia) cmac_of(k->cmac, in, length, tag);
  else hmac_of(&k->hash, in, length, tag);
}

/* RFC 4757: K1 of a usage, the checksum, K3 of that, and the stream. */
static void rc4_message(hmac *k1, size_t length) {
  unsigned char tag[16], k3[16];
  RC4_KEY stream;
  hmac_of(k1, in, length, tag), hmac_of(k1, tag, 16, k3);
  RC4_set_key(&stream, 16, k3), RC4(&stream, length, in, out);
}
static void rc4_login(hmac *service, hmac *pac_key, const size_t *length) {
  unsigned char k1[16], usage[4] = {11};
  hmac session, derived;
  rc4_message(service, length[0]);
  /* [MS-PAC] 2.8 signs by MD5, and HMAC of that. */
  if (length[3]) {
    unsigned char digest[16];
    MD5(in, length[3], digest), hmac_of(pac_key, digest, 16, digest);
  }
  hmac_key(&session, M5, in, 16);
  hmac_of(&session, usage, 4, k1), hmac_key(&derived, M5, k1, 16), rc4_message(&derived, length[1]);
  if (length[2]) usage[0] = 12, hmac_of(&session, usage, 4, k1), hmac_key(&derived, M5, k1, 16), rc4_message(&derived, length[2]);
}

static void login(const struct type *t, keys *k, const size_t *length) {
  crypt(&k[0], length[0]), sign(t, &k[0], length[0]);
  if (length[3]) sign(t, &k[1], length[3]);
  ready(t, &k[2]);
  derive(t, &k[2], &k[3], 0, 11), crypt(&k[3], length[1]), sign(t, &k[3], length[1]);
  if (length[2]) derive(t, &k[2], &k[4], 1, 12), crypt(&k[4], length[2]), sign(t, &k[4], length[2]);
}

static void measure(const char *dir, const char *work) {
  char path[8192];
  size_t length[4];
  static uint64_t times[ROUNDS];
  const struct type *t = NULL;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) if (strstr(work, types[i].name)) t = &types[i];
  snprintf(path, sizeof path, "%s/%s.lengths", dir, work);
  FILE *file = fopen(path, "r");
  if (!t || !file || fscanf(file, "%zu %zu %zu %zu", length, length + 1, length + 2, length + 3) != 4) exit(1);
  fclose(file);
  keys k[5];
  hmac service, pac_key;
  hmac_key(&service, M5, in, 16), hmac_key(&pac_key, M5, in, 16);
  if (t->cbc) {
    cbc = EVP_CIPHER_fetch(NULL, t->cbc, NULL), ecb = t->ecb ? EVP_CIPHER_fetch(NULL, t->ecb, NULL) : NULL;
    for (int i = 0; i < 5; i++) k[i] = new_keys(t);
    ready(t, &k[2]), derive(t, &k[2], &k[0], 0, 2), derive(t, &k[2], &k[1], 0, 17);
  }
  for (size_t i = 0; i < ROUNDS; i++) {
    uint64_t begun = now();
    if (t->cbc) login(t, k, length);
    else rc4_login(&service, &pac_key, length);
    times[i] = now() - begun;
  }
  printf("%s %lu\n", work, median(times, ROUNDS));
}

static void walk(const char *dir, const char *work) {
  char path[4096];
  struct dirent **entries;
  snprintf(path, sizeof path, "%s/%s", dir, work);
  int count = scandir(path, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    char *name = entries[i]->d_name, *end = strrchr(name, '.');
    if (!end) snprintf(path, sizeof path, "%s/%s", work, name), walk(dir, path);
    else if (end != name && !strcmp(end, ".lengths")) snprintf(path, sizeof path, "%s/%.*s", work, (int)(end - name), name), measure(dir, path);
  }
}

/* --- Passwords and 1.5 KB ------------------------------------------------------------------------------------------ */

static void passwords(void) {
  static const struct { const char *name; const EVP_MD *(*hash)(void); int count, length; } all[] = {
    {"aes256-cts-hmac-sha1-96", EVP_sha1, 4096, 32}, {"aes128-cts-hmac-sha1-96", EVP_sha1, 4096, 16},
    {"aes256-cts-hmac-sha384-192", EVP_sha384, 32768, 32}, {"aes128-cts-hmac-sha256-128", EVP_sha256, 32768, 16},
    {"camellia256-cts-cmac", EVP_sha1, 32768, 32}, {"camellia128-cts-cmac", EVP_sha1, 32768, 16},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    uint64_t times[15];
    for (int j = 0; j < 15; j++) {
      uint64_t begun = now();
      PKCS5_PBKDF2_HMAC("Passw0rd!alice", 14, (const unsigned char *)"EXAMPLE.TESTalice", 17, all[i].count, all[i].hash(), all[i].length, out);
      times[j] = now() - begun;
    }
    printf("string-to-key/%s %lu\n", all[i].name, median(times, 15));
  }
}

/* The protocol key given, as octets. */
static void decrypts(void) {
  static uint64_t times[ROUNDS];
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    const struct type *t = &types[i];
    if (!t->cbc) continue;
    cbc = EVP_CIPHER_fetch(NULL, t->cbc, NULL), ecb = t->ecb ? EVP_CIPHER_fetch(NULL, t->ecb, NULL) : NULL;
    keys session = new_keys(t), k = new_keys(t);
    for (size_t j = 0; j < ROUNDS; j++) {
      uint64_t begun = now();
      ready(t, &session), derive(t, &session, &k, 0, 2), crypt(&k, 1520), sign(t, &k, 1516);
      times[j] = now() - begun;
    }
    printf("decrypt/%s %lu\n", t->name, median(times, ROUNDS));
  }
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  OSSL_PROVIDER_load(NULL, "default"), OSSL_PROVIDER_load(NULL, "legacy");
  if (!strcmp(arguments[1], "accept")) walk(arguments[2], "accept");
  if (!strcmp(arguments[1], "string-to-key")) passwords();
  if (!strcmp(arguments[1], "decrypt")) decrypts();
  return 0;
}
