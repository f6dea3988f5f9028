package org.vfrt.cli;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.vfrt.core.checkpoint.RestoreForm;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a form by the name that {@link RestoreForm#text} gives it. */
final class RestoreFormConverter implements ITypeConverter<RestoreForm> {

    @Override
    public RestoreForm convert(String text) {
        return Arrays.stream(RestoreForm.values())
                .filter(form -> form.text().equals(text))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("'" + text + "' is none of "
                        + Arrays.stream(RestoreForm.values())
                                .map(RestoreForm::text)
                                .collect(Collectors.joining(", "))));
    }
}
