package org.vfrt.core.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vfrt.core.failure.Damaged;

final class DefinitionTest {

    private static final String UUID1 = "0a5e3b1c-7c1d-4f0e-9f0b-2f6f7f9b1c02";
    private static final UUID NEW = UUID.fromString("11111111-2222-3333-4444-555555555555");

    private static Definition fixture(String name) throws IOException {
        return Definition.parse(
                Files.readString(Path.of(System.getProperty("vfrt.fixtures"), "definitions", name + ".xml")));
    }

    private static String domain(String inside) {
        return "<domain type='xen'><name>web1</name><uuid>" + UUID1
                + "</uuid><memory>1024</memory><os><type>xenpvh</type></os>" + inside + "</domain>";
    }

    @Test
    void labelsAreTheAttributesOfVfrtsOwnElementWhateverItsPrefix() {
        String uri = Definition.LABELS_NAMESPACE;
        assertThat(Definition.parse(
                                domain("<metadata><a:labels xmlns:a='" + uri + "' tier='gold' owner='x'/></metadata>"))
                        .labels())
                .isEqualTo(Map.of("tier", "gold", "owner", "x"));
        assertThat(Definition.parse(domain("<metadata><labels xmlns='" + uri + "' tier='gold'/></metadata>"))
                        .labels())
                .isEqualTo(Map.of("tier", "gold"));
        assertThat(Definition.parse(domain("<metadata xmlns:v='" + uri + "'><v:labels tier='tin'/></metadata>"))
                        .labels())
                .isEqualTo(Map.of("tier", "tin"));
    }

    @Test
    void otherMetadataHasNoLabels() {
        assertThat(Definition.parse(
                                domain("<metadata><a:labels xmlns:a='http://else' tier='gold'/><labels tier='gold'/>"
                                        + "<v:other xmlns:v='" + Definition.LABELS_NAMESPACE
                                        + "' tier='gold'/></metadata>"))
                        .labels())
                .isEmpty();
        assertThat(Definition.parse(domain("")).labels()).isEmpty();
    }

    @Test
    void aPvGuestIsRead() throws IOException {
        Definition definition = fixture("pv");

        assertThat(definition.name()).isEqualTo("mail1");
        assertThat(definition.kind()).isEqualTo(Definition.Kind.PV);
        assertThat(definition.memoryBytes()).isEqualTo(2L << 30);
        assertThat(definition.vcpus()).isEqualTo(2);
        assertThat(definition.writableDisks()).containsExactly("xvda", "xvdb");
        assertThat(definition.readOnlyDisks()).isEmpty();
    }

    @Test
    void aPvhGuestIsRead() throws IOException {
        Definition definition = fixture("pvh");

        assertThat(definition.kind()).isEqualTo(Definition.Kind.PVH);
        assertThat(definition.uuid()).isEqualTo(UUID.fromString(UUID1));
        assertThat(definition.memoryBytes()).isEqualTo(128L << 20);
        assertThat(definition.writableDisks()).containsExactly("xvda");
        assertThat(definition.readOnlyDisks()).containsExactly("xvdb");
        assertThat(definition.hostDevices()).isFalse();
        assertThat(definition.vnuma()).isFalse();
    }

    @Test
    void anHvmGuestIsReadAndACdIsNoWritableDisk() throws IOException {
        Definition definition = fixture("hvm-disks");

        assertThat(definition.kind()).isEqualTo(Definition.Kind.HVM);
        assertThat(definition.memoryBytes()).isEqualTo(4L << 30);
        assertThat(definition.writableDisks()).containsExactly("hda", "xvdb");
        assertThat(definition.readOnlyDisks()).containsExactly("hdc", "hdd");
    }

    @Test
    void devicesOfTheHostAreSeenInBothForms() throws IOException {
        assertThat(fixture("hostdev").hostDevices()).isTrue();
        assertThat(fixture("hostdev-network").hostDevices()).isTrue();
    }

    @Test
    void aNumaTopologyIsSeen() throws IOException {
        assertThat(fixture("vnuma").vnuma()).isTrue();
    }

    @Test
    void aGuestOfTheTestDriverIsItsOwnKind() throws IOException {
        assertThat(fixture("test-driver").kind()).isEqualTo(Definition.Kind.TEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pv", "pvh", "hvm-disks", "hostdev", "vnuma", "test-driver"})
    void aSecondCopyHasAnotherNameUuidAndNetworkAddressesAndIsOtherwiseTheSame(String name) throws IOException {
        Definition original = fixture(name);
        Definition copy = original.as("copy <1>", NEW);

        assertThat(copy.name()).isEqualTo("copy <1>");
        assertThat(copy.uuid()).isEqualTo(NEW);
        assertThat(copy.xml()).doesNotContain(original.uuid().toString());
        for (String line : original.xml().lines().toList()) {
            if (line.contains("<mac ") || line.contains("<target dev='vif")) {
                assertThat(copy.xml()).doesNotContain(line.strip().replace('\'', '"'));
            }
        }
        assertThat(copy.memoryBytes()).isEqualTo(original.memoryBytes());
        assertThat(copy.kind()).isEqualTo(original.kind());
        assertThat(copy.writableDisks()).isEqualTo(original.writableDisks());
        assertThat(copy.readOnlyDisks()).isEqualTo(original.readOnlyDisks());
        assertThat(copy.vnuma()).isEqualTo(original.vnuma());
    }

    @Test
    void namespacesAndSecretsSurviveARename() throws IOException {
        assertThat(fixture("test-driver").as("copy", NEW).xml())
                .contains("xmlns:test=\"http://libvirt.org/schemas/domain/test/1.0\"")
                .contains("<test:runstate>1</test:runstate>")
                .contains("<vfrt:tag name=\"weight\">3</vfrt:tag>");
        assertThat(fixture("hvm-disks").as("copy", NEW).xml()).contains("not-for-logs");
    }

    @Test
    void whatIsPrintedOfADefinitionHoldsNoSecret() throws IOException {
        assertThat(fixture("hvm-disks").toString())
                .doesNotContain("not-for-logs")
                .contains("db1");
    }

    @ParameterizedTest
    @CsvSource({
        "KiB,1024",
        "k,1024",
        "b,1",
        "bytes,1",
        "KB,1000",
        "mib,1048576",
        "MB,1000000",
        "GB,1000000000",
        "TiB,1099511627776"
    })
    void memoryIsReadInEveryUnitOfLibvirt(String unit, long bytes) {
        String xml = domain("").replace("<memory>1024", "<memory unit='" + unit + "'>3");
        assertThat(Definition.parse(xml).memoryBytes()).isEqualTo(3 * bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "<domain/>",
                "<domain type='xen'><name>a</name></domain>",
                "<network><name>a</name></network>",
                "<domain>",
            })
    void whatIsNoDomainIsRefused(String xml) {
        assertThatThrownBy(() -> Definition.parse(xml)).isInstanceOf(Damaged.class);
    }

    @ParameterizedTest
    @CsvSource({
        "<memory>1024,<memory unit='TiB'>999999999999",
        "<memory>1024,<memory unit='parsec'>1",
        "<memory>1024,<memory>-1",
        "<memory>1024,<memory>0",
        "<memory>1024,<memory>99999999999999999999",
        "<memory>1024,<memory>",
        "</os>,</os><vcpu>5000000000</vcpu>",
        "</os>,</os><vcpu>two</vcpu>",
        "xenpvh,qnx",
        "0a5e3b1c-7c1d-4f0e-9f0b-2f6f7f9b1c02,1-1-1-1-1",
        "<name>web1,<name>"
    })
    void valuesOutOfRangeAreRefused(String from, String to) {
        assertThat(domain("")).contains(from);
        assertThatThrownBy(() -> Definition.parse(domain("").replace(from, to))).isInstanceOf(Damaged.class);
    }

    @Test
    void aGuestWithMoreMemoryThanItsTargetIsReceivedWithWhatItHas() {
        String xml = domain("")
                .replaceFirst(
                        "<memory[^<]*</memory>",
                        "<memory unit='MiB'>128</memory><currentMemory unit='MiB'>80</currentMemory>");
        Definition ballooned = Definition.parse(xml);
        long mib = 1 << 20;
        assertThat(ballooned.memoryTargetBytes()).isEqualTo(80 * mib);
        assertThat(ballooned.toReceive(80 * mib)).isSameAs(ballooned);
        assertThat(ballooned.toReceive(98 * mib - 5).memoryTargetBytes()).isEqualTo(98 * mib);
        assertThat(ballooned.toReceive(500 * mib).memoryTargetBytes()).isEqualTo(128 * mib);
        assertThat(ballooned.toReceive(98 * mib).memoryBytes()).isEqualTo(128 * mib);
        Definition whole = Definition.parse(xml.replace("<currentMemory unit='MiB'>80</currentMemory>", ""));
        assertThat(whole.memoryTargetBytes()).isEqualTo(128 * mib);
        assertThat(whole.toReceive(500 * mib)).isSameAs(whole);
    }

    @Test
    void noOtherFileIsReadAndNoEntityIsExpanded() {
        assertThatThrownBy(() ->
                        Definition.parse("<!DOCTYPE domain [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + domain("&x;")))
                .isInstanceOf(Damaged.class);
    }

    @Test
    void nestingWithoutEndIsRefused() {
        String deep = domain("<a>".repeat(50_000) + "</a>".repeat(50_000));
        assertThatThrownBy(() -> Definition.parse(deep)).isInstanceOf(Damaged.class);
    }

    @Test
    void brokenXmlPrintsNothing() {
        PrintStream before = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            assertThatThrownBy(() -> Definition.parse("<domain>")).isInstanceOf(Damaged.class);
        } finally {
            System.setErr(before);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEmpty();
    }
}
