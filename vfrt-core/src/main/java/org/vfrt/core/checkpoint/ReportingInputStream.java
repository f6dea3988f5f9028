package org.vfrt.core.checkpoint;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Tells a {@link Progress} how much was read. */
public final class ReportingInputStream extends FilterInputStream {

    private final long totalBytes;
    private final String phase;
    private final Progress progress;
    private long doneBytes;

    public ReportingInputStream(InputStream in, long totalBytes, String phase, Progress progress) {
        super(in);
        this.totalBytes = totalBytes;
        this.phase = phase;
        this.progress = progress;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = super.read(buffer, offset, length);
        if (count > 0) {
            doneBytes += count;
            progress.at(phase, doneBytes, totalBytes);
        }
        return count;
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
