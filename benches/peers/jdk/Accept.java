import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivilegedExceptionAction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.security.auth.Subject;
import javax.security.auth.kerberos.KerberosKey;
import javax.security.auth.kerberos.KerberosPrincipal;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;
import javax.security.auth.login.Configuration;
import javax.security.auth.login.LoginContext;
import org.ietf.jgss.GSSContext;
import org.ietf.jgss.GSSCredential;
import org.ietf.jgss.GSSManager;
import org.ietf.jgss.MessageProp;
import org.ietf.jgss.Oid;
import sun.security.krb5.EncryptedData;
import sun.security.krb5.EncryptionKey;
import sun.security.krb5.internal.APReq;

/**
 * JGSS of the JDK: {@code Accept SECTION DIR} reads what {@code negotiate-peers mint DIR} has written and prints "what nanoseconds" a line,
 * the median of many, after as many that the compiler has warmed up with. Debian: openjdk-17-jdk-headless.
 *
 * <p>What it leaves out: a PAC is carried, neither decoded nor verified; no Camellia; its decoder of SPNEGO has no door. What it
 * does besides: its replay cache, in memory, is on, and the keytab's file is looked at for changes on each login.
 */
public final class Accept {
    private static final Map<String, Integer> ETYPES = Map.of(
            "aes256-cts-hmac-sha1-96", 18, "aes128-cts-hmac-sha1-96", 17,
            "aes256-cts-hmac-sha384-192", 20, "aes128-cts-hmac-sha256-128", 19, "rc4-hmac", 23);
    private static final int[] SIZES = {64, 1024, 65_536};
    private static final GSSManager MANAGER = GSSManager.getInstance();

    private interface Work {
        void round(int round) throws Exception;
    }

    private interface With<T> {
        void with(T value) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        Path dir = Path.of(arguments[1]);
        System.setProperty("java.security.krb5.conf", dir.resolve("krb5.conf").toString());
        switch (arguments[0]) {
            case "spnego" -> parse(dir);
            case "accept" -> serving(dir.resolve("keytab"), credential -> accepts(dir, credential));
            case "messages" -> serving(dir.resolve("keytab"), credential -> messages(dir, credential));
            case "decrypt" -> decrypts(dir);
            case "string-to-key" -> stringsToKeys();
            case "keytab-10", "keytab-100000" ->
                serving(dir.resolve(arguments[0]), credential -> keytab(arguments[0].replace('-', '/'), dir, credential));
            default -> { }
        }
    }

    /** Does the work with the credential of a service that has this keytab. */
    private static void serving(Path keytab, With<GSSCredential> work) throws Exception {
        Subject.doAs(login(keytab), (PrivilegedExceptionAction<Void>) () -> {
            Oid[] mechanisms = {new Oid("1.2.840.113554.1.2.2"), new Oid("1.3.6.1.5.5.2")};
            work.with(MANAGER.createCredential(null, GSSCredential.INDEFINITE_LIFETIME, mechanisms, GSSCredential.ACCEPT_ONLY));
            return null;
        });
    }

    /** The service's keytab in a subject, for whichever of its principals a ticket is. */
    private static Subject login(Path keytab) throws Exception {
        Map<String, String> options = Map.of("useKeyTab", "true", "keyTab", keytab.toString(), "storeKey", "true",
                "principal", "*", "isInitiator", "false", "doNotPrompt", "true");
        AppConfigurationEntry entry = new AppConfigurationEntry("com.sun.security.auth.module.Krb5LoginModule",
                LoginModuleControlFlag.REQUIRED, options);
        LoginContext context = new LoginContext("accept", new Subject(), null, new Configuration() {
            @Override
            public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
                return new AppConfigurationEntry[] {entry};
            }
        });
        context.login();
        return context.getSubject();
    }

    /** Logins, each token once: the first half of a file, of every file, is for warming up. */
    private static void accepts(Path dir, GSSCredential credential) throws Exception {
        List<Path> files;
        try (var all = Files.walk(dir.resolve("accept"))) {
            files = all.filter(file -> file.toString().endsWith(".tokens")).filter(file -> isKnown(dir, file)).sorted().toList();
        }
        for (Path file : files) {
            List<byte[]> tokens = tokens(file);
            for (byte[] token : tokens.subList(0, tokens.size() / 2)) {
                accept(credential, token);
            }
        }
        for (Path file : files) {
            List<byte[]> tokens = tokens(file);
            List<byte[]> rest = tokens.subList(tokens.size() / 2, tokens.size());
            String work = dir.relativize(file).toString().replace(".tokens", "");
            time(work, rest.size(), round -> accept(credential, rest.get(round)));
        }
    }

    private static boolean isKnown(Path dir, Path file) {
        Path work = dir.relativize(file);
        boolean known = ETYPES.containsKey(work.getName(1).toString());
        if (!known) {
            System.err.println(work.toString().replace(".tokens", ": refused"));
        }
        return known;
    }

    /** The same with another keytab, the one that the credential is of; other logins warm up. */
    private static void keytab(String work, Path dir, GSSCredential credential) throws Exception {
        int most = work.endsWith("100000") ? 50 : 2_000;
        for (String other : List.of("raw/no-pac", "raw/groups-10", "spnego/groups-10", "spnego-one-way/no-pac", "spnego/no-pac")) {
            List<byte[]> tokens = tokens(dir.resolve("accept/aes256-cts-hmac-sha1-96/" + other + ".tokens"));
            List<byte[]> some = tokens.subList(0, Math.min(tokens.size(), most));
            if (other.equals("spnego/no-pac")) {
                time(work, some.size(), round -> accept(credential, some.get(round)));
            } else {
                for (byte[] token : some) {
                    accept(credential, token);
                }
            }
        }
    }

    private static GSSContext accept(GSSCredential credential, byte[] token) throws Exception {
        GSSContext context = MANAGER.createContext(credential);
        context.acceptSecContext(token, 0, token.length);
        if (!context.isEstablished() || !context.getSrcName().toString().equals("alice@EXAMPLE.TEST")) {
            throw new IllegalStateException("not logged in");
        }
        return context;
    }

    /** What the acceptor protects. It has no initiator here to unwrap from. */
    private static void messages(Path dir, GSSCredential credential) throws Exception {
        for (String etype : ETYPES.keySet()) {
            GSSContext context = accept(credential, tokens(dir.resolve("accept/" + etype + "/raw/no-pac.tokens")).get(0));
            for (int size : SIZES) {
                byte[] message = new byte[size];
                int rounds = size > 10_000 ? 500 : 5_000;
                warm(etype + "/wrap-" + size, rounds, round -> {
                    MessageProp sealed = new MessageProp(0, true);
                    context.wrap(message, 0, size, sealed);
                    if (!sealed.getPrivacy()) {
                        throw new IllegalStateException("not sealed");
                    }
                });
                warm(etype + "/mic-" + size, rounds, round -> context.getMIC(message, 0, size, new MessageProp(0, false)));
            }
        }
    }

    private static void parse(Path dir) throws Exception {
        byte[] request = Files.readAllBytes(dir.resolve("ap-req.octets"));
        warm("ap-req/parse", 10_000, round -> new APReq(request));
    }

    /** 1.5 KB, with the derivation of keys. */
    private static void decrypts(Path dir) throws Exception {
        for (String line : Files.readAllLines(dir.resolve("keys"))) {
            String[] words = line.split(" ");
            Integer etype = ETYPES.get(words[0]);
            if (etype == null) {
                continue;
            }
            EncryptionKey key = new EncryptionKey(HexFormat.of().parseHex(words[1]), etype, null);
            byte[] cipher = new EncryptedData(key, new byte[1500], 2).getBytes();
            warm("decrypt/" + words[0], 5_000, round -> {
                byte[] plain = new EncryptedData(etype, null, cipher).decrypt(key, 2);
                if (plain.length < 1500) {
                    throw new IllegalStateException("too short");
                }
            });
        }
    }

    private static void stringsToKeys() throws Exception {
        KerberosPrincipal alice = new KerberosPrincipal("alice@EXAMPLE.TEST");
        for (String etype : ETYPES.keySet()) {
            warm("string-to-key/" + etype, 15, round -> new KerberosKey(alice, "Passw0rd!alice".toCharArray(), etype));
        }
    }

    /** The same after as many rounds that are not counted. */
    private static void warm(String what, int rounds, Work work) throws Exception {
        for (int round = 0; round < rounds; round++) {
            work.round(round);
        }
        time(what, rounds, work);
    }

    /** Prints the median of what the work took, its garbage with it: the collector runs where it wants to. */
    private static void time(String what, int rounds, Work work) throws Exception {
        long[] times = new long[rounds];
        for (int round = 0; round < rounds; round++) {
            long begun = System.nanoTime();
            work.round(round);
            times[round] = System.nanoTime() - begun;
        }
        Arrays.sort(times);
        System.out.println(what + " " + times[rounds / 2]);
    }

    /** A file of tokens: length, octets. */
    private static List<byte[]> tokens(Path file) throws IOException {
        ByteBuffer octets = ByteBuffer.wrap(Files.readAllBytes(file));
        List<byte[]> tokens = new ArrayList<>();
        while (octets.hasRemaining()) {
            byte[] token = new byte[octets.getInt()];
            octets.get(token);
            tokens.add(token);
        }
        return tokens;
    }
}
