package org.vfrt.xen.s3;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.vfrt.core.config.S3Settings;
import org.vfrt.core.durable.PrivateFile;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Refused;

/** Reads what requests are signed with: from a file that is private, or from the environment. */
public final class ReadCredentials {

    private static final int BYTES_MAX = 64 << 10;

    private final Map<String, String> environment;

    public ReadCredentials(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /**
     * Reads them.
     *
     * @throws BadInput when there are none
     * @throws Refused when others can read the file, or write to it
     */
    public S3Credentials run(S3Settings settings) {
        if (settings.credentialsFile().isPresent()) {
            Path file = settings.credentialsFile().get();
            return of(file(file), "aws_access_key_id", "aws_secret_access_key", "aws_session_token")
                    .orElseThrow(() -> new BadInput(
                            "bad-s3-credentials",
                            "what is in file '" + file + "' are not credentials for an object store",
                            "Write two lines, 'aws_access_key_id = …' and 'aws_secret_access_key = …'."));
        }
        return of(environment, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
                .orElseThrow(() -> new BadInput(
                        "no-s3-credentials",
                        "there are no credentials for the object store",
                        "Name a file with 'credentials_file' of 'store_s3', or set AWS_ACCESS_KEY_ID and"
                                + " AWS_SECRET_ACCESS_KEY."));
    }

    private static Optional<S3Credentials> of(Map<String, String> values, String id, String secret, String token) {
        String keyId = values.getOrDefault(id, "").strip();
        String key = values.getOrDefault(secret, "").strip();
        return keyId.isEmpty() || key.isEmpty()
                ? Optional.empty()
                : Optional.of(new S3Credentials(
                        keyId,
                        key,
                        Optional.of(values.getOrDefault(token, "").strip()).filter(text -> !text.isEmpty())));
    }

    /** Lines of a name and a value, as other tools have them; nothing of a line is ever shown. */
    private static Map<String, String> file(Path named) {
        try {
            String text = new String(PrivateFile.read(named, BYTES_MAX), StandardCharsets.UTF_8);
            Map<String, String> values = new HashMap<>();
            int sections = 0;
            for (String line : text.lines().map(String::strip).toList()) {
                int equals = line.indexOf('=');
                if (line.startsWith("[")) {
                    sections++;
                } else if (equals > 0 && !line.startsWith("#")) {
                    values.put(
                            line.substring(0, equals).strip(),
                            line.substring(equals + 1).strip());
                }
            }
            if (sections > 1) {
                throw new BadInput(
                        "bad-s3-credentials",
                        "file '" + named + "' has the credentials of several profiles",
                        "Give vfrt a file of its own.");
            }
            return values;
        } catch (PrivateFile.Open e) {
            throw new Refused(
                    "s3-credentials-open",
                    "others than its owner can read or change the credentials in file '" + named + "'",
                    "Type 'chmod 600 " + named + "'; when others may have read it, have new ones made.");
        } catch (NoSuchFileException e) {
            throw new BadInput(
                    "no-s3-credentials",
                    "there is no file '" + named + "' with credentials",
                    "Name the right one with 'credentials_file' of 'store_s3'.");
        } catch (IOException e) {
            throw new Failed(
                    "s3-credentials-failed",
                    "file '" + named + "' cannot be read: " + e.getMessage(),
                    "Run vfrt as the user the credentials belong to.",
                    e);
        }
    }
}
