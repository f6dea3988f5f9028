package org.vfrt.xen.s3;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobProviderMetadata;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobProviderMetadata;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.BlobStoreContext;
import org.jclouds.providers.ProviderMetadata;
import org.vfrt.core.config.S3Settings;
import org.vfrt.core.config.StoreLocation;

/**
 * A real S3 server on a loopback port, with credentials: s3proxy, over memory or a directory. Each write is done under a lock of its key,
 * because s3proxy by itself looks and writes in two steps, and two writers with the same condition can both succeed.
 */
public final class S3Server implements AutoCloseable {

    public static final String KEY_ID = "vfrt-test";
    public static final String SECRET = "not-a-secret-at-all";
    public static final String BUCKET = "checkpoints";

    private final BlobStoreContext blobs;
    private final BlobStore store;
    private final S3Proxy proxy;

    private S3Server(Optional<Path> directory, int port, String keyId, String secret) {
        Properties properties = new Properties();
        directory.ifPresent(path -> properties.setProperty("jclouds.filesystem.basedir", path.toString()));
        // By their classes: to look for them by name needs the libraries of all clouds.
        ProviderMetadata keeper = directory.isPresent()
                ? new FilesystemNio2BlobProviderMetadata()
                : new TransientNio2BlobProviderMetadata();
        blobs = ContextBuilder.newBuilder(keeper)
                .credentials("identity", "credential")
                .overrides(properties)
                .build(BlobStoreContext.class);
        store = new OneWriterAKey(blobs.getBlobStore());
        proxy = S3Proxy.builder()
                .blobStore(store)
                .endpoint(URI.create("http://127.0.0.1:" + port))
                .awsAuthentication(AuthenticationType.AWS_V4, keyId, secret)
                .ignoreUnknownHeaders(true)
                .build();
        try {
            proxy.start();
        } catch (Exception e) {
            throw new IllegalStateException("the S3 server does not start", e);
        }
        bucket(BUCKET);
    }

    /** Starts one that keeps everything in memory. */
    public static S3Server start() {
        return new S3Server(Optional.empty(), 0, KEY_ID, SECRET);
    }

    /** Starts one that keeps everything in a directory. */
    public static S3Server start(Path directory, int port, String keyId, String secret) {
        return new S3Server(Optional.of(directory), port, keyId, secret);
    }

    public void bucket(String name) {
        store.createContainerInLocation(null, name);
    }

    public int port() {
        return proxy.getPort();
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port());
    }

    S3Settings settings() {
        return new S3Settings(Optional.of(endpoint()), S3Settings.REGION, true, Optional.empty(), 64L << 20);
    }

    Objects objects(StoreLocation.Bucket place) {
        return new SdkObjects(place, new S3Access(settings(), new S3Credentials(KEY_ID, SECRET, Optional.empty())));
    }

    /**
     * Serves a directory until it is killed: {@code scripts/s3server}.
     *
     * @param arguments the directory, the port, and the bucket to make; the credentials are in the environment
     */
    public static void main(String[] arguments) {
        S3Server server = start(
                Path.of(arguments[0]),
                Integer.parseInt(arguments[1]),
                System.getenv("AWS_ACCESS_KEY_ID"),
                System.getenv("AWS_SECRET_ACCESS_KEY"));
        server.bucket(arguments[2]);
        System.out.println(server.endpoint());
    }

    @Override
    public void close() {
        try {
            proxy.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the S3 server does not stop", e);
        }
        blobs.close();
    }
}
