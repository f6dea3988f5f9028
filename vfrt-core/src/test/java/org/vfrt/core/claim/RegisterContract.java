package org.vfrt.core.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.vfrt.core.failure.BadInput;

/** What every register does, whoever keeps it. */
public abstract class RegisterContract {

    private static final String KEY = "claim/11111111-2222-4333-8444-555555555555";

    /** Returns the register of this test as one more controller would open it: all that are returned within one test are the same place. */
    protected abstract Register open() throws Exception;

    @Test
    void nothingIsThereAtFirst() throws Exception {
        Register register = open();

        assertThat(register.read(KEY)).isEmpty();
        assertThat(register.list("")).isEmpty();
    }

    @Test
    void whatOneControllerWroteAllOthersRead() throws Exception {
        long revision = open().write(KEY, Register.ABSENT, "{\"a\": \"ü\"}\n").orElseThrow();

        assertThat(revision).isNotEqualTo(Register.ABSENT);
        assertThat(open().read(KEY)).contains(new Register.Entry(KEY, revision, "{\"a\": \"ü\"}\n"));
    }

    @Test
    void ofTwoWhoSawNothingOneWrites() throws Exception {
        put(KEY, "first");

        assertThat(open().write(KEY, Register.ABSENT, "second")).isEmpty();
        assertThat(value(KEY)).contains("first");
    }

    @Test
    void ofTwoWhoSawTheSameOneWrites() throws Exception {
        long seen = open().write(KEY, Register.ABSENT, "old").orElseThrow();
        long later = open().write(KEY, seen, "first").orElseThrow();

        assertThat(later).isGreaterThan(seen);
        assertThat(open().write(KEY, seen, "second")).isEmpty();
        assertThat(value(KEY)).contains("first");
    }

    @Test
    void theSameValueAgainIsAnotherRevision() throws Exception {
        long seen = open().write(KEY, Register.ABSENT, "same").orElseThrow();

        assertThat(open().write(KEY, seen, "same").orElseThrow()).isGreaterThan(seen);
    }

    @Test
    void whoSawSomethingDoesNotWriteWhereNothingIs() throws Exception {
        long seen = open().write(KEY, Register.ABSENT, "gone soon").orElseThrow();
        open().remove(KEY, seen);

        assertThat(open().write(KEY, seen, "back")).isEmpty();
        assertThat(open().read(KEY)).isEmpty();
    }

    @Test
    void onlyWhoSawTheLastRevisionRemoves() throws Exception {
        long seen = open().write(KEY, Register.ABSENT, "old").orElseThrow();
        long later = open().write(KEY, seen, "new").orElseThrow();

        assertThat(open().remove(KEY, seen)).isFalse();
        assertThat(value(KEY)).contains("new");
        assertThat(open().remove(KEY, later)).isTrue();
        assertThat(open().read(KEY)).isEmpty();
        assertThat(open().remove(KEY, later)).isFalse();
    }

    @Test
    void noRevisionOfAKeyIsGivenTwiceAlsoAfterARemoval() throws Exception {
        long last = Register.ABSENT;
        for (int round = 0; round < 5; round++) {
            long revision = open().write(KEY, Register.ABSENT, "round").orElseThrow();
            assertThat(revision).isGreaterThan(last);
            last = open().write(KEY, revision, "changed").orElseThrow();
            open().write("claim/other", Register.ABSENT, "x")
                    .ifPresent(other -> assertThat(removed(other)).isTrue());
            assertThat(open().remove(KEY, last)).isTrue();
        }
    }

    private boolean removed(long revision) {
        try {
            return open().remove("claim/other", revision);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aListHasWhatBeginsSoInTheOrderOfItsKeys() throws Exception {
        for (String key : List.of("claim/b", "claim/a", "claims", "evidence/xen1/b2/g", "evidence/xen1/b1", "armed")) {
            put(key, "of " + key);
        }

        assertThat(keys("claim/")).containsExactly("claim/a", "claim/b");
        assertThat(keys("evidence/xen1/b2/")).containsExactly("evidence/xen1/b2/g");
        assertThat(keys("evidence/")).containsExactly("evidence/xen1/b1", "evidence/xen1/b2/g");
        assertThat(keys("nothing/")).isEmpty();
        assertThat(keys(""))
                .containsExactly("armed", "claim/a", "claim/b", "claims", "evidence/xen1/b1", "evidence/xen1/b2/g");
        assertThat(open().list("claim/")).extracting(Register.Entry::value).containsExactly("of claim/a", "of claim/b");
    }

    @Test
    void oneKeyMayBeginWithAllOfAnother() throws Exception {
        put("evidence/xen1/b1", "of the host");
        put("evidence/xen1/b1/guest", "of the guest");

        assertThat(value("evidence/xen1/b1")).contains("of the host");
        assertThat(value("evidence/xen1/b1/guest")).contains("of the guest");
        assertThat(keys("evidence/xen1/b1")).containsExactly("evidence/xen1/b1", "evidence/xen1/b1/guest");
    }

    @Test
    void sixtyFourKibibytesFitAndMoreAreRefused() throws Exception {
        String most = "ü".repeat(32 * 1024);
        long revision = open().write(KEY, Register.ABSENT, most).orElseThrow();

        assertThat(value(KEY)).contains(most);
        assertThatThrownBy(() -> open().write(KEY, revision, most + "x")).isInstanceOf(BadInput.class);
        assertThat(value(KEY)).contains(most);
    }

    @Test
    void oddKeysAreRefusedBeforeAnythingIsTouched() throws Exception {
        Register register = open();
        for (String key : List.of("", "/", "a/", "/a", "a//b", "a b", "../a", "a/..", "./a", "ä", "a\nb")) {
            assertThatThrownBy(() -> register.write(key, Register.ABSENT, "x"))
                    .as(key)
                    .isInstanceOf(BadInput.class);
            assertThatThrownBy(() -> register.read(key)).as(key).isInstanceOf(BadInput.class);
            assertThatThrownBy(() -> register.remove(key, 1)).as(key).isInstanceOf(BadInput.class);
        }
        assertThat(register.list("")).isEmpty();
    }

    @Test
    void manyAtOnceLoseNoWrite() throws Exception {
        int writers = 4;
        int each = 25;
        put(KEY, "0");
        ExecutorService threads = Executors.newFixedThreadPool(writers);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int writer = 0; writer < writers; writer++) {
                Register register = open();
                running.add(threads.submit(() -> {
                    for (int done = 0; done < each; ) {
                        Register.Entry entry = register.read(KEY).orElseThrow();
                        String next = Integer.toString(Integer.parseInt(entry.value()) + 1);
                        if (register.write(KEY, entry.revision(), next).isPresent()) {
                            done++;
                        }
                    }
                }));
            }
            for (Future<?> one : running) {
                one.get(1, TimeUnit.MINUTES);
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(value(KEY)).contains(Integer.toString(writers * each));
    }

    @Test
    void oneLeadsAtATimeAndTheOthersAreToldWho() throws Exception {
        Register.Term term = open().attemptLead("one on xen1, process 7").term().orElseThrow();

        Register.Attempt second = open().attemptLead("two on xen2");
        assertThat(term.lasts()).isTrue();
        assertThat(second.term()).isEmpty();
        assertThat(second.holder()).contains("one on xen1, process 7");
        term.close();
        assertThat(term.lasts()).isFalse();

        Register.Attempt third = open().attemptLead("two on xen2");
        assertThat(third.term()).isPresent();
        // That the first one closes again does not take the lead from the second.
        term.close();
        assertThat(third.term().orElseThrow().lasts()).isTrue();
        third.term().orElseThrow().close();
    }

    @Test
    void theLeadIsNoEntry() throws Exception {
        Register.Term term = open().attemptLead("one").term().orElseThrow();

        assertThat(open().list("")).isEmpty();
        term.close();
    }

    private void put(String key, String value) throws Exception {
        assertThat(open().write(key, Register.ABSENT, value)).isPresent();
    }

    private Optional<String> value(String key) throws Exception {
        return open().read(key).map(Register.Entry::value);
    }

    private List<String> keys(String prefix) throws Exception {
        return open().list(prefix).stream().map(Register.Entry::key).toList();
    }
}
