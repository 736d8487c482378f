/* MIT krb5's or Heimdal's GSS-API behind the lines of examples/gss_lines.rs: one login and its protected messages.
 *
 *   cc gss_peer.c -o peer $(krb5-config --cflags --libs gssapi)
 *   peer initiate|accept kerberos|negotiate TARGET FLAGS      (FLAGS: a sum of GSS_C_*_FLAG, decimal)
 */
#define _DEFAULT_SOURCE
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gss_OID_desc krb5 = {9, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"};
static gss_OID_desc spnego = {6, "\x2b\x06\x01\x05\x05\x02"};
static gss_OID_desc host_based = {10, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x04"};
static gss_OID_desc session_key = {11, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x05\x05"};
static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static gss_ctx_id_t context = GSS_C_NO_CONTEXT;
static gss_name_t name = GSS_C_NO_NAME;
static OM_uint32 granted;

static void print_base64(const unsigned char *octets, size_t length) {
  for (size_t at = 0; at < length; at += 3) {
    unsigned left = length - at, three = octets[at] << 16;
    if (left > 1) three |= octets[at + 1] << 8;
    if (left > 2) three |= octets[at + 2];
    printf("%c%c%c%c", ALPHABET[three >> 18], ALPHABET[three >> 12 & 63], left > 1 ? ALPHABET[three >> 6 & 63] : '=',
           left > 2 ? ALPHABET[three & 63] : '=');
  }
}

static gss_buffer_desc read_base64(const char *text) {
  gss_buffer_desc buffer = {0, malloc(strlen(text) + 1)};
  unsigned char *out = buffer.value;
  unsigned bits = 0, count = 0;
  for (; *text && strchr(ALPHABET, *text); text++) {
    bits = bits << 6 | (strchr(ALPHABET, *text) - ALPHABET);
    count += 6;
    if (count >= 8) out[buffer.length++] = bits >> (count -= 8);
  }
  return buffer;
}

static int print_why(const char *word, OM_uint32 major, OM_uint32 minor) {
  OM_uint32 ignored, more = 0;
  gss_buffer_desc text;
  printf("%s", word);
  for (int kind = 0; kind < 2; kind++) {
    more = 0;
    gss_display_status(&ignored, kind ? minor : major, kind ? GSS_C_MECH_CODE : GSS_C_GSS_CODE, &krb5, &more, &text);
    printf(" %.*s;", (int)text.length, (char *)text.value);
  }
  printf("\n");
  return 1;
}

static void print_buffer(const char *word, gss_buffer_t buffer) {
  printf("%s ", word);
  print_base64(buffer->value, buffer->length);
  printf("\n");
}

static void step(int initiate, gss_OID mechanism, OM_uint32 flags, gss_buffer_t token) {
  OM_uint32 major, minor, ignored;
  gss_buffer_desc out = GSS_C_EMPTY_BUFFER, shown = GSS_C_EMPTY_BUFFER;
  gss_name_t peer = GSS_C_NO_NAME;
  if (initiate) {
    major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &context, name, mechanism, flags, 0,
                                 GSS_C_NO_CHANNEL_BINDINGS, token, NULL, &out, &granted, NULL);
    peer = name;
  } else {
    major = gss_accept_sec_context(&minor, &context, GSS_C_NO_CREDENTIAL, token, GSS_C_NO_CHANNEL_BINDINGS, &peer, NULL,
                                   &out, &granted, NULL, NULL);
  }
  if (GSS_ERROR(major)) {
    printf("rejected ");
    print_base64(out.value, out.length);
    print_why("", major, minor);
    return;
  }
  printf("%s ", major & GSS_S_CONTINUE_NEEDED ? "continue" : "established");
  print_base64(out.value, out.length);
  if (!(major & GSS_S_CONTINUE_NEEDED)) {
    gss_display_name(&ignored, peer, &shown, NULL);
    printf(" %.*s", (int)shown.length, (char *)shown.value);
  }
  printf("\n");
}

static void protect(const char *verb, gss_buffer_t first, gss_buffer_t second) {
  OM_uint32 major, minor;
  gss_buffer_desc out = GSS_C_EMPTY_BUFFER;
  int sealed = 0;
  if (!strcmp(verb, "wrap") || !strcmp(verb, "sign-wrap")) {
    major = gss_wrap(&minor, context, !strcmp(verb, "wrap"), GSS_C_QOP_DEFAULT, first, &sealed, &out);
    if (major == GSS_S_COMPLETE) print_buffer("wrapped", &out);
  } else if (!strcmp(verb, "unwrap")) {
    major = gss_unwrap(&minor, context, first, &out, &sealed, NULL);
    if (major == GSS_S_COMPLETE) print_buffer("unwrapped", &out);
  } else if (!strcmp(verb, "mic")) {
    major = gss_get_mic(&minor, context, GSS_C_QOP_DEFAULT, first, &out);
    if (major == GSS_S_COMPLETE) print_buffer("mic", &out);
  } else if (!strcmp(verb, "verify")) {
    major = gss_verify_mic(&minor, context, first, second, NULL);
    if (major == GSS_S_COMPLETE) printf("verified\n");
  } else {
    gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
    major = gss_inquire_sec_context_by_oid(&minor, context, &session_key, &set);
    if (major == GSS_S_COMPLETE) print_buffer("key", &set->elements[0]);
  }
  if (major != GSS_S_COMPLETE) print_why("failed", major, minor);
}

int main(int argc, char **argv) {
  static char line[1 << 20];
  OM_uint32 minor;
  if (argc != 5) return 2;
  int initiate = !strcmp(argv[1], "initiate");
  gss_OID mechanism = strcmp(argv[2], "negotiate") ? &krb5 : &spnego;
  gss_buffer_desc target = {strlen(argv[3]), argv[3]};
  gss_import_name(&minor, &target, &host_based, &name);
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    char *rest = line, *verb = strsep(&rest, " "), *one = strsep(&rest, " "), *two = strsep(&rest, " ");
    gss_buffer_desc first = read_base64(one ? one : ""), second = read_base64(two ? two : "");
    if (!strcmp(verb, "token"))
      step(initiate, mechanism, strtoul(argv[4], NULL, 10), &first);
    else if (!strcmp(verb, "flags"))
      printf("flags %u\n", granted);
    else
      protect(verb, &first, &second);
    fflush(stdout);
  }
  return 0;
}
