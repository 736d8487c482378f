import java.io.IOException;
import java.io.InputStream;
import java.net.Authenticator;
import java.net.HttpURLConnection;
import java.net.PasswordAuthentication;
import java.net.URL;

/**
 * GETs a page by the JDK's HttpURLConnection, twice, and prints the status and the body of each.
 *
 * <pre>java Get.java URL [USER PASSWORD]</pre>
 *
 * With a user, an Authenticator answers for every scheme that asks, once. The JDK itself takes Kerberos' ticket from where
 * java.security.auth.login.config and java.security.krb5.conf say.
 */
public final class Get {
    private static final int PATIENCE = 10_000;

    public static void main(String[] arguments) throws IOException {
        if (arguments.length > 1) {
            Authenticator.setDefault(new Once(arguments[1], arguments[2]));
        }
        for (int count = 0; count < 2; count++) {
            HttpURLConnection connection = (HttpURLConnection) new URL(arguments[0]).openConnection();
            connection.setConnectTimeout(PATIENCE);
            connection.setReadTimeout(PATIENCE);
            System.out.println("status " + connection.getResponseCode());
            boolean isError = connection.getResponseCode() >= 400;
            try (InputStream body = isError ? connection.getErrorStream() : connection.getInputStream()) {
                System.out.println(body == null ? "" : new String(body.readAllBytes()));
            }
        }
    }

    /** Tells user and password to whoever asks first, by whichever scheme; says which. */
    private static final class Once extends Authenticator {
        private final String user;
        private final String password;

        Once(String user, String password) {
            this.user = user;
            this.password = password;
        }

        @Override
        protected PasswordAuthentication getPasswordAuthentication() {
            System.out.println("asked by " + getRequestingScheme());
            return new PasswordAuthentication(user, password.toCharArray());
        }
    }
}
