package org.vfrt.core.checkpoint;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A capture that worked: a complete image was received, and the guest was seen running afterwards.
 *
 * @param definition the guest's XML as it belongs to the image
 * @param instant when the guest stood still: the moment the image shows
 * @param imageBytes length of the image
 * @param pause how long the guest did not run, measured; an upper bound
 * @param rearmPause what closing libvirt's blind spot (bug E) cost the guest on top, zero when nothing was needed
 * @param notes what an operator should know, one sentence each
 */
public record Captured(
        String definition, Instant instant, long imageBytes, Duration pause, Duration rearmPause, List<String> notes) {}
