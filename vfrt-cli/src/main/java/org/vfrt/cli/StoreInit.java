package org.vfrt.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vfrt.cli.output.ExitCode;
import org.vfrt.cli.output.Table;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.store.InitStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code vfrt store init}. Asks no host. */
@Command(
        description = "Make a store. Needed for an encrypted one only: any other is made by its first checkpoint.",
        sortOptions = false)
final class StoreInit implements Callable<Integer> {

    private final Session session;

    @Option(names = "--encrypt", description = "Encrypt what is stored; the configured key opens it.")
    private boolean encrypt;

    @Option(
            names = "--new-key-file",
            paramLabel = "PATH",
            description =
                    "Make a new key in this file, which must not exist yet, instead of taking the configured one.")
    private @Nullable Path newKeyFile;

    StoreInit(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (newKeyFile != null && !encrypt) {
            throw new BadInput(
                    "key-without-encryption",
                    "'--new-key-file' makes a key, and without '--encrypt' the store would have none",
                    "Say '--encrypt' too.");
        }
        Operations operations = session.operations();
        String store = operations.configuration().store().toString();
        InitStore.Outcome outcome = operations.initStore(encrypt, Optional.ofNullable(newKeyFile));
        session.print(
                json -> json.object(
                        "store",
                        inner -> inner.field("directory", store)
                                .field("id", outcome.id().toString())
                                .field("encrypted", outcome.encrypted())),
                out -> Table.titled("STORE", "ID", "ENCRYPTED")
                        .row(store, outcome.id().toString(), outcome.encrypted() ? "yes" : "no")
                        .print(out));
        if (encrypt) {
            session.note("keep a copy of the key apart from this machine: without it, nothing in the store comes back");
        }
        if (newKeyFile != null) {
            session.note(
                    "put 'store_key_file: " + newKeyFile.toAbsolutePath().normalize() + "' into the configuration");
        }
        return ExitCode.DONE.number();
    }
}
