package org.vfrt.xen.etcd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.vfrt.core.claim.Register;
import org.vfrt.core.claim.RegisterKeys;
import org.vfrt.core.config.EtcdSettings;
import org.vfrt.core.failure.Damaged;
import org.vfrt.core.failure.Failure;
import org.vfrt.core.key.ReadSecret;

/**
 * A register in an etcd of version 3.4 or later, through its JSON gateway. A revision is the key's {@code mod_revision}, which etcd counts up over all keys and never gives
 * twice; the lead is a key that hangs on a lease. Safe for use by several threads and processes.
 */
public final class EtcdRegister implements Register {

    /** How long the lead outlives its process. */
    private static final Duration LEASE = Duration.ofSeconds(15);

    /** A page of entries of the largest size is 8 MiB. */
    private static final int PAGE = 128;

    private final EtcdClient etcd;
    private final String entries;
    private final String lead;
    private final Duration lease;

    /**
     * Makes one; nothing is asked before it is used.
     *
     * @param secrets reads the password and the key of the certificate
     * @throws Failure when what the settings name is missing, or open to others
     */
    public EtcdRegister(EtcdSettings settings, ReadSecret secrets) {
        this(settings, secrets, LEASE);
    }

    EtcdRegister(EtcdSettings settings, ReadSecret secrets, Duration lease) {
        this.etcd = new EtcdClient(settings, secrets);
        // The lead is beside the entries, not among them.
        this.entries = settings.prefix() + "register/";
        this.lead = settings.prefix() + "lead";
        this.lease = lease;
    }

    @Override
    public Optional<Entry> read(String key) {
        RegisterKeys.demandKey(key);
        JsonNode found = etcd.ask("kv/range", EtcdClient.request().put("key", base64(entries + key)));
        return found.path("kvs").isEmpty()
                ? Optional.empty()
                : Optional.of(entry(found.path("kvs").get(0)));
    }

    @Override
    public List<Entry> list(String prefix) {
        List<Entry> found = new ArrayList<>();
        byte[] from = bytes(entries + prefix);
        String end = base64(after(from));
        while (true) {
            JsonNode page = etcd.ask(
                    "kv/range",
                    EtcdClient.request()
                            .put("key", base64(from))
                            .put("range_end", end)
                            .put("limit", PAGE));
            page.path("kvs").forEach(one -> found.add(entry(one)));
            if (!page.path("more").asBoolean() || page.path("kvs").isEmpty()) {
                return List.copyOf(found);
            }
            // The least key that is greater than the last one.
            byte[] last = bytes(entries + found.get(found.size() - 1).key());
            from = Arrays.copyOf(last, last.length + 1);
        }
    }

    @Override
    public Optional<Long> write(String key, long seen, String value) {
        RegisterKeys.demandKey(key);
        RegisterKeys.demandValue(key, value);
        ObjectNode put = EtcdClient.request();
        put.putObject("request_put").put("key", base64(entries + key)).put("value", base64(value));
        JsonNode answer = etcd.change("kv/txn", transaction(entries + key, "MOD", seen, put));
        return answer.path("succeeded").asBoolean()
                ? Optional.of(number(answer.path("header").path("revision")))
                : Optional.empty();
    }

    @Override
    public boolean remove(String key, long seen) {
        RegisterKeys.demandKey(key);
        if (seen == ABSENT) {
            return false;
        }
        ObjectNode delete = EtcdClient.request();
        delete.putObject("request_delete_range").put("key", base64(entries + key));
        return etcd.change("kv/txn", transaction(entries + key, "MOD", seen, delete))
                .path("succeeded")
                .asBoolean();
    }

    /** One request, if the key's revision is that; no key has 0. */
    private static ObjectNode transaction(String key, String target, long revision, ObjectNode then) {
        ObjectNode transaction = EtcdClient.request();
        ObjectNode compare = transaction.putArray("compare").addObject();
        compare.put("key", base64(key)).put("target", target).put("result", "EQUAL");
        compare.put(target.equals("MOD") ? "mod_revision" : "create_revision", Long.toString(revision));
        transaction.putArray("success").add(then);
        return transaction;
    }

    @Override
    public Attempt attemptLead(String leader) {
        long asked = System.nanoTime();
        String id = etcd.change("lease/grant", EtcdClient.request().put("TTL", Long.toString(lease.toSeconds())))
                .path("ID")
                .asText();
        boolean held = false;
        try {
            ObjectNode put = EtcdClient.request();
            put.putObject("request_put")
                    .put("key", base64(lead))
                    .put("value", base64(leader))
                    .put("lease", id);
            ObjectNode transaction = transaction(lead, "CREATE", 0, put);
            ObjectNode otherwise = EtcdClient.request();
            otherwise.putObject("request_range").put("key", base64(lead));
            transaction.putArray("failure").add(otherwise);
            JsonNode answer = etcd.change("kv/txn", transaction);
            held = answer.path("succeeded").asBoolean();
            if (held) {
                return new Attempt(Optional.of(new EtcdTerm(etcd, id, lease, asked)), leader);
            }
            JsonNode holder = answer.path("responses")
                    .path(0)
                    .path("response_range")
                    .path("kvs")
                    .path(0)
                    .path("value");
            return new Attempt(Optional.empty(), text(holder.asText()));
        } finally {
            if (!held) {
                giveBack(id);
            }
        }
    }

    /** Whatever hangs on it goes with it, if it did get the lead. When this fails too, time does it. */
    private void giveBack(String id) {
        try {
            etcd.change("lease/revoke", EtcdClient.request().put("ID", id));
        } catch (Failure e) {
            // It ends by itself.
        }
    }

    private Entry entry(JsonNode found) {
        String key = text(found.path("key").asText());
        long revision = number(found.path("mod_revision"));
        if (!key.startsWith(entries) || revision == ABSENT) {
            throw new Damaged(
                    "register-unclear",
                    "etcd answers with an entry '" + key + "' that was not asked for",
                    "See what else answers at that address.");
        }
        return new Entry(
                key.substring(entries.length()),
                revision,
                text(found.path("value").asText()));
    }

    /** JSON of protobuf has numbers of 64 bits as texts. */
    private static long number(JsonNode node) {
        return node.asLong();
    }

    /** The least that is greater than all that begins so. */
    private static byte[] after(byte[] prefix) {
        byte[] end = prefix.clone();
        end[end.length - 1]++;
        return end;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String base64(String text) {
        return base64(bytes(text));
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static String text(String base64) {
        try {
            return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new Damaged(
                    "register-unclear",
                    "etcd answers with something that is not its own form",
                    "See what else answers at that address.",
                    e);
        }
    }
}
