import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Base64;
import org.ietf.jgss.GSSContext;
import org.ietf.jgss.GSSCredential;
import org.ietf.jgss.GSSManager;
import org.ietf.jgss.GSSName;
import org.ietf.jgss.MessageProp;
import org.ietf.jgss.Oid;

/** Java's GSS-API behind the lines of examples/gss_lines.rs: initiate|accept kerberos|negotiate TARGET FLAGS. */
class Lines {
    private static GSSContext context;
    private static boolean initiate;

    public static void main(String[] arguments) throws Exception {
        initiate = arguments[0].equals("initiate");
        Oid mechanism = new Oid(arguments[1].equals("negotiate") ? "1.3.6.1.5.5.2" : "1.2.840.113554.1.2.2");
        int flags = Integer.parseInt(arguments[3]);
        GSSManager manager = GSSManager.getInstance();
        if (initiate) {
            GSSName target = manager.createName(arguments[2], GSSName.NT_HOSTBASED_SERVICE);
            context = manager.createContext(target, mechanism, null, GSSContext.DEFAULT_LIFETIME);
            context.requestCredDeleg((flags & 1) != 0);
            context.requestMutualAuth((flags & 2) != 0);
            context.requestReplayDet((flags & 4) != 0);
            context.requestSequenceDet((flags & 8) != 0);
            context.requestConf((flags & 16) != 0);
            context.requestInteg((flags & 32) != 0);
        } else {
            GSSCredential own =
                manager.createCredential(null, GSSCredential.INDEFINITE_LIFETIME, mechanism, GSSCredential.ACCEPT_ONLY);
            context = manager.createContext(own);
        }
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null; ) {
            String[] words = line.split(" ");
            byte[] first = words.length > 1 ? Base64.getDecoder().decode(words[1]) : new byte[0];
            byte[] second = words.length > 2 ? Base64.getDecoder().decode(words[2]) : new byte[0];
            try {
                System.out.println(answer(words[0], first, second));
            } catch (Exception why) {
                String word = words[0].equals("token") ? "rejected " : "failed";
                System.out.println(word + " " + why.toString().replace('\n', ' '));
            }
        }
    }

    private static String answer(String verb, byte[] first, byte[] second) throws Exception {
        switch (verb) {
            case "token":
                byte[] out = initiate
                    ? context.initSecContext(first, 0, first.length)
                    : context.acceptSecContext(first, 0, first.length);
                String token = out == null ? "" : base64(out);
                return context.isEstablished()
                    ? "established " + token + " " + (initiate ? context.getTargName() : context.getSrcName())
                    : "continue " + token;
            case "wrap":
            case "sign-wrap":
                return "wrapped " + base64(context.wrap(first, 0, first.length, new MessageProp(verb.equals("wrap"))));
            case "unwrap":
                return "unwrapped " + base64(context.unwrap(first, 0, first.length, new MessageProp(false)));
            case "mic":
                return "mic " + base64(context.getMIC(first, 0, first.length, new MessageProp(false)));
            case "verify":
                context.verifyMIC(second, 0, second.length, first, 0, first.length, new MessageProp(false));
                return "verified";
            default:
                return "failed no such word";
        }
    }

    private static String base64(byte[] octets) {
        return Base64.getEncoder().encodeToString(octets);
    }
}
