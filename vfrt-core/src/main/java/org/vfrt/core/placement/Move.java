package org.vfrt.core.placement;

/** One guest goes from one host to another. */
public record Move(String guest, String from, String to) {}
