/* Messages protected by MIT krb5, or by Heimdal (-DHEIMDAL), within one process: median nanoseconds.
 *
 *   cc -O2 -o mit_messages gss_messages.c -lgssapi_krb5 -lkrb5 -lk5crypto
 *   KRB5_CONFIG=... KRB5_KTNAME=... KRB5CCNAME=... ./mit_messages SERVICE ETYPE     # SERVICE: host@name, ETYPE: the type it has to be
 *
 * Prints "ETYPE/what nanoseconds" a line. */
#include <gssapi/gssapi.h>
#ifndef HEIMDAL
#include <gssapi/gssapi_ext.h>
#endif
#include <gssapi/gssapi_krb5.h>
#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

static void check(const char *what, OM_uint32 major, OM_uint32 minor) {
  if (!GSS_ERROR(major)) return;
  OM_uint32 ignored, context = 0;
  gss_buffer_desc text;
  gss_display_status(&ignored, minor, GSS_C_MECH_CODE, GSS_C_NO_OID, &context, &text);
  fprintf(stderr, "%s: %x %.*s\n", what, major, (int)text.length, (char *)text.value);
  exit(1);
}

/* Fails unless the context's key, the subkey that messages are protected by, is of this type. */
static void must_be(gss_ctx_id_t context, char *name) {
  OM_uint32 minor = 0;
  krb5_enctype wanted;
#ifdef HEIMDAL
  krb5_context krb5;
  struct EncryptionKey *key;
  check("the context's key", gsskrb5_get_subkey(&minor, context, &key), minor);
  int found = key->keytype, unknown = krb5_init_context(&krb5) || krb5_string_to_enctype(krb5, strcmp(name, "rc4-hmac") ? name : "arcfour-hmac-md5", &wanted);
#else
  /* The last arc of the OID that MIT krb5 gives with the key is its number. */
  gss_buffer_set_t key;
  check("the context's key", gss_inquire_sec_context_by_oid(&minor, context, GSS_C_INQ_SSPI_SESSION_KEY, &key), minor);
  const gss_buffer_desc *oid = &key->elements[1];
  int found = ((const unsigned char *)oid->value)[oid->length - 1], unknown = krb5_string_to_enctype(name, &wanted);
  gss_release_buffer_set(&minor, &key);
#endif
  if (unknown || found != (int)wanted) fprintf(stderr, "the context is of type %d, not %s\n", found, name), exit(1);
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  OM_uint32 major, minor = 0;
  gss_buffer_desc name = {strlen(arguments[1]), arguments[1]}, first = GSS_C_EMPTY_BUFFER, second = GSS_C_EMPTY_BUFFER, none = GSS_C_EMPTY_BUFFER;
  gss_name_t target;
  check("gss_import_name", gss_import_name(&minor, &name, GSS_C_NT_HOSTBASED_SERVICE, &target), minor);
  gss_ctx_id_t ours = GSS_C_NO_CONTEXT, theirs = GSS_C_NO_CONTEXT;
  OM_uint32 wanted = GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG | GSS_C_CONF_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_REPLAY_FLAG;
  gss_OID_desc krb5 = {9, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"};
  gss_OID mech = &krb5;
  major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &ours, target, mech, wanted, 0, NULL, GSS_C_NO_BUFFER, NULL, &first, NULL, NULL);
  check("AP-REQ", major, minor);
  major = gss_accept_sec_context(&minor, &theirs, GSS_C_NO_CREDENTIAL, &first, NULL, NULL, NULL, &second, NULL, NULL, NULL);
  check("AP-REP", major, minor);
  major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &ours, target, mech, wanted, 0, NULL, &second, NULL, &none, NULL, NULL);
  check("the login", major, minor);
  must_be(ours, arguments[2]), must_be(theirs, arguments[2]);
  static const size_t sizes[] = {64, 1024, 65536};
  static char octets[65536];
  for (size_t s = 0; s < 3; s++) {
    size_t rounds = sizes[s] > 10000 ? 300 : 3000;
    uint64_t *wrap = calloc(rounds, sizeof *wrap), *unwrap = calloc(rounds, sizeof *unwrap), *mic = calloc(rounds, sizeof *mic);
    for (size_t i = 0; i < rounds; i++) {
      gss_buffer_desc message = {sizes[s], octets}, token, out, signature;
      uint64_t begun = now();
      check("gss_wrap", gss_wrap(&minor, ours, 1, 0, &message, NULL, &token), minor);
      uint64_t wrapped = now();
      major = gss_unwrap(&minor, theirs, &token, &out, NULL, NULL);
      uint64_t unwrapped = now();
      check("gss_get_mic", gss_get_mic(&minor, ours, 0, &message, &signature), minor);
      mic[i] = now() - unwrapped, unwrap[i] = unwrapped - wrapped, wrap[i] = wrapped - begun;
      /* Heimdal reads nothing behind a gap, and says so in no error. */
      if (major != GSS_S_COMPLETE) fprintf(stderr, "gss_unwrap: %x\n", major), exit(1);
      check("gss_verify_mic", gss_verify_mic(&minor, theirs, &message, &signature, NULL), minor);
      gss_release_buffer(&minor, &token), gss_release_buffer(&minor, &out), gss_release_buffer(&minor, &signature);
    }
    printf("%s/wrap-%zu %lu\n", arguments[2], sizes[s], median(wrap, rounds));
    printf("%s/unwrap-%zu %lu\n", arguments[2], sizes[s], median(unwrap, rounds));
    printf("%s/mic-%zu %lu\n", arguments[2], sizes[s], median(mic, rounds));
  }
  return 0;
}
