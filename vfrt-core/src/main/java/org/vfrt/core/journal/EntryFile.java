package org.vfrt.core.journal;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vfrt.core.durable.DurableFiles;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.text.FactsJson;

/** An entry, kept as one small file that is replaced as a whole at each note. Safe for several threads. */
final class EntryFile implements JournalEntry {

    private static final int BYTES_MAX = 1 << 20;

    /** What every entry has; they say what it is about and never change. */
    private static final List<String> FIXED = List.of(OPERATION, GUEST, GUEST_UUID, HOST, PROCESS, BEGUN);

    private final Path stateDirectory;
    private final Path file;
    private final EntryName name;
    private final Map<String, String> facts;
    private final Optional<String> damage;
    private boolean ended;

    private EntryFile(
            Path stateDirectory, Path file, EntryName name, Map<String, String> facts, Optional<String> damage) {
        this.stateDirectory = stateDirectory;
        this.file = file;
        this.name = name;
        this.facts = new LinkedHashMap<>(facts);
        this.damage = damage;
    }

    static EntryFile create(Path stateDirectory, Path directory, EntryName name, Map<String, String> facts)
            throws IOException {
        Path file = directory.resolve(name.text() + EntryName.SUFFIX);
        DurableFiles.replace(file, FactsJson.write(facts));
        return new EntryFile(stateDirectory, file, name, facts, Optional.empty());
    }

    /** Empty when it has just been removed. An entry that cannot be read is not thrown away: it is damaged. */
    static Optional<EntryFile> read(Path stateDirectory, Path file) {
        EntryName name = EntryName.of(file);
        try {
            Map<String, String> facts = FactsJson.read(DurableFiles.read(file, BYTES_MAX));
            for (String key : FIXED) {
                if (!facts.containsKey(key)) {
                    return Optional.of(damaged(stateDirectory, file, name, "it has no '" + key + "'"));
                }
            }
            if (!name.guest().toString().equals(facts.get(GUEST_UUID))) {
                return Optional.of(damaged(stateDirectory, file, name, "its name is of another guest"));
            }
            return Optional.of(new EntryFile(stateDirectory, file, name, facts, Optional.empty()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(damaged(stateDirectory, file, name, why(e)));
        }
    }

    /** A parser's own words are about its code and not about the file. */
    private static String why(IOException e) {
        if (!(e instanceof JsonProcessingException json)) {
            return String.valueOf(e.getMessage());
        }
        return json.getLocation() == null
                ? "it is not what vfrt wrote"
                : "it is not what vfrt wrote, from line " + json.getLocation().getLineNr() + " on";
    }

    private static EntryFile damaged(Path stateDirectory, Path file, EntryName name, String why) {
        Map<String, String> known = new LinkedHashMap<>();
        known.put(GUEST_UUID, name.guest().toString());
        name.begun().ifPresent(begun -> known.put(BEGUN, begun.toString()));
        return new EntryFile(
                stateDirectory, file, name, known, Optional.of("journal file '" + file + "' cannot be read: " + why));
    }

    @Override
    public String id() {
        return name.text();
    }

    @Override
    public synchronized Optional<String> fact(String key) {
        return Optional.ofNullable(facts.get(key));
    }

    @Override
    public synchronized void note(String key, String value) {
        if (ended) {
            throw new IllegalStateException("entry '" + id() + "' has ended");
        }
        if (key.isBlank() || FIXED.contains(key)) {
            throw new IllegalArgumentException("'" + key + "' cannot be noted");
        }
        if (damage.isPresent()) {
            throw new Damaged(
                    "journal-damaged", damage.get(), "Ask the hosts what became of the guest, then remove the file.");
        }
        Map<String, String> changed = new LinkedHashMap<>(facts);
        changed.put(key, value);
        try {
            DurableFiles.replace(file, FactsJson.write(changed));
        } catch (IOException e) {
            throw StateTrouble.of(stateDirectory, e);
        }
        facts.put(key, value);
    }

    @Override
    public Optional<String> damage() {
        return damage;
    }

    synchronized void end() {
        ended = true;
        try {
            DurableFiles.remove(DurableFiles.temporaryOf(file));
            DurableFiles.remove(file);
        } catch (IOException e) {
            throw StateTrouble.of(stateDirectory, e);
        }
    }
}
