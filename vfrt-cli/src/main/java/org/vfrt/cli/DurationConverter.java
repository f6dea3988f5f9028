package org.vfrt.cli;

import java.time.Duration;
import org.vfrt.core.config.Durations;
import org.vfrt.core.failure.BadInput;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations as the configuration does; what picocli makes of any other exception is not fit for people. */
final class DurationConverter implements ITypeConverter<Duration> {

    @Override
    public Duration convert(String text) {
        try {
            return Durations.parse(text);
        } catch (BadInput e) {
            throw new TypeConversionException(e.getMessage() + ", such as '500ms', '2s', '5m' or '1h'");
        }
    }
}
