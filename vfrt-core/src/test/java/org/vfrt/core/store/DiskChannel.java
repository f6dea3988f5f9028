package org.vfrt.core.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import org.vfrt.core.store.DiskOperation.Node;

/** An open file or directory of a {@link Disk}. */
final class DiskChannel extends FileChannel {

    private final Disk disk;
    private final Node node;
    private final FileChannel real;

    DiskChannel(Disk disk, Node node, FileChannel real) {
        this.disk = disk;
        this.node = node;
        this.real = real;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int count = write(source, real.position());
        real.position(real.position() + count);
        return count;
    }

    @Override
    public int write(ByteBuffer source, long offset) throws IOException {
        byte[] bytes = new byte[source.remaining()];
        source.duplicate().get(bytes);
        return disk.change(new DiskOperation.Written(node, Math.toIntExact(offset), ByteBuffer.wrap(bytes)), () -> {
            long at = offset;
            while (source.hasRemaining()) {
                at += real.write(source, at);
            }
            return bytes.length;
        });
    }

    @Override
    public void force(boolean metaData) throws IOException {
        disk.change(node.directory ? new DiskOperation.Synced(node) : new DiskOperation.Forced(node), () -> node);
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
        return mode == MapMode.READ_ONLY
                ? disk.look(() -> real.map(mode, position, size))
                : disk.change(new DiskOperation.Mapped(node), () -> real.map(mode, position, size));
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        disk.demandAlive();
        return real.read(target);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        disk.demandAlive();
        return real.read(target, position);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
        throw new UnsupportedOperationException("the store reads one buffer at a time");
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        throw new UnsupportedOperationException("the store writes one buffer at a time");
    }

    @Override
    public long position() throws IOException {
        return real.position();
    }

    @Override
    public FileChannel position(long newPosition) throws IOException {
        real.position(newPosition);
        return this;
    }

    @Override
    public long size() throws IOException {
        return real.size();
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        return disk.change(new DiskOperation.Cut(node, Math.toIntExact(size)), () -> {
            real.truncate(size);
            return this;
        });
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw new UnsupportedOperationException("the store transfers nothing");
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw new UnsupportedOperationException("the store transfers nothing");
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        disk.demandAlive();
        return real.lock(position, size, shared);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
        disk.demandAlive();
        return real.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        // The system closes what a dead process had open.
        real.close();
    }
}
