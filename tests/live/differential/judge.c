/* Another acceptor's verdicts: tokens in on stdin, what gss_accept_sec_context makes of each out on stdout.
 *
 *   cc -O2 -o judge judge.c -lgssapi_krb5             # MIT krb5; Heimdal: -DHEIMDAL and krb5-config.heimdal's flags
 *   KRB5_CONFIG=... KRB5_KTNAME=... KRB5RCACHENAME=none: ./judge
 *
 * In:  length (4 octets, big-endian), then that much: a choice (bit 0: this side has channel bindings) and the token.
 * Out: length, then major, flags, lifetime, key type (4 octets each), whether a credential was delegated (1), and the
 *      session key and the client's name, or why there is none, each behind its length (4). Ends with its input. */
#ifdef HEIMDAL
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_krb5.h>
#else
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#endif
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char record[1 << 20];
static size_t used;

static void put(const void *octets, size_t length) {
  if (used + length > sizeof record) exit(3);
  if (length) memcpy(record + used, octets, length);
  used += length;
}

static void put32(uint32_t value) {
  unsigned char octets[4] = {value >> 24, value >> 16, value >> 8, value};
  put(octets, 4);
}

static uint32_t read32(const unsigned char *octets) {
  return (uint32_t)octets[0] << 24 | octets[1] << 16 | octets[2] << 8 | octets[3];
}

/* The key's type is the last arc of the OID that comes with the key. */
static void put_facts(gss_ctx_id_t context, gss_name_t name, OM_uint32 flags, OM_uint32 lifetime, int delegated) {
  OM_uint32 minor;
  gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
  gss_buffer_desc text = GSS_C_EMPTY_BUFFER, none = GSS_C_EMPTY_BUFFER;
  gss_buffer_desc *key = &none;
  uint32_t etype = 0;
#ifdef HEIMDAL /* which does not export that OID */
  (void)context;
#else
  if (gss_inquire_sec_context_by_oid(&minor, context, GSS_C_INQ_SSPI_SESSION_KEY, &set) == GSS_S_COMPLETE && set->count == 2) {
    key = &set->elements[0];
    etype = ((unsigned char *)set->elements[1].value)[set->elements[1].length - 1];
  }
#endif
  gss_display_name(&minor, name, &text, NULL);
  unsigned char was_delegated = delegated;
  put32(flags), put32(lifetime), put32(etype), put(&was_delegated, 1);
  put32(key->length), put(key->value, key->length);
  put32(text.length), put(text.value, text.length);
  gss_release_buffer(&minor, &text);
  gss_release_buffer_set(&minor, &set);
}

/* The mechanism's own words. */
static void put_refusal(OM_uint32 code) {
  OM_uint32 minor, more = 0;
  gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
  gss_display_status(&minor, code, GSS_C_MECH_CODE, GSS_C_NO_OID, &more, &text);
  put32(0), put32(0), put32(0), put("", 1), put32(0);
  put32(text.length), put(text.value, text.length);
  gss_release_buffer(&minor, &text);
}

static void judge(gss_buffer_t token, gss_channel_bindings_t bindings) {
  OM_uint32 minor = 0, ignored, flags = 0, lifetime = 0;
  gss_ctx_id_t context = GSS_C_NO_CONTEXT;
  gss_name_t name = GSS_C_NO_NAME;
  gss_cred_id_t delegated = GSS_C_NO_CREDENTIAL;
  gss_buffer_desc answer = GSS_C_EMPTY_BUFFER;
  OM_uint32 major = gss_accept_sec_context(&minor, &context, GSS_C_NO_CREDENTIAL, token, bindings, &name, NULL, &answer, &flags, &lifetime, &delegated);
  used = 4;
  put32(major);
  if (major == GSS_S_COMPLETE)
    put_facts(context, name, flags, lifetime, delegated != GSS_C_NO_CREDENTIAL);
  else
    put_refusal(minor);
  gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
  gss_release_name(&ignored, &name);
  gss_release_cred(&ignored, &delegated);
  gss_release_buffer(&ignored, &answer);
}

int main(void) {
  static unsigned char input[1 << 20];
  struct gss_channel_bindings_struct bindings = {0};
  bindings.application_data.value = "tls-unique:a channel";
  bindings.application_data.length = strlen(bindings.application_data.value);
  for (unsigned char length[4]; fread(length, 1, 4, stdin) == 4;) {
    size_t size = read32(length);
    if (size == 0) { /* a batch's end */
      fflush(stdout);
      continue;
    }
    if (size > sizeof input || fread(input, 1, size, stdin) != size) return 2;
    /* A copy of its own size, so that what reads beyond it can be seen to. */
    gss_buffer_desc token = {size - 1, malloc(size - 1 ? size - 1 : 1)};
    memcpy(token.value, input + 1, size - 1);
    judge(&token, input[0] & 1 ? &bindings : GSS_C_NO_CHANNEL_BINDINGS);
    free(token.value);
    size = used - 4;
    record[0] = size >> 24, record[1] = size >> 16, record[2] = size >> 8, record[3] = size;
    fwrite(record, 1, used, stdout);
  }
  return 0;
}
