package org.vfrt.xen.s3;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.config.StoreLocation;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.failure.Refused;
import org.vfrt.core.failure.Temporary;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Asks a server through the SDK of the people who made S3, over the JDK's own HTTP client. */
final class SdkObjects implements Objects {

    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
    /** Of silence on a connection. */
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);

    /**
     * For what is small, with all attempts: so much longer do others wait for a lock than its holder trusts it, and nothing that a holder
     * asks for may still be on its way then.
     */
    private static final Duration SMALL_WITHIN = Duration.ofSeconds(20);

    private static final Duration SMALL_ATTEMPT_WITHIN = Duration.ofSeconds(8);

    private static final int ATTEMPTS = 4;
    private static final int PIECE_BYTES = 64 << 10;
    /** The one type that no server spells in another way than it was signed. */
    private static final String TYPE = "application/octet-stream";

    private final StoreLocation.Bucket place;
    private final String prefix;
    private final S3Client client;
    private volatile @Nullable Clock clock;

    /** What the server's clock showed, and what this machine's own count of time was then. */
    private record Clock(Instant shown, long nanos) {}

    SdkObjects(StoreLocation.Bucket place, S3Access access) {
        this.place = place;
        this.prefix = place.prefix().isEmpty() ? "" : place.prefix() + "/";
        S3Credentials given = access.credentials();
        AwsCredentials credentials = given.sessionToken().isPresent()
                ? AwsSessionCredentials.create(
                        given.keyId(), given.secret(), given.sessionToken().get())
                : AwsBasicCredentials.create(given.keyId(), given.secret());
        S3ClientBuilder builder = S3Client.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(CONNECT_WITHIN)
                        .socketTimeout(ANSWER_WITHIN))
                .region(Region.of(access.settings().region()))
                .credentialsProvider(StaticCredentialsProvider.create(credentials))
                .forcePathStyle(access.settings().pathStyle())
                // What only some servers understand is not needed: a pack has its own checksums, and each part is sent
                // with its MD5.
                .serviceConfiguration(service -> service.chunkedEncodingEnabled(false))
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .overrideConfiguration(override -> override.retryStrategy(DefaultRetryStrategy.standardStrategyBuilder()
                                .maxAttempts(ATTEMPTS)
                                .build())
                        // vfrt's configuration is all that counts.
                        .defaultProfileFile(ProfileFile.aggregator().build()));
        access.settings().endpoint().ifPresent(builder::endpointOverride);
        this.client = builder.build();
    }

    private String key(String key) {
        return prefix + key;
    }

    private static void soon(AwsRequestOverrideConfiguration.Builder override) {
        override.apiCallTimeout(SMALL_WITHIN).apiCallAttemptTimeout(SMALL_ATTEMPT_WITHIN);
    }

    private String own(String key) {
        return key.substring(prefix.length());
    }

    @Override
    public Answer<List<Entry>> list(String part) {
        return asked(() -> {
            List<Entry> entries = new ArrayList<>();
            String next = null;
            Instant now = null;
            do {
                String from = next;
                ListObjectsV2Response page = client.listObjectsV2(request ->
                        request.bucket(place.bucket()).prefix(key(part)).continuationToken(from));
                // The earliest: what is too old at that moment is so for sure.
                now = now == null ? shown(page.sdkHttpResponse()) : now;
                page.contents()
                        .forEach(one ->
                                entries.add(new Entry(own(one.key()), one.eTag(), one.size(), one.lastModified())));
                next = page.nextContinuationToken();
            } while (next != null);
            return new Answer<>(entries, now);
        });
    }

    @Override
    public Optional<Answer<Small>> get(String key, int bytesMax) throws IOException {
        return asked(() -> {
            try (ResponseInputStream<GetObjectResponse> in =
                    client.getObject(request -> request.bucket(place.bucket()).key(key(key)))) {
                GetObjectResponse response = in.response();
                if (response.contentLength() > bytesMax) {
                    in.abort();
                    throw new IOException(
                            "'" + place + "/" + key + "' is longer than " + bytesMax + " bytes, which is not right");
                }
                byte[] content = in.readAllBytes();
                return Optional.of(new Answer<>(
                        new Small(content, response.eTag(), response.lastModified()),
                        shown(response.sdkHttpResponse())));
            } catch (S3Exception e) {
                if (isMissing(e)) {
                    return Optional.empty();
                }
                throw e;
            }
        });
    }

    @Override
    public Optional<Entry> look(String key) {
        return asked(() -> {
            try {
                HeadObjectResponse response = client.headObject(
                        request -> request.bucket(place.bucket()).key(key(key)));
                shown(response.sdkHttpResponse());
                return Optional.of(new Entry(key, response.eTag(), response.contentLength(), response.lastModified()));
            } catch (S3Exception e) {
                if (isMissing(e)) {
                    return Optional.empty();
                }
                throw e;
            }
        });
    }

    @Override
    public void put(String key, byte[] content) {
        asked(() -> client.putObject(small(key, content).build(), body(content)));
    }

    @Override
    public Optional<String> putIfAbsent(String key, byte[] content) {
        return conditional(key, content, small(key, content).ifNoneMatch("*").build());
    }

    @Override
    public Optional<String> putIfMatch(String key, byte[] content, String etag) {
        return conditional(key, content, small(key, content).ifMatch(etag).build());
    }

    /** A request whose answer was lost is sent again, and then refused for what the first one did. */
    private Optional<String> conditional(String key, byte[] content, PutObjectRequest request) {
        return asked(() -> {
            try {
                PutObjectResponse response = client.putObject(request, body(content));
                shown(response.sdkHttpResponse());
                return Optional.of(response.eTag());
            } catch (S3Exception e) {
                if (e.statusCode() != 412 && e.statusCode() != 409 && e.statusCode() != 404) {
                    throw e;
                }
                if (isNoBucket(e)) {
                    throw e;
                }
                return etagOf(key, content);
            }
        });
    }

    private Optional<String> etagOf(String key, byte[] content) {
        try {
            return get(key, content.length)
                    .map(Answer::value)
                    .filter(there -> Arrays.equals(there.content(), content))
                    .map(Small::etag);
        } catch (IOException e) {
            // It is longer than this.
            return Optional.empty();
        }
    }

    private PutObjectRequest.Builder small(String key, byte[] content) {
        return PutObjectRequest.builder()
                .bucket(place.bucket())
                .key(key(key))
                .contentType(TYPE)
                .contentMD5(md5(ByteBuffer.wrap(content)))
                .overrideConfiguration(SdkObjects::soon);
    }

    private static RequestBody body(byte[] content) {
        return RequestBody.fromContentProvider(() -> new java.io.ByteArrayInputStream(content), content.length, TYPE);
    }

    @Override
    public void delete(String key) {
        asked(() -> client.deleteObject(
                request -> request.bucket(place.bucket()).key(key(key)).overrideConfiguration(SdkObjects::soon)));
    }

    @Override
    public boolean read(String key, String etag, long from, long length, FileChannel target, long place)
            throws IOException {
        long at = 0;
        // An answer that breaks off is asked for again from there.
        for (int attempt = 1; at < length; attempt++) {
            long begin = at;
            try {
                at += asked(() -> readOnce(key, etag, from + begin, length - begin, target, place + begin));
            } catch (Cut e) {
                at += e.bytes;
                if (attempt >= ATTEMPTS && e.bytes == 0) {
                    throw unreachable(e);
                }
            } catch (Gone e) {
                return false;
            }
        }
        return true;
    }

    /** An answer broke off. */
    private static final class Cut extends IOException {
        private static final long serialVersionUID = 1L;
        private final long bytes;

        Cut(long bytes, Throwable cause) {
            super("the connection broke: " + cause.getMessage(), cause);
            this.bytes = bytes;
        }
    }

    /** The object is not the one that was opened. */
    private static final class Gone extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private long readOnce(String key, String etag, long from, long length, FileChannel target, long to)
            throws IOException {
        long read = 0;
        try (ResponseInputStream<GetObjectResponse> in = client.getObject(request -> request.bucket(place.bucket())
                .key(key(key))
                .range("bytes=" + from + "-" + (from + length - 1))
                .ifMatch(etag))) {
            byte[] piece = new byte[PIECE_BYTES];
            while (read < length) {
                int count;
                try {
                    count = in.read(piece, 0, (int) Math.min(piece.length, length - read));
                } catch (InterruptedIOException e) {
                    throw Thread.currentThread().isInterrupted() ? e : new Cut(read, e);
                } catch (IOException | SdkClientException e) {
                    throw new Cut(read, e);
                }
                if (count < 0) {
                    throw new Cut(read, new IOException("the answer was too short"));
                }
                ByteBuffer left = ByteBuffer.wrap(piece, 0, count);
                while (left.hasRemaining()) {
                    read += target.write(left, to + read);
                }
            }
            return read;
        } catch (S3Exception e) {
            // Or it is shorter, where a server looks at that first.
            if (e.statusCode() == 412 || e.statusCode() == 416 || isMissing(e)) {
                throw new Gone();
            }
            throw e;
        }
    }

    @Override
    public void put(String key, FileChannel source, long bytes) {
        asked(() -> client.putObject(
                request -> request.bucket(place.bucket())
                        .key(key(key))
                        .contentType(TYPE)
                        .contentMD5(md5(source, 0, bytes)),
                body(source, 0, bytes)));
    }

    @Override
    public String beginUpload(String key) {
        return asked(() -> client.createMultipartUpload(
                        request -> request.bucket(place.bucket()).key(key(key)).contentType(TYPE))
                .uploadId());
    }

    @Override
    public String uploadPart(String key, String upload, int number, FileChannel source, long from, long length) {
        return asked(() -> client.uploadPart(
                        request -> request.bucket(place.bucket())
                                .key(key(key))
                                .uploadId(upload)
                                .partNumber(number)
                                .contentMD5(md5(source, from, length)),
                        body(source, from, length))
                .eTag());
    }

    private static RequestBody body(FileChannel source, long from, long length) {
        return RequestBody.fromContentProvider(() -> new FilePart(source, from, length), length, TYPE);
    }

    private static String md5(FileChannel source, long from, long length) {
        MessageDigest digest = digest();
        byte[] piece = new byte[PIECE_BYTES];
        try (InputStream in = new FilePart(source, from, length)) {
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                digest.update(piece, 0, count);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Base64.getEncoder().encodeToString(digest.digest());
    }

    private static String md5(ByteBuffer content) {
        MessageDigest digest = digest();
        digest.update(content);
        return Base64.getEncoder().encodeToString(digest.digest());
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }

    @Override
    public void completeUpload(String key, String upload, List<String> etags) {
        List<CompletedPart> parts = new ArrayList<>();
        for (String etag : etags) {
            parts.add(CompletedPart.builder()
                    .partNumber(parts.size() + 1)
                    .eTag(etag)
                    .build());
        }
        asked(() -> {
            try {
                return client.completeMultipartUpload(request -> request.bucket(place.bucket())
                        .key(key(key))
                        .uploadId(upload)
                        .multipartUpload(all -> all.parts(parts)));
            } catch (S3Exception e) {
                // The first answer was lost: then the object is there, and the upload is not.
                if (e.statusCode() == 404 && !isNoBucket(e) && look(key).isPresent()) {
                    return e;
                }
                throw e;
            }
        });
    }

    @Override
    public void abortUpload(String key, String upload) {
        asked(() -> {
            try {
                return client.abortMultipartUpload(
                        request -> request.bucket(place.bucket()).key(key(key)).uploadId(upload));
            } catch (S3Exception e) {
                if (isMissing(e)) {
                    return e;
                }
                throw e;
            }
        });
    }

    @Override
    public List<Upload> uploads(String part) {
        return asked(() -> {
            List<Upload> found = new ArrayList<>();
            ListMultipartUploadsResponse page = client.listMultipartUploads(
                    request -> request.bucket(place.bucket()).prefix(key(part)));
            while (true) {
                page.uploads().forEach(one -> found.add(new Upload(own(one.key()), one.uploadId(), one.initiated())));
                if (!Boolean.TRUE.equals(page.isTruncated())) {
                    return found;
                }
                String key = page.nextKeyMarker();
                String id = page.nextUploadIdMarker();
                page = client.listMultipartUploads(request -> request.bucket(place.bucket())
                        .prefix(key(part))
                        .keyMarker(key)
                        .uploadIdMarker(id));
            }
        });
    }

    @Override
    public Instant now() {
        Clock last = clock;
        if (last == null) {
            look("store.json");
            last = clock;
        }
        return last == null ? Instant.EPOCH : last.shown().plusNanos(System.nanoTime() - last.nanos());
    }

    /** Returns what the server's clock showed as it answered; without it no lease can be judged. */
    private Instant shown(SdkHttpResponse response) {
        String date = response.firstMatchingHeader("Date").orElse("");
        try {
            Instant shown = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            clock = new Clock(shown, System.nanoTime());
            return shown;
        } catch (DateTimeException e) {
            throw new Failed(
                    "store-without-clock",
                    "the server of the store '" + place + "' does not say what time it is",
                    "See whether something between vfrt and the server takes 'Date' out of its answers.",
                    e);
        }
    }

    // --- what goes wrong

    /** A request. */
    @FunctionalInterface
    private interface Request<T, E extends Exception> {
        T run() throws E;
    }

    private <T, E extends Exception> T asked(Request<T, E> request) throws E {
        try {
            return request.run();
        } catch (AbortedException e) {
            Thread.currentThread().interrupt();
            throw new Temporary("interrupted", "the request to the store '" + place + "' was interrupted", "", e);
        } catch (S3Exception e) {
            throw refused(e);
        } catch (SdkException | UncheckedIOException e) {
            throw unreachable(e);
        }
    }

    private static boolean isMissing(S3Exception e) {
        return e.statusCode() == 404 && !isNoBucket(e);
    }

    private static boolean isNoBucket(S3Exception e) {
        return code(e).equals("NoSuchBucket");
    }

    private static String code(S3Exception e) {
        return e.awsErrorDetails() == null
                ? ""
                : String.valueOf(e.awsErrorDetails().errorCode());
    }

    /** Says nothing of what was signed, nor with what. */
    private Failure refused(S3Exception e) {
        Supplier<String> what = () -> "the server of the store '" + place + "' answers " + e.statusCode()
                + (code(e).isEmpty() ? "" : " " + code(e));
        if (isNoBucket(e)) {
            return new BadInput(
                    "no-such-bucket",
                    "there is no bucket '" + place.bucket() + "' for the store '" + place + "'",
                    "Make it with the tools of its provider, or name another one.");
        }
        if (e.statusCode() == 403 || e.statusCode() == 401) {
            return new Refused(
                    "store-denied",
                    what.get() + ": the credentials are wrong, or do not allow this",
                    "See that they belong to this server and may list, read, write and delete below '" + place + "'.");
        }
        if (e.statusCode() >= 500 || e.statusCode() == 429 || e.statusCode() == 408) {
            return new Temporary(
                    "store-unreachable", what.get(), "Try again, and see how the server is when it goes on.", e);
        }
        return new Failed(
                "store-failed",
                what.get() + ": " + e.awsErrorDetails(),
                "See that 'endpoint', 'region' and 'path_style' of 'store_s3' are right for this server.",
                e);
    }

    private Failure unreachable(Exception e) {
        Throwable cause = e;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        return new Temporary(
                "store-unreachable",
                "the store '" + place + "' cannot be reached: " + cause.getMessage(),
                "See that the server runs and 'endpoint' of 'store_s3' leads to it.",
                e);
    }

    @Override
    public void close() {
        client.close();
    }

    /** A part of a file, read by place: several are read at once. */
    private static final class FilePart extends InputStream {
        private final FileChannel source;
        private final long end;
        private long at;

        FilePart(FileChannel source, long from, long length) {
            this.source = source;
            this.at = from;
            this.end = from + length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (at >= end) {
                return -1;
            }
            int count = source.read(ByteBuffer.wrap(target, offset, (int) Math.min(length, end - at)), at);
            if (count < 0) {
                throw new IOException("the file shrank while it was sent");
            }
            at += count;
            return count;
        }
    }
}
