package org.vfrt.core.store;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.store.DiskOperation.Node;

/** Through which a {@link Disk} is used: Java asks the file system of a path for all that is done with it. */
final class DiskFileSystem extends FileSystem {

    private final Disk disk;
    private final Provider provider = new Provider();

    DiskFileSystem(Disk disk) {
        this.disk = disk;
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    @Override
    public void close() {
        // There is nothing to give back.
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public String getSeparator() {
        return "/";
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return List.of(getPath("/"));
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return FileSystems.getDefault().getFileStores();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return FileSystems.getDefault().supportedFileAttributeViews();
    }

    @Override
    public Path getPath(String first, String... more) {
        return new DiskPath(this, FileSystems.getDefault().getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
        throw new UnsupportedOperationException("nobody matches paths");
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        throw new UnsupportedOperationException("nobody looks up users");
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException("nobody watches");
    }

    /** Hands on to the real file system what only looks, and to the disk what changes something. */
    private final class Provider extends FileSystemProvider {

        @Override
        public String getScheme() {
            return "disk";
        }

        @Override
        public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
            throw new UnsupportedOperationException("a disk is made with 'new'");
        }

        @Override
        public FileSystem getFileSystem(URI uri) {
            return DiskFileSystem.this;
        }

        @Override
        public Path getPath(URI uri) {
            return DiskFileSystem.this.getPath(uri.getPath());
        }

        @Override
        public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            Path real = DiskPath.real(path);
            disk.demandAlive();
            Node there = disk.at(real);
            boolean makes = (options.contains(StandardOpenOption.CREATE) && there == null)
                    || options.contains(StandardOpenOption.CREATE_NEW);
            if (!makes) {
                FileChannel channel = disk.look(() -> FileChannel.open(real, options, attributes));
                return new DiskChannel(disk, disk.known(real), channel);
            }
            Node made = new Node(false);
            FileChannel channel = disk.change(
                    new DiskOperation.Made(disk.parent(real), Disk.name(real), made),
                    () -> FileChannel.open(real, options, attributes));
            return new DiskChannel(disk, made, channel);
        }

        @Override
        public SeekableByteChannel newByteChannel(
                Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
            return newFileChannel(path, options, attributes);
        }

        @Override
        public DirectoryStream<Path> newDirectoryStream(Path directory, DirectoryStream.Filter<? super Path> filter)
                throws IOException {
            List<Path> entries = new ArrayList<>();
            disk.demandAlive();
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(DiskPath.real(directory))) {
                for (Path entry : stream) {
                    entries.add(new DiskPath(DiskFileSystem.this, entry));
                }
            }
            return new DirectoryStream<>() {
                @Override
                public Iterator<Path> iterator() {
                    return entries.iterator();
                }

                @Override
                public void close() {
                    // It was read whole.
                }
            };
        }

        @Override
        public void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
            Path real = DiskPath.real(directory);
            disk.change(
                    new DiskOperation.Made(disk.parent(real), Disk.name(real), new Node(true)),
                    () -> Files.createDirectory(real, attributes));
        }

        @Override
        public void delete(Path path) throws IOException {
            disk.remove(DiskPath.real(path));
        }

        @Override
        public void copy(Path source, Path target, CopyOption... options) {
            throw new UnsupportedOperationException("the store copies no files");
        }

        @Override
        public void move(Path source, Path target, CopyOption... options) throws IOException {
            Path from = DiskPath.real(source);
            Path to = DiskPath.real(target);
            disk.known(from);
            disk.change(
                    new DiskOperation.Renamed(disk.parent(from), Disk.name(from), disk.parent(to), Disk.name(to)),
                    () -> Files.move(from, to, options));
        }

        @Override
        public boolean isSameFile(Path path, Path other) throws IOException {
            return Files.isSameFile(DiskPath.real(path), DiskPath.real(other));
        }

        @Override
        public boolean isHidden(Path path) {
            return false;
        }

        @Override
        public FileStore getFileStore(Path path) throws IOException {
            return Files.getFileStore(DiskPath.real(path));
        }

        @Override
        public void checkAccess(Path path, AccessMode... modes) throws IOException {
            Path real = DiskPath.real(path);
            real.getFileSystem().provider().checkAccess(real, modes);
        }

        @Override
        public <V extends FileAttributeView> @Nullable V getFileAttributeView(
                Path path, Class<V> type, LinkOption... options) {
            return Files.getFileAttributeView(DiskPath.real(path), type, options);
        }

        @Override
        public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
                throws IOException {
            return disk.look(() -> Files.readAttributes(DiskPath.real(path), type, options));
        }

        @Override
        public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
                throws IOException {
            return disk.look(() -> Files.readAttributes(DiskPath.real(path), attributes, options));
        }

        @Override
        public void setAttribute(Path path, String attribute, Object value, LinkOption... options) {
            throw new UnsupportedOperationException("the store sets no attributes");
        }
    }
}
