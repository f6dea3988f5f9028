package org.vfrt.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Table;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.key.KeyOrigin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code vfrt store key change}. Asks no host. */
@Command(
        description =
                "Let another key open the store, and the configured one no more. No data is written again. The old key"
                        + " stays valid until the new one is safe.",
        sortOptions = false)
final class StoreKeyChange implements Callable<Integer> {

    private final Session session;

    @Option(
            names = "--new-key-file",
            paramLabel = "PATH",
            description = "The new key: what is in this file, or a fresh one when there is no such file yet.")
    private @Nullable Path newKeyFile;

    @Option(
            names = "--new-key-command",
            paramLabel = "WORD",
            arity = "1..*",
            description = "The new key: what this program prints, run without a shell. Comes last.")
    private List<String> newKeyCommand = new ArrayList<>();

    StoreKeyChange(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if ((newKeyFile == null) == newKeyCommand.isEmpty()) {
            throw new BadInput(
                    "which-key",
                    "this needs either '--new-key-file' or '--new-key-command'",
                    "Say where the new key is.");
        }
        KeyOrigin next = newKeyFile != null
                ? new KeyOrigin.File(newKeyFile.toAbsolutePath().normalize())
                : new KeyOrigin.Command(newKeyCommand);
        Operations operations = session.operations();
        String store = operations.configuration().store().toString();
        operations.changeStoreKey(next);
        session.print(
                json -> json.object(
                        "store", inner -> inner.field("directory", store).field("key", next.shown())),
                out -> Table.titled("STORE", "OPENED BY")
                        .row(store, next.shown())
                        .print(out));
        session.note("change the configuration now: any other key than this opens the store no more");
        return ExitCode.DONE.number();
    }
}
