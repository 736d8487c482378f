import com.sun.security.jgss.ExtendedGSSContext;
import com.sun.security.jgss.InquireType;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.ietf.jgss.ChannelBinding;
import org.ietf.jgss.GSSContext;
import org.ietf.jgss.GSSCredential;
import org.ietf.jgss.GSSException;
import org.ietf.jgss.GSSManager;
import org.ietf.jgss.GSSName;
import org.ietf.jgss.MessageProp;
import org.ietf.jgss.Oid;

/**
 * The JDK's GSS-API, spoken to line by line: the same lines as examples/gss_lines.rs, but for pieces, which it has not.
 *
 * <pre>java Lines.java</pre>
 *
 * It takes its tickets and keys from where java.security.auth.login.config and java.security.krb5.conf say.
 */
public final class Lines {
    private static final GSSManager MANAGER = GSSManager.getInstance();

    private final Oid kerberos = new Oid("1.2.840.113554.1.2.2");
    private final Oid spnego = new Oid("1.3.6.1.5.5.2");
    private final Oid principalName = new Oid("1.2.840.113554.1.2.2.1");
    private GSSContext context;
    private boolean initiates;

    private Lines() throws GSSException {}

    public static void main(String[] arguments) throws IOException, GSSException {
        Lines lines = new Lines();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ", -1);
            String answer;
            try {
                answer = lines.answer(words);
            } catch (GSSException | RuntimeException why) {
                String verdict = words[0].equals("token") ? "rejected  " : "failed ";
                answer = verdict + why.toString().replace('\n', ' ');
            }
            System.out.println(answer);
            System.out.flush();
        }
    }

    private String answer(String[] words) throws GSSException {
        switch (words[0]) {
            case "begin":
                return begin(words);
            case "token":
                return token(words.length > 1 ? octets(words[1]) : new byte[0]);
            case "agreed":
                return "agreed " + agreed();
            case "key":
                Object key = ((ExtendedGSSContext) context).inquireSecContext(InquireType.KRB5_GET_SESSION_KEY_EX);
                return "key " + text(((javax.security.auth.kerberos.EncryptionKey) key).getEncoded());
            case "delegated":
                return delegated(words[2]);
            case "wrap":
                return wrap(octets(words[1]), true);
            case "sign":
                return wrap(octets(words[1]), false);
            case "unwrap":
                return unwrap(octets(words[1]));
            case "mic":
                byte[] message = octets(words[1]);
                return "mic " + text(context.getMIC(message, 0, message.length, new MessageProp(0, false)));
            case "verify":
                return verify(octets(words[1]), octets(words[2]));
            case "limit":
                return "limit "
                        + context.getWrapSizeLimit(0, words[2].equals("sealed"), Integer.parseInt(words[1]));
            default:
                return "failed not one of the words";
        }
    }

    private String begin(String[] words) throws GSSException {
        if (context != null) {
            context.dispose();
        }
        initiates = words[1].equals("initiate");
        Oid mechanism = spnego;
        GSSName target = null;
        List<String> flags = new ArrayList<>();
        ChannelBinding bindings = null;
        for (int i = 2; i + 1 < words.length; i += 2) {
            switch (words[i]) {
                case "--target" -> target = MANAGER.createName(words[i + 1], principalName);
                case "--mechanism" -> mechanism = words[i + 1].equals("kerberos") ? kerberos : spnego;
                case "--flags" -> flags = List.of(words[i + 1].split(","));
                case "--channel-bindings" -> bindings = new ChannelBinding(words[i + 1].getBytes());
                default -> throw new IllegalArgumentException(words[i]);
            }
        }
        if (initiates) {
            context = MANAGER.createContext(target, mechanism, null, GSSContext.DEFAULT_LIFETIME);
            context.requestCredDeleg(flags.contains("delegate"));
            context.requestMutualAuth(flags.contains("mutual"));
            context.requestReplayDet(flags.contains("replay"));
            context.requestSequenceDet(flags.contains("sequence"));
            context.requestConf(flags.contains("confidentiality"));
            context.requestInteg(flags.contains("integrity"));
        } else {
            context = MANAGER.createContext((GSSCredential) null);
        }
        if (bindings != null) {
            context.setChannelBinding(bindings);
        }
        return "begun";
    }

    private String token(byte[] in) throws GSSException {
        byte[] out = initiates
                ? context.initSecContext(in, 0, in.length)
                : context.acceptSecContext(in, 0, in.length);
        String token = out == null ? "" : text(out);
        if (!context.isEstablished()) {
            return "continue " + token;
        }
        return "established " + token + " " + (initiates ? context.getTargName() : context.getSrcName());
    }

    private String agreed() {
        List<String> flags = new ArrayList<>();
        if (context.getCredDelegState()) {
            flags.add("delegate");
        }
        if (context.getMutualAuthState()) {
            flags.add("mutual");
        }
        if (context.getReplayDetState()) {
            flags.add("replay");
        }
        if (context.getSequenceDetState()) {
            flags.add("sequence");
        }
        if (context.getConfState()) {
            flags.add("confidentiality");
        }
        if (context.getIntegState()) {
            flags.add("integrity");
        }
        return String.join(",", flags);
    }

    /** The JDK writes no credential caches, so what was delegated is used here: for a ticket of {@code service}. */
    private String delegated(String service) throws GSSException {
        GSSCredential credential = context.getDelegCred();
        GSSName target = MANAGER.createName(service, principalName);
        GSSContext onward = MANAGER.createContext(target, kerberos, credential, GSSContext.DEFAULT_LIFETIME);
        byte[] token = onward.initSecContext(new byte[0], 0, 0);
        onward.dispose();
        return token.length > 0 ? "delegated " + credential.getName() : "failed no token";
    }

    private String wrap(byte[] message, boolean sealed) throws GSSException {
        MessageProp properties = new MessageProp(0, sealed);
        byte[] token = context.wrap(message, 0, message.length, properties);
        if (properties.getPrivacy() != sealed) {
            return "failed it was sealed or only signed, against what was asked";
        }
        return "wrapped " + text(token);
    }

    private String unwrap(byte[] token) throws GSSException {
        MessageProp properties = new MessageProp(0, false);
        byte[] message = context.unwrap(token, 0, token.length, properties);
        String disorder = disorder(properties);
        return disorder != null ? disorder : "unwrapped " + text(message) + (properties.getPrivacy() ? " sealed" : " signed");
    }

    private String verify(byte[] message, byte[] signature) throws GSSException {
        MessageProp properties = new MessageProp(0, false);
        context.verifyMIC(signature, 0, signature.length, message, 0, message.length, properties);
        String disorder = disorder(properties);
        return disorder != null ? disorder : "verified";
    }

    private static String disorder(MessageProp properties) {
        boolean any = properties.isDuplicateToken() || properties.isOldToken()
                || properties.isUnseqToken() || properties.isGapToken();
        return any ? "failed out of order" : null;
    }

    private static byte[] octets(String text) {
        return Base64.getDecoder().decode(text);
    }

    private static String text(byte[] octets) {
        return Base64.getEncoder().encodeToString(octets);
    }
}
