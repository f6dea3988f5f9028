package org.vfrt.core.store;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.UUID;
import org.vfrt.core.checkpoint.CheckpointId;
import org.vfrt.core.checkpoint.Incoming;
import org.vfrt.core.checkpoint.Progress;
import org.vfrt.core.image.StreamCheck;
import org.vfrt.core.image.StreamLimits;
import org.vfrt.core.image.SyntheticGuest;
import org.vfrt.core.image.SyntheticStream;

/** Something that is done to a store, of which a crash can come in the middle. */
public sealed interface Deed {

    /** The moment that every mark holds. */
    Instant FOUND_WHOLE = Instant.parse("2026-11-24T10:00:00Z");

    /** How many generations of a guest's memory there are, from 0. */
    int GENERATIONS = 7;

    /** Does it. */
    void to(PackedStore store) throws IOException;

    /** A checkpoint is taken of a guest, whose memory is that of a generation. */
    record Take(CheckpointId id, UUID guest, int generation) implements Deed {

        private static final long BYTES = 100 * 4096;

        @Override
        public void to(PackedStore store) throws IOException {
            try (Incoming incoming = store.begin(id, guest);
                    InputStream stream = memory(generation)) {
                new StreamCheck(StreamLimits.forGuest(BYTES)).read(stream, incoming.stream());
                incoming.commit(CheckpointStoreContract.XML, CheckpointStoreContract.manifest(id, guest));
            }
        }

        /** In the last generation so many pages are sent again that the pack is written anew before it is committed. */
        private static InputStream memory(int generation) {
            return generation == GENERATIONS - 1
                    ? SyntheticStream.of(SyntheticStream.Kind.PVH, 100).live(6).open()
                    : new SyntheticGuest(BYTES, generation, 300, SyntheticGuest.Contents.NUMBERS);
        }
    }

    /** A checkpoint is deleted. */
    record Delete(CheckpointId id) implements Deed {

        @Override
        public void to(PackedStore store) {
            store.delete(id);
        }
    }

    /** A checkpoint was read and found whole. */
    record Note(CheckpointId id) implements Deed {

        @Override
        public void to(PackedStore store) {
            store.noteVerified(id, FOUND_WHOLE);
        }
    }

    /** Garbage is collected. */
    record Collect() implements Deed {

        @Override
        public void to(PackedStore store) {
            new CollectGarbage(store).run(false, Progress.NONE);
        }
    }
}
