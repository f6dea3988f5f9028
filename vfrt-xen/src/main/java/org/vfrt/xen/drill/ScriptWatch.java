package org.vfrt.xen.drill;

import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.vfrt.core.drill.DrillGround;
import org.vfrt.core.failure.Failed;
import org.vfrt.core.failure.Failure;
import org.vfrt.xen.host.HostShell;
import org.vfrt.xen.host.LocalProgram;

/** Waits for a program of the site to end well. It is killed when it is waited for no longer. */
final class ScriptWatch implements DrillGround.Watch {

    /** Whoever waits for it says that it took too long. */
    private static final Duration MORE = Duration.ofSeconds(5);

    private static final Duration KILLED = Duration.ofSeconds(10);

    private final String path;
    private final CompletableFuture<HostShell.Result> result = new CompletableFuture<>();
    private final Thread runner;

    ScriptWatch(String path, Map<String, String> told, Duration within) {
        this.path = path;
        this.runner = new Thread(() -> run(told, within.plus(MORE)), "drill-script");
        runner.setDaemon(true);
        runner.start();
    }

    private void run(Map<String, String> told, Duration limit) {
        try {
            result.complete(LocalProgram.run(List.of(path), told, InputStream.nullInputStream(), limit));
        } catch (RuntimeException e) {
            result.completeExceptionally(e);
        }
    }

    @Override
    public Optional<String> seen() {
        if (!result.isDone()) {
            return Optional.empty();
        }
        HostShell.Result ended;
        try {
            ended = result.join();
        } catch (CancellationException | java.util.concurrent.CompletionException e) {
            throw e.getCause() instanceof Failure failure
                    ? new Failed("script-failed", failure.getMessage(), failure.hint(), failure)
                    : e;
        }
        if (!ended.ok()) {
            throw new Failed(
                    "script-failed",
                    "'" + path + "' ended with " + ended.exitCode()
                            + (ended.output().isBlank() && ended.errors().isBlank() ? "" : ": " + ended.complaint()),
                    "It says so about the copy; what it is told is in the variables 'VFRT_DRILL_…'.");
        }
        return Optional.of("'" + path + "' ended with 0");
    }

    @Override
    public String instead() {
        return result.isDone() ? "" : "'" + path + "' still ran, and was killed";
    }

    @Override
    public void close() {
        runner.interrupt();
        try {
            runner.join(KILLED.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
