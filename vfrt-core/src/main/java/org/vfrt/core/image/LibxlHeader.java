package org.vfrt.core.image;

/**
 * How a libxl stream begins.
 *
 * @param legacy whether it was converted from the stream format before Xen 4.6
 */
public record LibxlHeader(boolean legacy) {}
