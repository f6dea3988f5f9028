package org.vfrt.core.journal;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of an entry: when it was begun, and the guest's UUID. The UUID is in the name so that an entry whose content is lost
 * still says which guest must be looked at.
 */
record EntryName(String text, UUID guest, Optional<Instant> begun) {

    static final String SUFFIX = ".json";

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmssSSS");
    private static final Pattern FORM =
            Pattern.compile("(\\d{8}T\\d{9})Z-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-[0-9a-f]{8}");

    static EntryName at(Instant now, UUID guest) {
        String tail = UUID.randomUUID().toString().substring(0, 8);
        return new EntryName(
                TIME.format(now.atOffset(ZoneOffset.UTC)) + "Z-" + guest + "-" + tail, guest, Optional.of(now));
    }

    /** A file that is called otherwise gets a guest of its own, so that it is reported, and by one process at a time. */
    static EntryName of(Path file) {
        String name = String.valueOf(file.getFileName());
        String text = name.substring(0, name.length() - SUFFIX.length());
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return new EntryName(text, UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)), Optional.empty());
        }
        Optional<Instant> begun;
        try {
            begun = Optional.of(LocalDateTime.parse(matcher.group(1), TIME).toInstant(ZoneOffset.UTC));
        } catch (DateTimeException e) {
            begun = Optional.empty();
        }
        return new EntryName(text, UUID.fromString(matcher.group(2)), begun);
    }
}
