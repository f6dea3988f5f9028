package org.vfrt.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vfrt.core.failure.BadInput;
import org.vfrt.core.failure.Reason;
import org.vfrt.core.key.KeyOrigin;
import org.vfrt.core.pool.Host;

final class ConfigurationReaderTest {

    private static final String WHOLE = """
            # the pool
            hosts:
              xen1:
                uri: xen+ssh://root@xen1/system
                capture_address: 10.0.0.5
              xen2:
                uri: "xen+ssh://root@xen2/system?no_tty=1"
            store: /srv/vfrt
            state: /var/lib/vfrt/state
            insecure: false
            max_pause: 500ms
            """;

    @TempDir
    Path directory;

    private Path machineFile;
    private Path userFile;
    private Path home;

    @BeforeEach
    void places() throws IOException {
        machineFile = directory.resolve("etc/vfrt.yaml");
        home = directory.resolve("home");
        userFile = home.resolve(".config/vfrt/vfrt.yaml");
        Files.createDirectories(machineFile.getParent());
        Files.createDirectories(userFile.getParent());
    }

    private Configuration read(Map<String, String> environment) {
        return read(Optional.empty(), Optional.empty(), environment, false);
    }

    private Configuration read(
            Optional<Path> file, Optional<String> uri, Map<String, String> environment, boolean root) {
        return new ConfigurationReader(machineFile).read(file, uri, environment, home, root);
    }

    private List<Reason> mistakes(String yaml) throws IOException {
        Files.writeString(machineFile, yaml);
        return catchThrowableOfType(BadInput.class, () -> read(Map.of())).reasons();
    }

    private String at(int line) {
        return machineFile + ":" + line + ": ";
    }

    @Test
    void everyKeyIsReadAndKnowsItsOrigin() throws IOException {
        Files.writeString(machineFile, WHOLE);
        Configuration configuration = read(Map.of());

        assertThat(configuration.hosts()).extracting(Host::name).containsExactly("xen1", "xen2");
        assertThat(configuration.hosts().get(0).captureAddress()).contains("10.0.0.5");
        assertThat(configuration.hosts().get(1).captureAddress()).isEmpty();
        assertThat(configuration.hosts().get(1).uri().text()).isEqualTo("xen+ssh://root@xen2/system?no_tty=1");
        assertThat(configuration.store()).isEqualTo(new StoreLocation.Directory(Path.of("/srv/vfrt")));
        assertThat(configuration.stateDirectory()).isEqualTo(Path.of("/var/lib/vfrt/state"));
        assertThat(configuration.insecure()).isFalse();
        assertThat(configuration.maxPause()).contains(Duration.ofMillis(500));
        assertThat(configuration.origins())
                .containsEntry("hosts", machineFile + ":3")
                .containsEntry("store", machineFile + ":8")
                .containsEntry("max_pause", machineFile + ":11");
    }

    @Test
    void withoutAnythingThereAreDefaults() {
        Configuration user = read(Map.of());
        assertThat(user.hosts()).isEmpty();
        assertThat(user.store()).isEqualTo(new StoreLocation.Directory(home.resolve(".local/state/vfrt/store")));
        assertThat(user.stateDirectory()).isEqualTo(home.resolve(".local/state/vfrt/state"));
        assertThat(user.maxPause()).isEmpty();
        assertThat(user.origins()).containsEntry("store", "default").doesNotContainKey("max_pause");
        assertThat(read(Map.of("XDG_STATE_HOME", "/x")).store())
                .isEqualTo(new StoreLocation.Directory(Path.of("/x/vfrt/store")));
        assertThat(read(Map.of("XDG_STATE_HOME", "x")).store()).isEqualTo(user.store());

        Configuration root = read(Optional.empty(), Optional.empty(), Map.of("XDG_STATE_HOME", "/x"), true);
        assertThat(root.store()).isEqualTo(new StoreLocation.Directory(Path.of("/var/lib/vfrt/store")));
        assertThat(root.stateDirectory()).isEqualTo(Path.of("/var/lib/vfrt/state"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "# nothing\n", "---\n", "~\n", "hosts:\n", "\uFEFF"})
    void anEmptyFileIsAnEmptyConfiguration(String yaml) throws IOException {
        Files.writeString(machineFile, yaml);
        assertThat(read(Map.of()).hosts()).isEmpty();
    }

    @Test
    void theUsersFileBeatsTheMachinesKeyByKeyAndHostsAreOneKey() throws IOException {
        Files.writeString(machineFile, WHOLE);
        Files.writeString(userFile, "hosts:\n  mine:\n    uri: test:///default\ninsecure: true\n");
        Configuration configuration = read(Map.of());

        assertThat(configuration.hosts()).extracting(Host::name).containsExactly("mine");
        assertThat(configuration.insecure()).isTrue();
        assertThat(configuration.store()).isEqualTo(new StoreLocation.Directory(Path.of("/srv/vfrt")));
        assertThat(configuration.origins()).containsEntry("insecure", userFile + ":4");
    }

    @Test
    void anExplicitFileIsTheOnlyOne() throws IOException {
        Files.writeString(machineFile, WHOLE);
        Path file = Files.writeString(directory.resolve("own.yaml"), "store: /own\n");

        for (Configuration configuration : List.of(
                read(Optional.of(file), Optional.empty(), Map.of("VFRT_CONFIG", "/nowhere"), false),
                read(Map.of("VFRT_CONFIG", file.toString())))) {
            assertThat(configuration.hosts()).isEmpty();
            assertThat(configuration.store()).isEqualTo(new StoreLocation.Directory(Path.of("/own")));
        }
        assertThat(catchThrowableOfType(
                                BadInput.class,
                                () -> read(Optional.of(directory.resolve("no")), Optional.empty(), Map.of(), false))
                        .reasons())
                .singleElement()
                .satisfies(reason -> assertThat(reason.text()).startsWith("--config: there is no file"));
    }

    @Test
    void variablesBeatFilesAndTheirMistakesAreNamed() throws IOException {
        Files.writeString(machineFile, WHOLE);
        Configuration configuration = read(Map.of("VFRT_STORE", "/else", "VFRT_STATE", " "));

        assertThat(configuration.store()).isEqualTo(new StoreLocation.Directory(Path.of("/else")));
        assertThat(configuration.stateDirectory()).isEqualTo(Path.of("/var/lib/vfrt/state"));
        assertThat(configuration.origins()).containsEntry("store", "VFRT_STORE");
        BadInput bad = catchThrowableOfType(
                BadInput.class, () -> read(Map.of("VFRT_STORE", "else", "VFRT_CONNECT", "nonsense")));
        assertThat(bad.reasons())
                .extracting(Reason::text)
                .anySatisfy(text -> assertThat(text).isEqualTo("VFRT_STORE: 'else' is not an absolute path"))
                .anySatisfy(text -> assertThat(text).startsWith("VFRT_CONNECT: 'nonsense' is not a libvirt URI"));
    }

    @ParameterizedTest
    @CsvSource({
        "test:///default,local",
        "xen+ssh://root@xen9/system,xen9",
        "xen+tcp://[fe80::1]:16509/system,fe80--1",
        "xen+ssh://xen_1.example/system,xen_1.example"
    })
    void oneUriIsEnoughForOneHost(String uri, String name) {
        Configuration configuration = read(Optional.empty(), Optional.of(uri), Map.of("VFRT_CONNECT", "bad"), false);

        assertThat(configuration.hosts()).singleElement().satisfies(host -> {
            assertThat(host.name()).isEqualTo(name);
            assertThat(host.uri().text()).isEqualTo(uri);
        });
        assertThat(configuration.origins()).containsEntry("hosts", "--connect");
        assertThat(read(Map.of("VFRT_CONNECT", uri)).origins()).containsEntry("hosts", "VFRT_CONNECT");
    }

    @Test
    void aUriThatTheFilesKnowKeepsItsNameAndAddress() throws IOException {
        Files.writeString(machineFile, WHOLE.replace("xen1:", "first:"));
        Configuration configuration =
                read(Optional.empty(), Optional.of("xen+ssh://root@xen1/system"), Map.of(), false);

        assertThat(configuration.hosts()).singleElement().satisfies(host -> {
            assertThat(host.name()).isEqualTo("first");
            assertThat(host.captureAddress()).contains("10.0.0.5");
        });
    }

    @Test
    void everyMistakeIsReportedAtOnceWithItsLineAndWhatWasMeant() throws IOException {
        List<Reason> mistakes = mistakes("""
                hosts:
                  n1:
                    uri: xen+ssh://root@xen1/system
                    wieght: 3
                    captureaddress: 10.0.0.1
                  n2:
                    uri: xen+ssh://admin@XEN1/system
                  n 3:
                    uri: xen+shh://root@xen3/system
                  n4:
                    capture_address: 10.0.0.1:99
                  n5: xen+ssh://root@xen5/system
                  n6:
                  n1:
                    uri: xen+ssh://root@xen7/system
                stroe: /srv/vfrt
                store: srv/vfrt
                state:
                insecure: yes
                max_pause: 5 parsecs
                """);

        assertThat(mistakes)
                .extracting(Reason::text)
                .containsExactlyInAnyOrder(
                        at(16) + "unknown key 'stroe'",
                        at(14) + "key 'n1' of 'hosts' was given in line 2 already",
                        at(4) + "unknown key 'wieght' in host 'n1'",
                        at(5) + "unknown key 'captureaddress' in host 'n1'",
                        at(6) + "hosts 'n1' and 'n2' have URIs that lead to the same machine",
                        at(8) + "'n 3' cannot be the name of a host",
                        at(9) + "host 'n 3': 'xen+shh://root@xen3/system' is not a libvirt URI: transport 'shh' is not"
                                + " one of ssh, tls, tcp, unix, ext, libssh, libssh2",
                        at(11) + "'10.0.0.1:99' is not an address or a host name",
                        at(10) + "host 'n4' has no 'uri'",
                        at(12) + "keys and values are expected here in host 'n5'",
                        at(13) + "host 'n6' has no 'uri'",
                        at(17) + "'store': 'srv/vfrt' is not an absolute path",
                        at(18) + "'state' has no value",
                        at(19) + "'insecure' is neither true nor false",
                        at(20) + "'max_pause': '5 parsecs' is not a duration");
        assertThat(mistakes)
                .extracting(Reason::hint)
                .contains("Did you mean 'store'?", "Did you mean 'capture_address'?");
        assertThat(mistakes)
                .filteredOn(reason -> reason.text().contains("wieght"))
                .extracting(Reason::hint)
                .containsExactly("Known keys are uri, capture_address, migration_address, fence.");
    }

    @Test
    void whatYamlCanDoBeyondMapsAndTextsIsRefusedWithAReason() throws IOException {
        assertThat(mistakes("store: &a /srv\nstate: *a\n"))
                .extracting(Reason::text)
                .containsExactly(at(1) + "anchor '&a' is not supported", at(2) + "alias '*a' is not supported");
        assertThat(mistakes("<<: {store: /srv}\n")).extracting(Reason::code).containsExactly("merge-key");
        assertThat(mistakes("store: !!str /srv\n")).extracting(Reason::code).containsExactly("tag");
        assertThat(mistakes("a: !java.lang.Object {}\n"))
                .extracting(Reason::code)
                .contains("tag");
        assertThat(mistakes("store: /srv\n---\nstore: /other\n"))
                .singleElement()
                .satisfies(reason -> assertThat(reason.text()).isEqualTo(at(2) + "a second document begins here"));
        assertThat(mistakes("store: /a\nstore: /b\n"))
                .singleElement()
                .satisfies(reason ->
                        assertThat(reason.text()).isEqualTo(at(2) + "key 'store' was given in line 1 already"));
        assertThat(mistakes("[store]: /a\n")).extracting(Reason::code).containsExactly("wrong-type");
        assertThat(mistakes("- store\n")).extracting(Reason::code).containsExactly("wrong-type");
        assertThat(mistakes("hosts: [a]\n")).extracting(Reason::code).containsExactly("wrong-type");
        assertThat(mistakes("store: [a]\n")).extracting(Reason::code).containsExactly("wrong-type");
        assertThat(mistakes("store: {a: b}\nmax_pause: 0s\ninsecure: 'true'\n")).hasSize(3);
    }

    @Test
    void whereTheKeyOfTheStoreComesFromIsReadAndNeverTheKey() throws IOException {
        Files.writeString(machineFile, "store_key_command: [pass, show, vfrt]\nstore_reserve: 2GiB\n");
        Configuration command = read(Map.of());
        assertThat(command.storeKey()).contains(new KeyOrigin.Command(List.of("pass", "show", "vfrt")));
        assertThat(command.storeReserveBytes()).isEqualTo(2L << 30);
        assertThat(command.origins()).containsEntry("store_key", machineFile + ":1");
        Files.writeString(userFile, "store_key_file: /etc/vfrt/store.key\n");
        assertThat(read(Map.of()).storeKey()).contains(new KeyOrigin.File(Path.of("/etc/vfrt/store.key")));
        Configuration variable = read(Map.of("VFRT_STORE_KEY_FILE", "/run/key"));
        assertThat(variable.storeKey()).contains(new KeyOrigin.File(Path.of("/run/key")));
        assertThat(variable.origins()).containsEntry("store_key", "VFRT_STORE_KEY_FILE");
    }

    @Test
    void everyMistakeWithKeysAndSizesHasItsLineAndAHint() throws IOException {
        assertThat(read(Map.of()).storeKey()).isEmpty();
        assertThat(read(Map.of()).storeReserveBytes()).isEqualTo(64L << 20);
        for (String yaml : List.of(
                "store_key_command: pass show vfrt\n",
                "store_key_command: []\n",
                "store_key_command: [pass, [show]]\n",
                "store_key_file: key\n",
                "store_key_file: [a]\n",
                "store_reserve: 5\n",
                "store_reserve: 5GB\n",
                "store_reserve: -5GiB\n",
                "store_key_file: /a\nstore_key_command: [b]\n")) {
            assertThat(mistakes(yaml))
                    .as(yaml)
                    .singleElement()
                    .satisfies(reason -> assertThat(reason.text()).startsWith(at(yaml.contains("[b]") ? 2 : 1)));
        }
    }

    @Test
    void whatIsNotYamlIsRefusedWithItsLine() throws IOException {
        assertThat(mistakes("store: /srv\n\tstate: /x\n"))
                .singleElement()
                .satisfies(reason -> assertThat(reason.text()).startsWith(at(2)));
        assertThat(mistakes("store: \"/srv\n")).extracting(Reason::code).containsExactly("bad-yaml");
        assertThat(mistakes("a: " + "[".repeat(100) + "]".repeat(100)))
                .extracting(Reason::code)
                .contains("bad-yaml");
        assertThat(mistakes("store: /\u0001\n")).extracting(Reason::code).containsExactly("bad-yaml");
        Files.write(machineFile, "store: /\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(catchThrowableOfType(BadInput.class, () -> read(Map.of())).reasons())
                .singleElement()
                .satisfies(reason -> assertThat(reason.text()).matches(".*:\\d+: it is not UTF-8"));
        assertThat(mistakes("# " + "x".repeat(1 << 20)))
                .extracting(Reason::code)
                .containsExactly("bad-config-file");
    }

    @Test
    void aFileThatEverybodyCanWriteIsRefused() throws IOException {
        Files.writeString(machineFile, WHOLE);
        Files.setPosixFilePermissions(machineFile, PosixFilePermissions.fromString("rw-r--rw-"));

        assertThat(catchThrowableOfType(BadInput.class, () -> read(Map.of())).reasons())
                .singleElement()
                .satisfies(reason -> assertThat(reason.hint()).contains("chmod o-w " + machineFile));
    }

    @Test
    void mistakesInBothFilesAreReportedTogether() throws IOException {
        Files.writeString(machineFile, "store: x\n");
        Files.writeString(userFile, "state: y\n");
        BadInput bad = catchThrowableOfType(BadInput.class, () -> read(Map.of()));

        assertThat(bad).hasMessage("the configuration has 2 mistakes");
        assertThat(bad.reasons()).hasSize(2);
    }

    @Test
    void namesOfSixtyThreeCharactersAreAllowedAndNoMore() throws IOException {
        Files.writeString(machineFile, "hosts:\n  " + "a".repeat(63) + ": {uri: 'test:///default'}\n");
        assertThat(read(Map.of()).hosts()).hasSize(1);
        assertThat(mistakes("hosts:\n  " + "a".repeat(64) + ": {uri: 'test:///default'}\n"))
                .extracting(Reason::code)
                .containsExactly("bad-host-name");
        assertThat(mistakes("hosts:\n  '': {uri: 'test:///default'}\n"))
                .extracting(Reason::code)
                .containsExactly("bad-host-name");
    }

    @Test
    void aStoreCanBeInABucket() throws IOException {
        Files.writeString(machineFile, """
                store: s3://check-points.x/pool1/deep/
                store_s3:
                  endpoint: https://s3.example:9000
                  region: eu-central-1
                  credentials_file: /etc/vfrt/s3
                  cache: 2GiB
                """);
        Configuration configuration = read(Map.of());
        assertThat(configuration.store()).isEqualTo(new StoreLocation.Bucket("check-points.x", "pool1/deep"));
        assertThat(configuration.store()).hasToString("s3://check-points.x/pool1/deep");
        assertThat(configuration.storeS3())
                .isEqualTo(new S3Settings(
                        Optional.of(URI.create("https://s3.example:9000")),
                        "eu-central-1",
                        true,
                        Optional.of(Path.of("/etc/vfrt/s3")),
                        2L << 30));
        assertThat(configuration.origins()).containsEntry("store_s3", machineFile + ":3");
        assertThat(read(Map.of("VFRT_STORE", "s3://abc")).store()).isEqualTo(new StoreLocation.Bucket("abc", ""));
        assertThat(S3Settings.DEFAULT.pathStyle()).isFalse();
    }

    @Test
    void whatIsWrongWithABucketIsSaidWithoutASecret() throws IOException {
        List<Reason> mistakes = mistakes("""
                store: s3://NoBucket
                store_s3:
                  endpoint: https://me:sesame@s3.example/path
                  region: eu central
                  path_style: maybe
                  cache: lots
                  secret: sesame
                """);
        assertThat(mistakes)
                .extracting(Reason::code)
                .containsExactlyInAnyOrder(
                        "bad-bucket", "unknown-key", "bad-endpoint", "bad-region", "wrong-type", "bad-size");
        assertThat(mistakes).allSatisfy(mistake -> assertThat(mistake.text()).doesNotContain("sesame"));
        assertThatThrownBy(() -> StoreLocation.parse("s3://"))
                .isInstanceOf(BadInput.class)
                .hasMessage("'s3://' does not name a bucket");
        assertThatThrownBy(() -> StoreLocation.parse("s3://bucket/../x")).isInstanceOf(BadInput.class);
        assertThat(StoreLocation.parse("s3:/x")).isInstanceOf(StoreLocation.Directory.class);
    }

    @Test
    void onlyThisMachineIsReachedInClear() {
        for (String safe : List.of("https://s3.example", "http://localhost:9", "http://127.0.0.1", "http://[::1]:9")) {
            assertThat(reached(safe).crossesNetworkInClear()).as(safe).isFalse();
        }
        for (String open : List.of("http://s3.example", "http://10.0.0.1", "http://127.0.0.1.example")) {
            assertThat(reached(open).crossesNetworkInClear()).as(open).isTrue();
        }
        assertThat(S3Settings.DEFAULT.crossesNetworkInClear()).isFalse();
    }

    private static S3Settings reached(String endpoint) {
        return new S3Settings(Optional.of(URI.create(endpoint)), S3Settings.REGION, true, Optional.empty(), 0);
    }
}
