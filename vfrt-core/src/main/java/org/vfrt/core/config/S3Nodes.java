package org.vfrt.core.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;

/** Reads what a configuration file has under {@code store_s3}. */
final class S3Nodes {

    private static final List<String> KEYS = List.of("endpoint", "region", "path_style", "credentials_file", "cache");
    private static final Pattern REGION = Pattern.compile("[a-z0-9-]{1,63}");

    private final ConfigurationFile file;

    /** @param file what the nodes are from, which gathers the mistakes */
    S3Nodes(ConfigurationFile file) {
        this.file = file;
    }

    /** Returns the settings, as far as they are right. */
    S3Settings read(Node node) {
        if (ConfigurationFile.empty(node)) {
            return S3Settings.DEFAULT;
        }
        Map<String, NodeTuple> keys = file.keys(node, KEYS, " in 'store_s3'");
        Optional<URI> endpoint = ConfigurationFile.value(keys, "endpoint").flatMap(file::endpoint);
        Optional<String> region = ConfigurationFile.value(keys, "region").flatMap(this::region);
        Optional<Boolean> pathStyle =
                ConfigurationFile.value(keys, "path_style").flatMap(value -> file.truth(value, "'path_style'"));
        Optional<Path> credentials = ConfigurationFile.value(keys, "credentials_file")
                .flatMap(value -> file.path(value, "credentials_file"))
                .map(Settings.Sourced::value);
        // Few servers but the one S3 is named after have a name for each bucket.
        return new S3Settings(
                endpoint,
                region.orElse(S3Settings.REGION),
                pathStyle.orElse(endpoint.isPresent()),
                credentials,
                ConfigurationFile.value(keys, "cache")
                        .flatMap(value -> file.size(value, "'cache'"))
                        .orElse(S3Settings.CACHE_BYTES));
    }

    private Optional<String> region(Node node) {
        Optional<String> text = file.text(node, "'region'");
        text.filter(region -> !REGION.matcher(region).matches())
                .ifPresent(region -> file.mistake(
                        node.getStartMark(),
                        "bad-region",
                        "'region': '" + region + "' is not a region",
                        "Write for example eu-central-1, or leave it out."));
        return text;
    }
}
