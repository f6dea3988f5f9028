package org.vfrt.xen.drill;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.drill.DrillGround;

/** Looks for a pattern in what a program on a host prints. What it prints may never end, and need not be lines. */
final class HostWatch implements DrillGround.Watch {

    /** A pattern is looked for in so much of what came last. */
    private static final int KEPT_CHARS = 64 << 10;

    /** What terminals are told between the words, such as where the cursor is to go (ECMA-48, 5.4). */
    private static final Pattern CONTROL = Pattern.compile("\\x1b\\[[0-?]*[ -/]*[@-~]");

    private static final int SHOWN_CHARS = 160;

    private final Process process;
    private final Pattern pattern;
    private final StringBuilder came = new StringBuilder();
    private int looked;

    /** Takes over the process. */
    HostWatch(Process process, Pattern pattern) {
        this.process = process;
        this.pattern = pattern;
        read(process.inputReader(StandardCharsets.UTF_8), true);
        // Nobody wants it, but unread it would hold the program up.
        read(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8), false);
    }

    private void read(Reader from, boolean keep) {
        Thread reader = new Thread(
                () -> {
                    char[] buffer = new char[4096];
                    try (from) {
                        for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
                            if (keep) {
                                add(buffer, n);
                            }
                        }
                    } catch (IOException e) {
                        // The program was ended under the reader.
                        return;
                    }
                },
                "drill-watch");
        reader.setDaemon(true);
        reader.start();
    }

    private synchronized void add(char[] buffer, int count) {
        for (int i = 0; i < count; i++) {
            if (buffer[i] != '\r') {
                came.append(buffer[i]);
            }
        }
        if (came.length() > KEPT_CHARS) {
            came.delete(0, came.length() - KEPT_CHARS);
            looked = 0;
        }
    }

    @Override
    public synchronized Optional<String> seen() {
        if (came.length() == looked) {
            return Optional.empty();
        }
        looked = came.length();
        Matcher matcher = pattern.matcher(text());
        return matcher.find()
                ? Optional.of(shown(matcher.groupCount() > 0 ? matcher.group(1) : matcher.group()))
                : Optional.empty();
    }

    @Override
    public synchronized String instead() {
        String last = text().strip();
        return last.isEmpty() ? "" : "'" + shown(last.substring(last.lastIndexOf('\n') + 1)) + "'";
    }

    private String text() {
        return CONTROL.matcher(came).replaceAll("");
    }

    /** Guests write what they like, colours and all. */
    private static String shown(@Nullable String text) {
        String plain = (text == null ? "" : text).replaceAll("\\p{Cntrl}", " ").strip();
        return plain.substring(0, Math.min(SHOWN_CHARS, plain.length()));
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
    }
}
