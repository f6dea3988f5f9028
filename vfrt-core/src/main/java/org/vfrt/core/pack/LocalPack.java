package org.vfrt.core.pack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A pack in a file of this machine. What is open stays as it is, whatever the file's name leads to meanwhile. */
record LocalPack(FileChannel file) implements PackSource {

    @Override
    public long bytes() throws IOException {
        return file.size();
    }

    @Override
    public FileChannel fetched(long from, long length) {
        return file;
    }

    @Override
    public int read(ByteBuffer target, long at) throws IOException {
        return file.read(target, at);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
