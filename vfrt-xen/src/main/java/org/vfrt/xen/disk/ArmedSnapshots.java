package org.vfrt.xen.disk;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.disk.DiskPlace;
import org.vfrt.core.disk.DiskSnapshots;
import org.vfrt.core.disk.PairedDisk;
import org.vfrt.core.disk.SurveyedDisk;
import org.vfrt.core.failure.Failed;
import org.vfrt.xen.host.HostDialogue;

/** Snapshots that a program on the host takes when it is told to, and removes unless it is told to keep them. */
final class ArmedSnapshots implements DiskSnapshots.Armed {

    private static final Duration ANSWER = Duration.ofMinutes(2);
    private static final Duration GOODBYE = Duration.ofSeconds(30);

    private final HostDialogue dialogue;
    private final String hostName;
    private final List<SurveyedDisk> disks;
    private final List<String> names;

    /** @param names of the snapshots, in the order of the disks */
    ArmedSnapshots(HostDialogue dialogue, String hostName, List<SurveyedDisk> disks, List<String> names) {
        this.dialogue = dialogue;
        this.hostName = hostName;
        this.disks = List.copyOf(disks);
        this.names = List.copyOf(names);
    }

    /** Waits until all is ready. */
    void awaitReady() {
        answer("ready", ANSWER);
    }

    @Override
    public Duration take() {
        long begun = System.nanoTime();
        say("take");
        answer("taken", DiskSnapshots.TAKING_MAX);
        // As the guest feels it, with the way to the host.
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    @Override
    public List<PairedDisk> keep() {
        say("keep");
        List<PairedDisk> kept = new ArrayList<>();
        for (int i = 0; i < disks.size(); i++) {
            List<String> answer = answer("kept", ANSWER);
            String identity = answer.get(0);
            DiskPlace place = disks.get(i).place().orElseThrow();
            if (identity.isEmpty()) {
                throw notTaken("snapshot '" + names.get(i) + "' is not there any more", null);
            }
            kept.add(new PairedDisk(
                    disks.get(i).disk().target(),
                    disks.get(i).disk().path(),
                    place.engine(),
                    place.identity(),
                    answer.size() > 1 ? Long.parseLong(answer.get(1)) : place.sizeBytes(),
                    names.get(i),
                    identity));
        }
        return kept;
    }

    private void say(String word) {
        try {
            dialogue.say(word);
        } catch (IOException e) {
            throw notTaken("the program on the host is gone", e);
        }
    }

    /** Returns what follows the word that is waited for; at least one field, which may be empty. */
    private List<String> answer(String word, Duration patience) {
        try {
            String line = dialogue.hear(patience).orElseThrow(() -> notTaken("the host did not answer in time", null));
            List<String> fields = List.of(line.split("\t", -1));
            if (!fields.get(0).equals(word)) {
                throw notTaken(fields.size() > 1 ? fields.get(1) : "the host answers '" + line + "'", null);
            }
            return fields.size() > 1 ? fields.subList(1, fields.size()) : List.of("");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw notTaken("vfrt was interrupted", e);
        }
    }

    private Failed notTaken(String why, @Nullable Throwable cause) {
        return new Failed(
                "disks-not-taken",
                "the snapshots of disks on host '" + hostName + "' were not taken: " + why
                        + "; what there was of them is removed, and there is no checkpoint",
                "Try again; 'vfrt store gc' removes what may be left when the host is reached again.",
                cause);
    }

    @Override
    public void close() {
        dialogue.close();
        dialogue.awaitEnd(GOODBYE);
    }
}
