package org.vfrt.core.claim;

import java.io.IOException;
import java.nio.file.Path;

/** A process that takes the lead, says so, and then does nothing until it is killed. */
final class HoldLead {

    private HoldLead() {}

    public static void main(String[] arguments) throws IOException {
        Register.Term term = new DirectoryRegister(Path.of(arguments[0]))
                .attemptLead("the other one")
                .term()
                .orElseThrow();
        System.out.println("led");
        System.out.flush();
        // Ends by itself when the test that started it is gone.
        int end = System.in.read();
        term.close();
        System.out.println("closed " + end);
    }
}
