package org.vfrt.core.store;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;

/** One field a line, with the same line ends everywhere: the seal of a manifest is over its bytes. */
final class LinePrinter extends DefaultPrettyPrinter {

    private static final long serialVersionUID = 1L;

    LinePrinter() {
        indentObjectsWith(new DefaultIndenter("  ", "\n"));
    }

    @Override
    public DefaultPrettyPrinter createInstance() {
        return new LinePrinter();
    }
}
