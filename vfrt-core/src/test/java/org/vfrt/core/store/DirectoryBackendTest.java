package org.vfrt.core.store;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryBackendTest extends BackendContract {

    @TempDir
    private Path directory;

    @Override
    protected Backend backend(String name) {
        return new DirectoryBackend(directory.resolve(name));
    }
}
