package org.vfrt.xen.s3;

/**
 * A process that holds something in a bucket.
 *
 * @param machine what tells one start of one machine, and one set of process numbers on it, from all others; empty when unknown
 * @param started what tells it from a later process of the same number
 * @param shown for people: on which host, and its number
 */
record Owner(String machine, long pid, String started, String shown) {}
