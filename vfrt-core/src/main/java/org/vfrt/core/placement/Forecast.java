package org.vfrt.core.placement;

/**
 * How a move will probably go.
 *
 * @param from what that was learned from
 */
public record Forecast(Precopy precopy, LearnedFrom from) {}
