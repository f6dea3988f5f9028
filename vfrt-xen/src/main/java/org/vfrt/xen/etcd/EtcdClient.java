package org.vfrt.xen.etcd;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.config.EtcdSettings;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Temporary;
import org.vfrt.core.key.ReadSecret;

/**
 * Speaks with the members of an etcd, one after the other until one answers. What changes something is sent to another member only when the first certainly did not take it: sent twice, its
 * second try would find the condition broken by its first. Safe for use by several threads.
 */
final class EtcdClient {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final int ANSWER_CHARS_MAX = 64 << 20;

    private final EtcdSettings settings;
    private final Optional<String> password;
    private final HttpClient http;
    /** Where the last answer came from; it is asked first. */
    private volatile int first;

    private volatile @Nullable String token;

    EtcdClient(EtcdSettings settings, ReadSecret secrets) {
        this.settings = settings;
        this.password = settings.password().map(origin -> secrets.line(origin, "the password of etcd's user"));
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT);
        new EtcdIdentity(secrets).context(settings).ifPresent(builder::sslContext);
        this.http = builder.build();
    }

    static ObjectNode request() {
        return JSON.createObjectNode();
    }

    /**
     * Asks for something that changes nothing.
     *
     * @throws Temporary when no member answers
     * @throws Failed when etcd refuses
     */
    JsonNode ask(String what, ObjectNode request) {
        return send(what, request, true);
    }

    /**
     * Asks for a change. When this throws {@link Temporary}, it may have happened or not.
     *
     * @throws Failed when etcd refuses, and nothing happened
     */
    JsonNode change(String what, ObjectNode request) {
        return send(what, request, false);
    }

    private JsonNode send(String what, ObjectNode request, boolean repeatable) {
        Answer answer = anywhere(what, request, repeatable);
        if (answer.tokenIsOld() && password.isPresent()) {
            token = null;
            answer = anywhere(what, request, repeatable);
        }
        return answer.demand();
    }

    private Answer anywhere(String what, ObjectNode request, boolean repeatable) {
        List<URI> endpoints = settings.endpoints();
        Temporary silence = null;
        int begin = first;
        for (int i = 0; i < endpoints.size(); i++) {
            int at = (begin + i) % endpoints.size();
            URI endpoint = endpoints.get(at);
            try {
                Answer answer = at(endpoint, what, request);
                if (answer.took() || (answer.mayHaveTaken() && !repeatable)) {
                    first = at;
                    return answer;
                }
                silence = answer.silence();
            } catch (NotSent e) {
                silence = silent(endpoint, said(e), e);
            } catch (IOException e) {
                silence = silent(endpoint, said(e), e);
                if (!repeatable) {
                    throw silence;
                }
            }
        }
        throw silence == null
                ? new Temporary("register-silent", "no member of the etcd is named", "Name one with 'endpoints'.")
                : silence;
    }

    private static Temporary silent(URI endpoint, String why, Exception cause) {
        return new Temporary(
                "register-silent",
                "the register does not answer at '" + endpoint + "': " + why,
                "See whether the etcd has a majority, and whether it can be reached from here.",
                cause);
    }

    private static String said(Exception e) {
        return String.valueOf(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }

    private Answer at(URI endpoint, String what, ObjectNode request) throws IOException {
        String known = token;
        if (known == null && password.isPresent() && settings.user().isPresent()) {
            ObjectNode login = request().put("name", settings.user().get()).put("password", password.get());
            Answer answer = post(endpoint, "auth/authenticate", login, null);
            if (!answer.took()) {
                // Nothing was asked of it yet.
                throw new NotSent(answer.message());
            }
            known = answer.demand().path("token").asText();
            token = known;
        }
        return post(endpoint, what, request, known);
    }

    private Answer post(URI endpoint, String what, ObjectNode request, @Nullable String known) throws IOException {
        HttpRequest.Builder builder = HttpRequest.newBuilder(endpoint.resolve("/v3/" + what))
                .timeout(ANSWER)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(request.toString(), StandardCharsets.UTF_8));
        if (known != null) {
            builder.header("Authorization", known);
        }
        try {
            HttpResponse<String> response =
                    http.send(builder.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            if (response.body().length() > ANSWER_CHARS_MAX) {
                throw new IOException("it answers with more than " + ANSWER_CHARS_MAX + " characters");
            }
            return new Answer(endpoint, response.statusCode(), JSON.readTree(response.body()));
        } catch (ConnectException | HttpConnectTimeoutException | SSLHandshakeException e) {
            throw new NotSent(
                    e.getCause() instanceof UnresolvedAddressException ? "there is no machine of that name" : said(e));
        } catch (JsonProcessingException e) {
            throw new IOException("what answers is not an etcd", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** The member was not asked. */
    private static final class NotSent extends IOException {

        private static final long serialVersionUID = 1L;

        NotSent(String message) {
            super(message);
        }
    }

    /** What a member said. */
    private record Answer(URI endpoint, int status, JsonNode body) {

        private static final int DONE = 200;
        private static final int UNAUTHORIZED = 401;
        private static final int SERVER_ERRORS = 500;

        String message() {
            String text = body.path("message").asText(body.path("error").asText());
            return text.isEmpty() ? "it answers with status " + status : text;
        }

        /** It was the right one to ask, and said yes or no. */
        boolean took() {
            return status < SERVER_ERRORS;
        }

        /** An error in the middle of it; without a leader nothing is even begun. */
        boolean mayHaveTaken() {
            return !took() && !message().contains("no leader");
        }

        boolean tokenIsOld() {
            return status == UNAUTHORIZED || message().contains("invalid auth token");
        }

        Temporary silence() {
            return silent(endpoint, message(), new IOException("status " + status));
        }

        JsonNode demand() {
            if (status == DONE) {
                return body;
            }
            if (!took()) {
                throw silence();
            }
            throw new Failed(
                    "register-refused",
                    "the register at '" + endpoint + "' refuses: " + message(),
                    "See whether the user, the password and the certificate are right, and whether the user may write there.");
        }
    }
}
