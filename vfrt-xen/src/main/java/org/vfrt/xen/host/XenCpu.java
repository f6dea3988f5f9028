package org.vfrt.xen.host;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The features of a host's processors as Xen sees them: the line {@code hw_caps} of {@code xl info}, words of bits in the order of Xen's
 * featureset (xen/include/public/arch-x86/cpufeatureset.h). libvirt names a model that stands for many, and no way to compare models.
 */
final class XenCpu {

    private static final Pattern LINE =
            Pattern.compile("^hw_caps\\s*:\\s*([0-9a-f]{8}(?::[0-9a-f]{8})*)\\s*$", Pattern.MULTILINE);
    private static final int HEXADECIMAL = 16;

    private XenCpu() {}

    /** Returns the features, each as {@code hw_caps WORD:BIT}. */
    static Optional<Set<String>> in(String info) {
        Matcher line = LINE.matcher(info);
        if (!line.find()) {
            return Optional.empty();
        }
        Set<String> features = new TreeSet<>();
        String[] words = line.group(1).split(":", -1);
        for (int word = 0; word < words.length; word++) {
            int bits = Integer.parseUnsignedInt(words[word], HEXADECIMAL);
            for (int bit = 0; bit < Integer.SIZE; bit++) {
                if ((bits >>> bit & 1) == 1) {
                    features.add("hw_caps " + word + ":" + bit);
                }
            }
        }
        return Optional.of(features);
    }
}
