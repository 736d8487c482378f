/* The primitives of a sealed message by OpenSSL, nothing else: the cipher over message and confounder, and the MAC.
 *
 *   cc -O2 -o libcrypto_messages libcrypto_messages.c -lcrypto
 *
 * Prints "ETYPE/what nanoseconds" a line. Keys are set up once; each message takes a cipher and a MAC begun anew. */
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/params.h>
#include <openssl/core_names.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"

static const struct { const char *etype, *cipher, *mac, *under; size_t key; } types[] = {
  {"aes256-cts-hmac-sha384-192", "AES-256-CBC", "HMAC", "SHA384", 24},
  {"aes256-cts-hmac-sha1-96", "AES-256-CBC", "HMAC", "SHA1", 32},
  {"camellia256-cts-cmac", "CAMELLIA-256-CBC", "CMAC", "CAMELLIA-256-CBC", 32},
  {"aes128-cts-hmac-sha256-128", "AES-128-CBC", "HMAC", "SHA256", 16},
  {"aes128-cts-hmac-sha1-96", "AES-128-CBC", "HMAC", "SHA1", 16},
  {"camellia128-cts-cmac", "CAMELLIA-128-CBC", "CMAC", "CAMELLIA-128-CBC", 16},
  {"rc4-hmac", "RC4", "HMAC", "MD5", 16},
};

int main(void) {
  OSSL_PROVIDER_load(NULL, "default"), OSSL_PROVIDER_load(NULL, "legacy");
  static unsigned char in[65536 + 64], out[65536 + 128], key[64] = {7}, iv[16], tag[64];
  static const size_t sizes[] = {64, 1024, 65536};
  for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, types[t].cipher, NULL);
    EVP_MAC *kind = EVP_MAC_fetch(NULL, types[t].mac, NULL);
    EVP_MAC_CTX *mac = EVP_MAC_CTX_new(kind);
    int is_hmac = types[t].mac[0] == 'H';
    OSSL_PARAM with[] = {OSSL_PARAM_construct_utf8_string(is_hmac ? OSSL_MAC_PARAM_DIGEST : OSSL_MAC_PARAM_CIPHER, (char *)types[t].under, 0), OSSL_PARAM_construct_end()};
    if (!cipher || !EVP_MAC_init(mac, key, types[t].key, with)) return fprintf(stderr, "%s: not in this OpenSSL\n", types[t].etype), 1;
    for (int decrypts = 0; decrypts < 3; decrypts++) {
      EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
      EVP_CipherInit_ex2(context, cipher, key, iv, decrypts != 1, NULL), EVP_CIPHER_CTX_set_padding(context, 0);
      for (size_t s = 0; s < 3; s++) {
        size_t rounds = sizes[s] > 10000 ? 300 : 3000, length = sizes[s] + (decrypts == 2 ? 16 : 32), made;
        uint64_t *times = calloc(rounds, sizeof *times);
        for (size_t i = 0; i < rounds; i++) {
          int some, rest;
          uint64_t begun = now();
          if (decrypts != 2) {
            EVP_CipherInit_ex2(context, NULL, t == 6 ? key : NULL, iv, -1, NULL);
            EVP_CipherUpdate(context, out, &some, in, (int)length), EVP_CipherFinal_ex(context, out + some, &rest);
          }
          EVP_MAC_init(mac, NULL, 0, NULL), EVP_MAC_update(mac, in, length), EVP_MAC_final(mac, tag, &made, sizeof tag);
          times[i] = now() - begun;
        }
        printf("%s/%s-%zu %lu\n", types[t].etype, decrypts == 2 ? "mic" : decrypts ? "unwrap" : "wrap", sizes[s], median(times, rounds));
        free(times);
      }
      EVP_CIPHER_CTX_free(context);
    }
  }
  return 0;
}
