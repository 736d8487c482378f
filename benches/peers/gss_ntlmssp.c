/* A whole NTLMv2 login and protected messages by gss-ntlmssp, the acceptor's side timed: median nanoseconds.
 *
 *   cc -O2 -o gss_ntlmssp gss_ntlmssp.c -lgssapi_krb5
 *   NTLM_USER_FILE=FILE ./gss_ntlmssp LOGINS     # FILE: one line, ADEX:alice:Passw0rd!alice
 *
 * Prints "what nanoseconds" a line. */
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

static gss_OID_desc ntlmssp = {10, "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"};
static gss_OID_desc nt_user = {10, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x01"};
static gss_OID_desc nt_service = {10, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x04"};

static void check(const char *what, OM_uint32 major, OM_uint32 minor) {
  if (!GSS_ERROR(major)) return;
  OM_uint32 ignored, context = 0;
  gss_buffer_desc text;
  gss_display_status(&ignored, minor, GSS_C_MECH_CODE, &ntlmssp, &context, &text);
  fprintf(stderr, "%s: %x %.*s\n", what, major, (int)text.length, (char *)text.value);
  exit(1);
}

static gss_cred_id_t credential(gss_OID type, const char *text, const char *password, gss_cred_usage_t usage) {
  OM_uint32 major, minor = 0;
  gss_OID_set_desc mechanisms = {1, &ntlmssp};
  gss_buffer_desc octets = {strlen(text), (void *)text}, secret = {password ? strlen(password) : 0, (void *)password};
  gss_name_t name;
  gss_cred_id_t cred = GSS_C_NO_CREDENTIAL;
  check("gss_import_name", gss_import_name(&minor, &octets, type, &name), minor);
  if (password)
    major = gss_acquire_cred_with_password(&minor, name, &secret, 0, &mechanisms, usage, &cred, NULL, NULL);
  else
    major = gss_acquire_cred(&minor, name, 0, &mechanisms, usage, &cred, NULL, NULL);
  check("gss_acquire_cred", major, minor);
  return cred;
}

int main(int count, char **arguments) {
  size_t logins = count > 1 ? strtoul(arguments[1], NULL, 10) : 1000;
  OM_uint32 major, minor = 0, wanted = GSS_C_INTEG_FLAG | GSS_C_CONF_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_REPLAY_FLAG;
  gss_cred_id_t user = credential(&nt_user, "ADEX\\alice", "Passw0rd!alice", GSS_C_INITIATE);
  gss_cred_id_t service = credential(&nt_service, "HTTP@web", NULL, GSS_C_ACCEPT);
  gss_buffer_desc name = {8, "HTTP@web"};
  gss_name_t target;
  check("gss_import_name", gss_import_name(&minor, &name, &nt_service, &target), minor);
  uint64_t *times = calloc(logins, sizeof *times);
  gss_ctx_id_t ours = GSS_C_NO_CONTEXT, theirs = GSS_C_NO_CONTEXT;
  for (size_t i = 0; i < logins; i++) {
    gss_buffer_desc one = GSS_C_EMPTY_BUFFER, two = GSS_C_EMPTY_BUFFER, three = GSS_C_EMPTY_BUFFER, none = GSS_C_EMPTY_BUFFER;
    if (ours) gss_delete_sec_context(&minor, &ours, NULL), gss_delete_sec_context(&minor, &theirs, NULL);
    major = gss_init_sec_context(&minor, user, &ours, target, &ntlmssp, wanted, 0, NULL, GSS_C_NO_BUFFER, NULL, &one, NULL, NULL);
    check("NEGOTIATE", major, minor);
    uint64_t begun = now();
    major = gss_accept_sec_context(&minor, &theirs, service, &one, NULL, NULL, NULL, &two, NULL, NULL, NULL);
    uint64_t first = now() - begun;
    check("CHALLENGE", major, minor);
    major = gss_init_sec_context(&minor, user, &ours, target, &ntlmssp, wanted, 0, NULL, &two, NULL, &three, NULL, NULL);
    check("AUTHENTICATE", major, minor);
    begun = now();
    major = gss_accept_sec_context(&minor, &theirs, service, &three, NULL, NULL, NULL, &none, NULL, NULL, NULL);
    times[i] = first + now() - begun;
    check("the login", major, minor);
    gss_release_buffer(&minor, &one), gss_release_buffer(&minor, &two), gss_release_buffer(&minor, &three);
  }
  printf("ntlm/login %lu\n", (unsigned long)median(times, logins));
  static const size_t sizes[] = {64, 1024, 65536};
  static char octets[65536];
  for (size_t s = 0; s < 3; s++) {
    size_t rounds = sizes[s] > 10000 ? 500 : 5000;
    uint64_t *wrap = calloc(rounds, sizeof *wrap), *unwrap = calloc(rounds, sizeof *unwrap);
    for (size_t i = 0; i < rounds; i++) {
      gss_buffer_desc message = {sizes[s], octets}, token, out;
      uint64_t begun = now();
      check("gss_wrap", gss_wrap(&minor, ours, 1, 0, &message, NULL, &token), minor);
      uint64_t between = now();
      check("gss_unwrap", gss_unwrap(&minor, theirs, &token, &out, NULL, NULL), minor);
      unwrap[i] = now() - between, wrap[i] = between - begun;
      gss_release_buffer(&minor, &token), gss_release_buffer(&minor, &out);
    }
    printf("ntlm/wrap-%zu %lu\nntlm/unwrap-%zu %lu\n", sizes[s], (unsigned long)median(wrap, rounds), sizes[s], (unsigned long)median(unwrap, rounds));
  }
  return 0;
}
