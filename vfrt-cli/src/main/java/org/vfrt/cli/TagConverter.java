package org.vfrt.cli;

import org.vfrt.core.checkpoint.Tag;
import org.vfrt.core.failure.BadInput;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads tags; what picocli makes of any other exception is not fit for people. */
final class TagConverter implements ITypeConverter<Tag> {

    @Override
    public Tag convert(String text) {
        try {
            return new Tag(text);
        } catch (BadInput e) {
            throw new TypeConversionException(e.getMessage()
                    + ", which is 1 to 63 of the characters a-z 0-9 . _ - and begins with one of a-z 0-9");
        }
    }
}
