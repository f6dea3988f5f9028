package org.vfrt.core.image;

import java.util.ArrayList;
import java.util.List;

/** Finds out where in a stream the latest state of each page lies, and what lies around the pages, while checking it. */
final class LatestPages extends StructureRules {

    /** Groups of records between pages. A stream of Xen's has two, one before all pages and one behind them. */
    private static final int GROUPS_MAX = 4096;

    private final PageIndex pages = new PageIndex();
    private final List<Range> others = new ArrayList<>();
    private long othersFrom;

    LatestPages(StreamLimits limits) {
        super(limits, new StreamCheck.Watcher() {});
    }

    PageIndex pages() {
        return pages;
    }

    /** Returns everything that is not a page, in order; the first part is what lies before all pages. */
    List<Range> others() {
        return others;
    }

    @Override
    public void record(RecordHead head) throws MalformedImage {
        super.record(head);
        if (head.isVerify()) {
            // what follows repeats the pages for a comparison; in the normal form there is nothing to compare
            cut(head.byteOffset(), head.endOffset());
        }
    }

    @Override
    public void batch(long byteOffset, long[] list, int count) throws MalformedImage {
        super.batch(byteOffset, list, count);
        long data = byteOffset + Wire.RECORD_HEAD_BYTES + 8 + 8L * count;
        for (int i = 0; i < count; i++) {
            if (!verifying()) {
                pages.put(list[i], data);
            }
            if (PageEntry.hasData(list[i])) {
                data += Wire.PAGE_BYTES;
            }
        }
        cut(byteOffset, data);
    }

    @Override
    public void end(long streamBytes) throws MalformedImage {
        super.end(streamBytes);
        cut(streamBytes, streamBytes);
    }

    private void cut(long from, long to) throws MalformedImage {
        if (from > othersFrom) {
            if (others.size() == GROUPS_MAX) {
                throw MalformedImage.at(from, "more than " + GROUPS_MAX + " groups of records between pages");
            }
            others.add(new Range(othersFrom, from));
        }
        othersFrom = to;
    }

    /** Bytes of the stream, {@code to} excluded. */
    record Range(long from, long to) {}
}
