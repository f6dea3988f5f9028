package org.vfrt.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vfrt.cli.output.ExitCode;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * How help looks. Only loaded when help is asked for. A class and no lambda: the class archive leaves out picocli's types that a
 * lambda implements, and everything below them.
 */
final class HelpLayout implements IHelpSectionRenderer {

    private HelpLayout() {}

    /** Gives the options that every command has a heading of their own, and the root its exit codes. */
    static void install(CommandLine root) {
        Map<String, String> codes = new LinkedHashMap<>();
        for (ExitCode code : ExitCode.values()) {
            codes.put(String.valueOf(code.number()), code.meaning());
        }
        root.getCommandSpec()
                .usageMessage()
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(codes);
        prepare(root);
    }

    private static void prepare(CommandLine line) {
        UsageMessageSpec usage = line.getCommandSpec().usageMessage();
        usage.abbreviateSynopsis(true).synopsisHeading("Usage: ").sortOptions(false);
        usage.parameterListHeading("%n").commandListHeading("%nCommands:%n").optionListHeading("");
        line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, new HelpLayout());
        line.getSubcommands().values().forEach(HelpLayout::prepare);
    }

    @Override
    public String render(Help help) {
        List<OptionSpec> all = help.commandSpec().options();
        boolean root = help.commandSpec().parent() == null;
        List<OptionSpec> own =
                all.stream().filter(option -> !root && !option.inherited()).toList();
        List<OptionSpec> common =
                all.stream().filter(option -> root || option.inherited()).toList();
        String newline = System.lineSeparator();
        return (own.isEmpty() ? "" : newline + "Options:" + newline + help.optionListExcludingGroups(own))
                + newline
                + (root ? "Options, for every command:" : "Options of every command:")
                + newline
                + help.optionListExcludingGroups(common);
    }
}
