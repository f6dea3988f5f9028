package org.vfrt.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The tree of commands. Where the first two words name a command, only that branch is built: reading the annotations of all the
 * others would double the time a quick command takes. What a user sees is the same.
 */
final class Commands {

    /** The groups and their verbs, in the order in which the help lists them. */
    private static final List<Group> GROUPS = List.of(
            new Group("host", "The machines of the pool.", List.of("list", "show", "check", "failure", "setup")),
            new Group("guest", "What runs on them.", List.of("list", "show")),
            new Group(
                    "checkpoint",
                    "Guests as they were at one moment.",
                    List.of(
                            "create", "list", "show", "verify", "restore", "recover", "drill", "confirm", "delete",
                            "prune", "run", "export", "import")),
            new Group("migrate", "Guests from host to host, live.", List.of("guest", "host", "pool", "repair")),
            new Group(
                    "standby",
                    "Guests that run again elsewhere when their host dies.",
                    List.of(
                            "protect",
                            "unprotect",
                            "status",
                            "run",
                            "failover",
                            "failback",
                            "rejoin",
                            "confirm-dead",
                            "disarm",
                            "arm",
                            "fence",
                            "epochs")),
            new Group("store", "Where checkpoints are kept.", List.of("init", "stat", "check", "gc", "copy", "key")),
            new Group("config", "What vfrt was told.", List.of("show")));

    private Commands() {}

    private record Group(String name, String description, List<String> verbs) {}

    /** Builds as much of the tree as these arguments need. */
    static CommandLine tree(Session session, String... args) {
        CommandLine root = new CommandLine(session);
        for (Group group : GROUPS) {
            if (args.length >= 2
                    && group.name().equals(args[0])
                    && group.verbs().contains(args[1])) {
                add(root, group, List.of(args[1]), session);
                return root;
            }
        }
        return complete(root, session);
    }

    /** Builds the whole tree. */
    static CommandLine complete(Session session) {
        return complete(new CommandLine(session), session);
    }

    private static CommandLine complete(CommandLine root, Session session) {
        root.getCommandSpec().version(VersionShow.line());
        GROUPS.forEach(group -> add(root, group, group.verbs(), session));
        root.addSubcommand("simulate", new SimulateCommand(session));
        root.addSubcommand("version", new VersionShow(session));
        root.addSubcommand("help", new HelpShow());
        return root;
    }

    private static void add(CommandLine root, Group group, List<String> verbs, Session session) {
        CommandSpec spec = CommandSpec.create();
        spec.usageMessage().description(group.description());
        CommandLine line = new CommandLine(spec);
        root.addSubcommand(group.name(), line);
        verbs.forEach(verb -> line.addSubcommand(verb, command(group.name() + " " + verb, session)));
    }

    private static Object command(String words, Session session) {
        return switch (words) {
            case "host list" -> new HostList(session);
            case "host show" -> new HostShow(session);
            case "host check" -> new HostCheck(session);
            case "host failure" -> new HostFailure(session);
            case "host setup" -> new HostSetUp(session);
            case "guest list" -> new GuestList(session);
            case "guest show" -> new GuestShow(session);
            case "checkpoint create" -> new CheckpointCreate(session);
            case "checkpoint list" -> new CheckpointList(session);
            case "checkpoint show" -> new CheckpointShow(session);
            case "checkpoint verify" -> new CheckpointVerify(session);
            case "checkpoint restore" -> new CheckpointRestore(session);
            case "checkpoint recover" -> new CheckpointRecover(session);
            case "checkpoint drill" -> new CheckpointDrill(session);
            case "checkpoint confirm" -> new CheckpointConfirm(session);
            case "checkpoint delete" -> new CheckpointDelete(session);
            case "checkpoint prune" -> new CheckpointPrune(session);
            case "checkpoint run" -> new CheckpointRun(session);
            case "checkpoint export" -> new CheckpointExport(session);
            case "checkpoint import" -> new CheckpointImport(session);
            case "migrate guest" -> new MigrateGuestCommand(session);
            case "migrate repair" -> new MigrateRepair(session);
            case "migrate host" -> new MigrateHost(session);
            case "migrate pool" -> new MigratePool(session);
            case "standby protect" -> new StandbyProtect(session);
            case "standby unprotect" -> new StandbyUnprotect(session);
            case "standby status" -> new StandbyShow(session);
            case "standby run" -> new StandbyRun(session);
            case "standby failover" -> new StandbyFailover(session);
            case "standby failback" -> new StandbyFailback(session);
            case "standby rejoin" -> new StandbyRejoin(session);
            case "standby confirm-dead" -> new StandbyConfirmDead(session);
            case "standby disarm" -> new StandbyArming.Disarm(session);
            case "standby arm" -> new StandbyArming.Arm(session);
            case "standby fence" -> standbyFence(session);
            case "standby epochs" -> new StandbyEpochs(session);
            case "store init" -> new StoreInit(session);
            case "store stat" -> new StoreStat(session);
            case "store check" -> new StoreCheck(session);
            case "store gc" -> new StoreGc(session);
            case "store copy" -> new StoreCopy(session);
            case "store key" -> storeKey(session);
            case "config show" -> new ConfigShow(session);
            default -> throw new IllegalStateException("no command '" + words + "'");
        };
    }

    private static CommandLine standbyFence(Session session) {
        CommandSpec spec = CommandSpec.create();
        spec.usageMessage().description("What takes the power of hosts away.");
        return new CommandLine(spec).addSubcommand("check", new StandbyFenceCheck(session));
    }

    private static CommandLine storeKey(Session session) {
        CommandSpec spec = CommandSpec.create();
        spec.usageMessage().description("What opens an encrypted store.");
        return new CommandLine(spec).addSubcommand("change", new StoreKeyChange(session));
    }
}
