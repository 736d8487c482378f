/* An AP-REQ parsed and passwords made keys by MIT krb5, or by Heimdal (-DHEIMDAL): median nanoseconds.
 *
 *   cc -O2 -o mit_codec krb5_codec.c -lkrb5 -lk5crypto
 *   ./mit_codec SECTION DIR
 *
 * Prints "WORK nanoseconds" a line. */
#include <krb5.h>
#include <stdio.h>
#include <string.h>
#ifdef HEIMDAL
#include <krb5_asn1.h>
#endif

#include "clock.h"

static const char *const types[] = {
  "aes256-cts-hmac-sha1-96", "aes128-cts-hmac-sha1-96", "aes256-cts-hmac-sha384-192", "aes128-cts-hmac-sha256-128",
  "camellia256-cts-cmac", "camellia128-cts-cmac", "rc4-hmac",
};

#ifdef HEIMDAL
static int parsed(const unsigned char *octets, size_t length) {
  AP_REQ request;
  size_t used;
  if (decode_AP_REQ(octets, length, &request, &used)) return 0;
  free_AP_REQ(&request);
  return 1;
}

static int made(krb5_context context, const char *type) {
  krb5_enctype etype;
  krb5_keyblock key;
  krb5_data password = {14, "Passw0rd!alice"};
  krb5_salt salt = {KRB5_PW_SALT, {17, "EXAMPLE.TESTalice"}};
  if (!strcmp(type, "rc4-hmac")) type = "arcfour-hmac-md5";
  if (krb5_string_to_enctype(context, type, &etype)) return 0;
  if (krb5_string_to_key_data_salt(context, etype, password, salt, &key)) return 0;
  krb5_free_keyblock_contents(context, &key);
  return 1;
}
#else
/* Not in the header, as only its own tools call it. */
krb5_error_code decode_krb5_ap_req(const krb5_data *, krb5_ap_req **);
void krb5_free_ap_req(krb5_context, krb5_ap_req *);

static int parsed(const unsigned char *octets, size_t length) {
  krb5_ap_req *request;
  krb5_data data = {0, (unsigned)length, (char *)octets};
  if (decode_krb5_ap_req(&data, &request)) return 0;
  static krb5_context context;
  if (!context) krb5_init_context(&context);
  krb5_free_ap_req(context, request);
  return 1;
}

static int made(krb5_context context, const char *type) {
  krb5_enctype etype;
  krb5_keyblock key;
  krb5_data password = {0, 14, "Passw0rd!alice"}, salt = {0, 17, "EXAMPLE.TESTalice"};
  if (krb5_string_to_enctype((char *)type, &etype)) return 0;
  if (krb5_c_string_to_key(context, etype, &password, &salt, &key)) return 0;
  krb5_free_keyblock_contents(context, &key);
  return 1;
}
#endif

static void parse(const char *dir) {
  static unsigned char octets[65536];
  static uint64_t times[1000];
  char path[4096];
  snprintf(path, sizeof path, "%s/ap-req.octets", dir);
  FILE *file = fopen(path, "rb");
  if (!file) perror(path), exit(1);
  size_t length = fread(octets, 1, sizeof octets, file);
  for (size_t i = 0; i < 1000; i++) {
    uint64_t begun = now();
    for (int j = 0; j < 20; j++) if (!parsed(octets, length)) fprintf(stderr, "ap-req.octets is refused\n"), exit(1);
    times[i] = (now() - begun) / 20;
  }
  printf("ap-req/parse %lu\n", median(times, 1000));
}

int main(int count, char **arguments) {
  krb5_context context;
  if (count != 3 || krb5_init_context(&context)) return 2;
  if (!strcmp(arguments[1], "spnego")) parse(arguments[2]);
  if (!strcmp(arguments[1], "string-to-key"))
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
      uint64_t times[5];
      size_t done = 0;
      for (; done < 5; done++) {
        uint64_t begun = now();
        if (!made(context, types[t])) break;
        times[done] = now() - begun;
      }
      if (done == 5) printf("string-to-key/%s %lu\n", types[t], median(times, 5));
    }
  return 0;
}
