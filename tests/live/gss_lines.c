/*
 * Other people's GSS-API, spoken to line by line: the same lines as examples/gss_lines.rs. kerberos.sh compiles it against
 * MIT krb5 and against Heimdal.
 *
 * Tickets, keys and configuration are those of the environment (KRB5CCNAME, KRB5_KTNAME, KRB5_CONFIG).
 */
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_krb5.h>
#ifndef HEIMDAL
#include <gssapi/gssapi_ext.h>
#endif
#include <krb5.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gss_OID_desc KERBEROS = {9, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"};
static gss_OID_desc NTLM = {10, "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"};
static gss_OID_desc SPNEGO = {6, "\x2b\x06\x01\x05\x05\x02"};
static gss_OID_desc PRINCIPAL_NAME = {10, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01"};
static gss_OID_desc SESSION_KEY = {11, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x05\x05"};

static const struct {
    const char *name;
    OM_uint32 flag;
} FLAGS[] = {
    {"delegate", GSS_C_DELEG_FLAG},       {"mutual", GSS_C_MUTUAL_FLAG},  {"replay", GSS_C_REPLAY_FLAG},
    {"sequence", GSS_C_SEQUENCE_FLAG},    {"confidentiality", GSS_C_CONF_FLAG}, {"integrity", GSS_C_INTEG_FLAG},
    {"dce-style", GSS_C_DCE_STYLE},
};

/* The one login that is being talked about. */
static struct {
    int begun, initiates, is_established;
    gss_ctx_id_t context;
    gss_cred_id_t credential, delegated;
    gss_name_t target;
    gss_OID mechanism;
    OM_uint32 flags;
    struct gss_channel_bindings_struct bindings;
    char *bindings_text;
} login;

/* --- Lines ----------------------------------------------------------------------------------------------------------- */

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void print_octets(const void *octets, size_t length)
{
    const unsigned char *in = octets;
    char *text = malloc(length / 3 * 4 + 5), *out = text;
    size_t i;

    for (i = 0; i < length; i += 3) {
        unsigned long group = (unsigned long)in[i] << 16;
        if (i + 1 < length)
            group |= (unsigned long)in[i + 1] << 8;
        if (i + 2 < length)
            group |= in[i + 2];
        *out++ = DIGITS[group >> 18 & 63];
        *out++ = DIGITS[group >> 12 & 63];
        *out++ = i + 1 < length ? DIGITS[group >> 6 & 63] : '=';
        *out++ = i + 2 < length ? DIGITS[group & 63] : '=';
    }
    fwrite(text, 1, out - text, stdout);
    free(text);
}

static void print_buffer(gss_buffer_t buffer)
{
    print_octets(buffer->value, buffer->length);
}

/* The next argument of a line, empty if there is none. */
static char *word(char **line)
{
    char *found = *line ? strsep(line, " ") : NULL;
    return found ? found : "";
}

static gss_buffer_desc octets(char **line)
{
    static signed char values[256];
    const char *text = word(line);
    unsigned long group = 0;
    int bits = 0;
    gss_buffer_desc buffer = {0, malloc(strlen(text) + 1)};

    if (!values['B'])
        for (int i = 0; i < 64; i++)
            values[(unsigned char)DIGITS[i]] = i;
    for (; *text && *text != '='; text++) {
        group = group << 6 | values[(unsigned char)*text];
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            ((unsigned char *)buffer.value)[buffer.length++] = group >> bits & 0xff;
        }
    }
    return buffer;
}

/* What the library says of its status, on one line. */
static void print_status(OM_uint32 major, OM_uint32 minor)
{
    int types[] = {GSS_C_GSS_CODE, GSS_C_MECH_CODE};

    for (int i = 0; i < 2; i++) {
        OM_uint32 ignored, more = 0;
        do {
            gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
            if (gss_display_status(&ignored, i ? minor : major, types[i], login.mechanism, &more, &text))
                break;
            for (size_t j = 0; j < text.length; j++)
                putchar(((char *)text.value)[j] == '\n' ? ' ' : ((char *)text.value)[j]);
            printf("; ");
            gss_release_buffer(&ignored, &text);
        } while (more);
    }
}

static void print_failure(OM_uint32 major, OM_uint32 minor)
{
    printf("failed ");
    print_status(major, minor);
}

/* --- The login ------------------------------------------------------------------------------------------------------- */

static void forget(void)
{
    OM_uint32 minor;

    gss_delete_sec_context(&minor, &login.context, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &login.credential);
    gss_release_cred(&minor, &login.delegated);
    gss_release_name(&minor, &login.target);
    free(login.bindings_text);
    memset(&login, 0, sizeof(login));
}

static OM_uint32 flags_named(char *names)
{
    OM_uint32 flags = 0;
    char *name;

    while ((name = strsep(&names, ",")))
        for (size_t i = 0; i < sizeof(FLAGS) / sizeof(*FLAGS); i++)
            if (strcmp(name, FLAGS[i].name) == 0)
                flags |= FLAGS[i].flag;
    return flags;
}

static OM_uint32 acquire(OM_uint32 *minor, gss_OID mechanism)
{
    gss_OID_set_desc mechanisms = {1, mechanism};

    return gss_acquire_cred(minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechanisms,
                            login.initiates ? GSS_C_INITIATE : GSS_C_ACCEPT, &login.credential, NULL, NULL);
}

/* Keeps to these encryption types: RFC 4537 would have better ones agreed on. */
static OM_uint32 keep_to(OM_uint32 *minor, char *numbers)
{
    int32_t etypes[8];
    OM_uint32 count = 0, major = acquire(minor, login.mechanism);
    char *number;

    while ((number = strsep(&numbers, ",")) && count < 8)
        etypes[count++] = atoi(number);
    return major ? major : gss_krb5_set_allowable_enctypes(minor, login.credential, count, etypes);
}

/* Several mechanisms, in SPNEGO, in this order. Heimdal 7.8 has not that function. */
static OM_uint32 offer(OM_uint32 *minor, char *names)
{
    gss_OID_desc list[2];
    gss_OID_set_desc mechanisms = {0, list};
    OM_uint32 major = acquire(minor, &SPNEGO);
    char *name;

    while ((name = strsep(&names, ",")) && mechanisms.count < 2)
        list[mechanisms.count++] = strcmp(name, "ntlm") == 0 ? NTLM : KERBEROS;
#ifndef HEIMDAL
    if (!major)
        major = gss_set_neg_mechs(minor, login.credential, &mechanisms);
#endif
    return major;
}

static void begin(char *line)
{
    OM_uint32 major = 0, minor = 0;
    char *option;

    forget();
    login.initiates = strcmp(word(&line), "initiate") == 0;
    login.mechanism = &SPNEGO;
    while (!major && *(option = word(&line))) {
        char *value = word(&line);
        if (strcmp(option, "--target") == 0) {
            gss_buffer_desc name = {strlen(value), value};
            gss_OID kind = strchr(value, '/') ? &PRINCIPAL_NAME : GSS_C_NT_HOSTBASED_SERVICE;
            major = gss_import_name(&minor, &name, kind, &login.target);
        } else if (strcmp(option, "--mechanism") == 0) {
            login.mechanism = strcmp(value, "kerberos") == 0 ? &KERBEROS : &SPNEGO;
        } else if (strcmp(option, "--flags") == 0) {
            login.flags = flags_named(value);
        } else if (strcmp(option, "--offer") == 0) {
            major = offer(&minor, value);
        } else if (strcmp(option, "--etypes") == 0) {
            major = keep_to(&minor, value);
        } else if (strcmp(option, "--channel-bindings") == 0) {
            login.bindings_text = strdup(value);
            login.bindings.application_data.value = login.bindings_text;
            login.bindings.application_data.length = strlen(value);
        }
    }
    login.begun = !major;
    if (major)
        print_failure(major, minor);
    else
        printf("begun");
}

/* The other side's name alone: gss-ntlmssp 1.2 falls over an acceptor's own. */
static void print_peer(void)
{
    OM_uint32 minor;
    gss_name_t peer = GSS_C_NO_NAME;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;

    gss_inquire_context(&minor, login.context, login.initiates ? NULL : &peer, login.initiates ? &peer : NULL, NULL, NULL,
                        NULL, NULL, NULL);
    gss_display_name(&minor, peer, &text, NULL);
    printf("%.*s", (int)strnlen(text.value, text.length), (char *)text.value);
    gss_release_buffer(&minor, &text);
    gss_release_name(&minor, &peer);
}

static OM_uint32 step(OM_uint32 *minor, gss_buffer_t in, gss_buffer_t out)
{
    gss_channel_bindings_t bindings = login.bindings_text ? &login.bindings : GSS_C_NO_CHANNEL_BINDINGS;

    if (login.initiates)
        return gss_init_sec_context(minor, login.credential, &login.context, login.target, login.mechanism, login.flags, 0,
                                    bindings, in->length ? in : GSS_C_NO_BUFFER, NULL, out, NULL, NULL);
    return gss_accept_sec_context(minor, &login.context, login.credential, in, bindings, NULL, NULL, out, NULL, NULL,
                                  &login.delegated);
}

static void token(char *line)
{
    OM_uint32 major, minor;
    gss_buffer_desc in = octets(&line), out = GSS_C_EMPTY_BUFFER;

    if (!login.begun || login.is_established) {
        printf("rejected  the handshake is over");
    } else {
        major = step(&minor, &in, &out);
        login.is_established = major == GSS_S_COMPLETE;
        login.begun = !GSS_ERROR(major);
        printf(GSS_ERROR(major) ? "rejected " : login.is_established ? "established " : "continue ");
        print_buffer(&out);
        putchar(' ');
        if (GSS_ERROR(major))
            print_status(major, minor);
        else if (login.is_established)
            print_peer();
    }
    gss_release_buffer(&minor, &out);
    free(in.value);
}

static void agreed(void)
{
    OM_uint32 minor, flags = 0;
    const char *between = "";

    gss_inquire_context(&minor, login.context, NULL, NULL, NULL, NULL, &flags, NULL, NULL);
    printf("agreed ");
    for (size_t i = 0; i < sizeof(FLAGS) / sizeof(*FLAGS); i++)
        if (flags & FLAGS[i].flag) {
            printf("%s%s", between, FLAGS[i].name);
            between = ",";
        }
}

static void key(void)
{
    OM_uint32 major, minor;
    gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;

    major = gss_inquire_sec_context_by_oid(&minor, login.context, &SESSION_KEY, &set);
    if (major) {
        print_failure(major, minor);
    } else {
        printf("key ");
        print_buffer(&set->elements[0]);
    }
    gss_release_buffer_set(&minor, &set);
}

/* Puts what was delegated into a cache of its own. */
static void delegated(char *line)
{
    OM_uint32 major, minor;
    krb5_context krb5;
    krb5_ccache cache = NULL;
    krb5_principal client = NULL;
    gss_name_t name = GSS_C_NO_NAME;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    char *path = word(&line), *full = malloc(strlen(path) + 6);

    sprintf(full, "FILE:%s", path);
    if (!login.delegated) {
        printf("failed nothing was delegated");
        free(full);
        return;
    }
    major = gss_inquire_cred(&minor, login.delegated, &name, NULL, NULL, NULL);
    if (!major)
        major = gss_display_name(&minor, name, &text, NULL);
    if (!major && (krb5_init_context(&krb5) || krb5_parse_name(krb5, text.value, &client) ||
                   krb5_cc_resolve(krb5, full, &cache) || krb5_cc_initialize(krb5, cache, client)))
        major = GSS_S_FAILURE;
    if (!major)
        major = gss_krb5_copy_ccache(&minor, login.delegated, cache);
    if (major)
        print_failure(major, minor);
    else
        printf("delegated %.*s", (int)text.length, (char *)text.value);
    if (cache)
        krb5_cc_close(krb5, cache);
    gss_release_buffer(&minor, &text);
    gss_release_name(&minor, &name);
    free(full);
}

/* --- Messages -------------------------------------------------------------------------------------------------------- */

static void wrap(char *line, int sealed)
{
    OM_uint32 major, minor;
    gss_buffer_desc message = octets(&line), out = GSS_C_EMPTY_BUFFER;
    int is_sealed = 0;

    major = gss_wrap(&minor, login.context, sealed, GSS_C_QOP_DEFAULT, &message, &is_sealed, &out);
    if (major) {
        print_failure(major, minor);
    } else if (!is_sealed != !sealed) {
        printf("failed it was sealed or only signed, against what was asked");
    } else {
        printf("wrapped ");
        print_buffer(&out);
    }
    gss_release_buffer(&minor, &out);
    free(message.value);
}

/* A status that is not complete is no success: it says that a message came twice, late or out of order. */
static void unwrap(char *line)
{
    OM_uint32 major, minor;
    gss_buffer_desc wrapped = octets(&line), out = GSS_C_EMPTY_BUFFER;
    int is_sealed = 0;

    major = gss_unwrap(&minor, login.context, &wrapped, &out, &is_sealed, NULL);
    if (major) {
        print_failure(major, minor);
    } else {
        printf("unwrapped ");
        print_buffer(&out);
        printf(is_sealed ? " sealed" : " signed");
    }
    gss_release_buffer(&minor, &out);
    free(wrapped.value);
}

static void mic(char *line)
{
    OM_uint32 major, minor;
    gss_buffer_desc message = octets(&line), out = GSS_C_EMPTY_BUFFER;

    major = gss_get_mic(&minor, login.context, GSS_C_QOP_DEFAULT, &message, &out);
    if (major) {
        print_failure(major, minor);
    } else {
        printf("mic ");
        print_buffer(&out);
    }
    gss_release_buffer(&minor, &out);
    free(message.value);
}

static void verify(char *line)
{
    OM_uint32 major, minor;
    gss_buffer_desc message = octets(&line), signature = octets(&line);

    major = gss_verify_mic(&minor, login.context, &message, &signature, NULL);
    if (major)
        print_failure(major, minor);
    else
        printf("verified");
    free(message.value);
    free(signature.value);
}

static void limit(char *line)
{
    OM_uint32 major, minor, longest = 0, token = atol(word(&line));

    major = gss_wrap_size_limit(&minor, login.context, strcmp(word(&line), "sealed") == 0, GSS_C_QOP_DEFAULT, token, &longest);
    if (major)
        print_failure(major, minor);
    else
        printf("limit %lu", (unsigned long)longest);
}

/*
 * header | sign-only | data | sign-only | padding | trailer. In front, as DCE RPC and WinRM have it, without the last one, so
 * that what it would hold comes into the header; in DCE style without the last two, as whoever calls pads there (Heimdal will
 * have no such piece then). Tells how many there are.
 */
static int lay_out(gss_iov_buffer_desc pieces[6], const char *placement, gss_buffer_desc before, gss_buffer_desc data,
                   gss_buffer_desc after)
{
    OM_uint32 minor, flags = 0;

    memset(pieces, 0, 6 * sizeof(*pieces));
    pieces[0].type = GSS_IOV_BUFFER_TYPE_HEADER;
    pieces[1].type = GSS_IOV_BUFFER_TYPE_SIGN_ONLY;
    pieces[1].buffer = before;
    pieces[2].type = GSS_IOV_BUFFER_TYPE_DATA;
    pieces[2].buffer = data;
    pieces[3].type = GSS_IOV_BUFFER_TYPE_SIGN_ONLY;
    pieces[3].buffer = after;
    pieces[4].type = GSS_IOV_BUFFER_TYPE_PADDING;
    pieces[5].type = GSS_IOV_BUFFER_TYPE_TRAILER;
    gss_inquire_context(&minor, login.context, NULL, NULL, NULL, NULL, &flags, NULL, NULL);
    if (flags & GSS_C_DCE_STYLE)
        return 4;
    return strcmp(placement, "around") == 0 ? 6 : 5;
}

static void wrap_pieces(char *line)
{
    OM_uint32 major, minor;
    int sealed = strcmp(word(&line), "sealed") == 0, is_sealed = 0, count;
    const char *placement = word(&line);
    gss_buffer_desc before = octets(&line), data = octets(&line), after = octets(&line);
    gss_iov_buffer_desc pieces[6];

    count = lay_out(pieces, placement, before, data, after);
    pieces[0].type |= GSS_IOV_BUFFER_FLAG_ALLOCATE;
    pieces[4].type |= GSS_IOV_BUFFER_FLAG_ALLOCATE;
    pieces[5].type |= GSS_IOV_BUFFER_FLAG_ALLOCATE;
    major = gss_wrap_iov(&minor, login.context, sealed, GSS_C_QOP_DEFAULT, &is_sealed, pieces, count);
    if (major) {
        print_failure(major, minor);
    } else if (pieces[4].buffer.length && pieces[5].buffer.length) {
        printf("failed padding and a trailer, which no encryption type has");
    } else {
        printf("pieces ");
        print_buffer(&pieces[0].buffer);
        putchar(' ');
        print_buffer(&pieces[2].buffer);
        putchar(' ');
        print_buffer(&pieces[pieces[4].buffer.length ? 4 : 5].buffer);
    }
    gss_release_iov_buffer(&minor, pieces, count);
    free(before.value);
    free(data.value);
    free(after.value);
}

static void unwrap_pieces(char *line)
{
    OM_uint32 major, minor;
    int is_sealed = 0, count;
    const char *placement = word(&line);
    gss_buffer_desc header = octets(&line), before = octets(&line), data = octets(&line), after = octets(&line);
    gss_buffer_desc trailer = octets(&line);
    gss_iov_buffer_desc pieces[6];

    count = lay_out(pieces, placement, before, data, after);
    pieces[0].buffer = header;
    /* What has a frame (RFC 1964) is padded, what has none (RFC 4121) has a trailer. */
    pieces[header.length && *(char *)header.value == 0x60 ? 4 : 5].buffer = trailer;
    major = gss_unwrap_iov(&minor, login.context, &is_sealed, NULL, pieces, count);
    if (major) {
        print_failure(major, minor);
    } else {
        printf("unwrapped ");
        print_buffer(&pieces[2].buffer);
        printf(is_sealed ? " sealed" : " signed");
    }
    free(header.value);
    free(before.value);
    free(data.value);
    free(after.value);
    free(trailer.value);
}

static void answer(char *line)
{
    const char *verb = word(&line);

    if (strcmp(verb, "begin") == 0)
        begin(line);
    else if (strcmp(verb, "token") == 0)
        token(line);
    else if (!login.is_established)
        printf("failed there is no login yet");
    else if (strcmp(verb, "agreed") == 0)
        agreed();
    else if (strcmp(verb, "key") == 0)
        key();
    else if (strcmp(verb, "delegated") == 0)
        delegated(line);
    else if (strcmp(verb, "wrap") == 0)
        wrap(line, 1);
    else if (strcmp(verb, "sign") == 0)
        wrap(line, 0);
    else if (strcmp(verb, "unwrap") == 0)
        unwrap(line);
    else if (strcmp(verb, "mic") == 0)
        mic(line);
    else if (strcmp(verb, "verify") == 0)
        verify(line);
    else if (strcmp(verb, "limit") == 0)
        limit(line);
    else if (strcmp(verb, "wrap-pieces") == 0)
        wrap_pieces(line);
    else if (strcmp(verb, "unwrap-pieces") == 0)
        unwrap_pieces(line);
    else
        printf("failed not one of the words");
    putchar('\n');
    fflush(stdout);
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;

    while ((length = getline(&line, &room, stdin)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        answer(line);
    }
    return 0;
}
