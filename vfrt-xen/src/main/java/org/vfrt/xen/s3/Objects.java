package org.vfrt.xen.s3;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.failure.Failure;

/**
 * What is asked of an object store, below one prefix of one bucket. A server that does not answer, or refuses, is a {@link Failure}
 * from every method. For any number of threads.
 */
interface Objects extends AutoCloseable {

    /** A part of an upload has at least so many bytes, but for the last one. */
    int PART_BYTES_LEAST = 5 << 20;

    /**
     * An object, as a list has it.
     *
     * @param etag stands for its content: another one, another content
     * @param modified when it was written, by the server's clock
     */
    record Entry(String key, String etag, long bytes, Instant modified) {}

    /**
     * What a server answered.
     *
     * @param now the server's clock then
     */
    record Answer<T>(T value, Instant now) {}

    /** A small object, whole. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Small(byte[] content, String etag, Instant modified) {}

    /** Returns the objects whose keys begin so, in the order of their keys. */
    Answer<List<Entry>> list(String prefix);

    /**
     * Returns an object; empty when there is none.
     *
     * @param bytesMax the most it may have
     * @throws IOException when it has more
     */
    Optional<Answer<Small>> get(String key, int bytesMax) throws IOException;

    /** Returns what a list would say of an object; empty when there is none. */
    Optional<Entry> look(String key);

    /** Writes an object, in place of the one before. */
    void put(String key, byte[] content);

    /**
     * Writes an object, unless there is one.
     *
     * @return its etag; empty when there was one
     */
    Optional<String> putIfAbsent(String key, byte[] content);

    /**
     * Writes an object in the place of the one with this etag.
     *
     * @return the new etag; empty when that one is not there any more
     */
    Optional<String> putIfMatch(String key, byte[] content, String etag);

    /** Removes an object; nothing happens when there is none. */
    void delete(String key);

    /**
     * Reads a part of an object into a file.
     *
     * @param etag what it must have
     * @param target gets the bytes at {@code place}
     * @return whether the object with that etag was there
     */
    boolean read(String key, String etag, long from, long length, FileChannel target, long place) throws IOException;

    /** Writes an object from a file that is not larger than one request can carry. */
    void put(String key, FileChannel source, long bytes);

    /** Begins an object that is written in parts, and returns the upload's name. Nobody sees it before it is completed. */
    String beginUpload(String key);

    /** Writes one part, and returns its etag. The first has the number 1. */
    String uploadPart(String key, String upload, int number, FileChannel source, long from, long length);

    /** Makes the object of its parts, in one step. */
    void completeUpload(String key, String upload, List<String> etags);

    /** Gives an upload up; nothing happens when there is none. */
    void abortUpload(String key, String upload);

    /** An upload that was neither completed nor given up. */
    record Upload(String key, String id, Instant begun) {}

    /** Returns the uploads to keys that begin so. */
    List<Upload> uploads(String prefix);

    /** Returns about what the server's clock shows. */
    Instant now();

    @Override
    void close();
}
