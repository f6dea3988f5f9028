package org.vfrt.core.store;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a store notes in a few bytes each: of itself, or in a kind of its own of each checkpoint. Durable when a method returns, and seen
 * whole or not at all. For any number of threads and processes.
 */
public interface Notes {

    /**
     * Reads a note.
     *
     * @param bytesMax the most it may hold
     * @return empty when there is none
     */
    Optional<byte[]> read(String name, int bytesMax) throws IOException;

    /** Writes a note, in place of the one before. */
    void put(String name, byte[] content) throws IOException;

    /** Removes a note; nothing happens when there is none. */
    void remove(String name) throws IOException;

    /** Returns the names of all notes of a kind, with whatever an interrupted write left. */
    List<String> names(String kind) throws IOException;

    /** Returns the notes of a kind that can be read, by name. */
    Map<String, byte[]> all(String kind, int bytesMax) throws IOException;
}
