import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;

/**
 * Checks tokens as MSK does: a kafka-cluster:Connect request as a URL, signed with Signature Version 4 by the one
 * identity that the options name (region, accessKeyId, secretAccessKey), and not too old.
 */
public class IamTokens implements AuthenticateCallbackHandler {
  private Map<String, ?> identity;

  @Override
  public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {
    identity = entries.get(0).getOptions();
  }

  @Override
  public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
    for (Callback callback : callbacks) {
      if (!(callback instanceof OAuthBearerValidatorCallback)) throw new UnsupportedCallbackException(callback);
      OAuthBearerValidatorCallback asked = (OAuthBearerValidatorCallback) callback;
      try {
        asked.token(check(asked.tokenValue()));
      } catch (Exception refused) {
        asked.error("invalid_token", null, null);
      }
    }
  }

  private OAuthBearerToken check(String value) throws Exception {
    URI url = URI.create(new String(Base64.getUrlDecoder().decode(value), StandardCharsets.UTF_8));
    String region = option("region");
    String host = "kafka." + region + ".amazonaws.com";
    if (!url.getHost().equals(host)) throw new Exception("another host");
    // As it was sent: encoded, sorted.
    TreeMap<String, String> query = new TreeMap<>();
    for (String pair : url.getRawQuery().split("&")) query.put(pair.split("=")[0], pair.split("=", 2)[1]);
    if (!plain(query, "Action").equals("kafka-cluster:Connect")) throw new Exception("another action");
    String signature = query.remove("X-Amz-Signature");
    query.remove("User-Agent");
    String time = plain(query, "X-Amz-Date");
    DateTimeFormatter form = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
    long from = Instant.from(form.parse(time)).toEpochMilli();
    long until = from + 1000L * Integer.parseInt(plain(query, "X-Amz-Expires"));
    if (System.currentTimeMillis() > until) throw new Exception("too old");
    String scope = time.substring(0, 8) + "/" + region + "/kafka-cluster/aws4_request";
    if (!plain(query, "X-Amz-Credential").equals(option("accessKeyId") + "/" + scope)) throw new Exception("unknown");
    StringBuilder pairs = new StringBuilder();
    query.forEach((name, text) -> pairs.append(pairs.length() == 0 ? "" : "&").append(name).append("=").append(text));
    String request = "GET\n/\n" + pairs + "\nhost:" + host + "\n\nhost\n" + hash("");
    byte[] key = ("AWS4" + option("secretAccessKey")).getBytes(StandardCharsets.UTF_8);
    for (String part : scope.split("/")) key = sign(key, part);
    byte[] expected = sign(key, "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + hash(request));
    if (!HexFormat.of().formatHex(expected).equals(signature)) throw new Exception("another signature");
    return new Token(value, from, until, option("accessKeyId"));
  }

  private String option(String name) {
    return (String) identity.get(name);
  }

  private static String plain(Map<String, String> query, String name) {
    return URLDecoder.decode(query.get(name), StandardCharsets.UTF_8);
  }

  private static String hash(String text) throws Exception {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest);
  }

  private static byte[] sign(byte[] key, String text) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {}

  private record Token(String value, long from, long until, String principalName) implements OAuthBearerToken {
    @Override
    public Long startTimeMs() {
      return from;
    }

    @Override
    public long lifetimeMs() {
      return until;
    }

    @Override
    public Set<String> scope() {
      return Set.of();
    }
  }
}
