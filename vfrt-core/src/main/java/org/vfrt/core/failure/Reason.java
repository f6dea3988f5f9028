package org.vfrt.core.failure;

import java.io.Serializable;

/**
 * One reason among several.
 *
 * @param code stable lower-case word with dashes
 * @param text what is wrong, one lower-case sentence without a full stop
 * @param hint what to do about it; empty when there is nothing to say
 */
public record Reason(String code, String text, String hint) implements Serializable {}
