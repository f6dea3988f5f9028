package org.vfrt.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;

/** One line of the log: with its time on a terminal, with a priority for the systemd journal, which has times of its own. */
final class LogLine extends LayoutBase<ILoggingEvent> {

    private final boolean systemdJournal;

    LogLine(boolean systemdJournal) {
        this.systemdJournal = systemdJournal;
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        String logger = event.getLoggerName();
        String start = systemdJournal
                ? "<" + priority(event.getLevel()) + ">"
                : Instant.ofEpochMilli(event.getTimeStamp()) + " " + event.getLevel() + " ";
        IThrowableProxy thrown = event.getThrowableProxy();
        return start + logger.substring(logger.lastIndexOf('.') + 1) + ": " + event.getFormattedMessage()
                + System.lineSeparator() + (thrown == null ? "" : ThrowableProxyUtil.asString(thrown));
    }

    /** Syslog's numbers, as sd-daemon(3) reads them. */
    private static int priority(Level level) {
        if (level.isGreaterOrEqual(Level.ERROR)) {
            return 3;
        }
        if (level.isGreaterOrEqual(Level.WARN)) {
            return 4;
        }
        return level.isGreaterOrEqual(Level.INFO) ? 6 : 7;
    }
}
