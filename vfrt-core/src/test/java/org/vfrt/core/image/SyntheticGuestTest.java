package org.vfrt.core.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What benchmarks claim of synthetic guests. */
final class SyntheticGuestTest {

    private static final int PAGES = 2500;
    private static final long BYTES = PAGES * 4096L;

    @ParameterizedTest
    @EnumSource(SyntheticGuest.Contents.class)
    void everyPageIsThereOnceAndLikeNoOther(SyntheticGuest.Contents contents) throws IOException {
        StreamSummary summary = new StreamCheck(StreamLimits.forGuest(BYTES)).read(guest(2, contents));
        assertThat(summary.pages()).isEqualTo(PAGES);
        assertThat(summary.zeroPages()).isZero();
        Set<String> different = new HashSet<>(pages(guest(2, contents)).values());
        assertThat(different).hasSize(PAGES);
    }

    @ParameterizedTest
    @EnumSource(SyntheticGuest.Contents.class)
    void aTenthOfThePagesChangesWithEachGeneration(SyntheticGuest.Contents contents) throws IOException {
        SortedMap<Long, String> before = pages(guest(2, contents));
        SortedMap<Long, String> after = pages(guest(3, contents));
        long changed = after.entrySet().stream()
                .filter(page -> !page.getValue().equals(before.get(page.getKey())))
                .count();
        assertThat(changed).isBetween(PAGES * 8L / 100, PAGES * 12L / 100);
    }

    @ParameterizedTest
    @EnumSource(SyntheticGuest.Contents.class)
    void theStreamIsInNormalForm(SyntheticGuest.Contents contents) throws IOException {
        byte[] stream = guest(1, contents).readAllBytes();
        ByteArrayOutputStream again = new ByteArrayOutputStream();
        StreamReader.read(new ByteArrayInputStream(stream), new StreamWriter(again));
        assertThat(again.toByteArray()).isEqualTo(stream);
    }

    private static SyntheticGuest guest(int generation, SyntheticGuest.Contents contents) {
        return new SyntheticGuest(BYTES, generation, 100, contents);
    }

    private static SortedMap<Long, String> pages(SyntheticGuest guest) throws IOException {
        SortedMap<Long, String> pages = new TreeMap<>();
        StreamReader.read(guest, new StreamVisitor() {
            @Override
            public void page(long entry, byte[] buffer, int offset) {
                pages.put(PageEntry.pfn(entry), new String(buffer, offset, 4096, StandardCharsets.ISO_8859_1));
            }
        });
        return pages;
    }
}
