package org.vfrt.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.elements.ClassesShouldConjunction;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What may depend on what in the core, and what the core may not do at all. */
@AnalyzeClasses(packages = "org.vfrt.core", importOptions = ImportOption.DoNotIncludeTests.class)
final class ModuleArrowsTest {

    @ArchTest
    static final ArchRule coreKnowsJavaAndItsReadersOnly = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "org.vfrt.core..",
                    "java..",
                    "javax.xml..",
                    "org.w3c.dom..",
                    "org.xml.sax..",
                    "com.fasterxml.jackson..",
                    "org.yaml.snakeyaml..",
                    "com.github.luben.zstd..",
                    "com.amazon.corretto..",
                    "javax.crypto..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule noTwoPackagesNeedEachOther =
            slices().matching("org.vfrt.core.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule failuresNeedNothing = only("failure");

    @ArchTest
    static final ArchRule durableFilesNeedNothing = only("durable");

    @ArchTest
    static final ArchRule poolNeedsFailuresOnly = only("pool", "failure");

    @ArchTest
    static final ArchRule journalKnowsNoCheckpoints = only("journal", "failure", "pool", "durable", "process", "text");

    @ArchTest
    static final ArchRule textNeedsNothing = only("text");

    @ArchTest
    static final ArchRule claimsKnowNoStandby = only("claim", "failure", "durable", "process", "text");

    @ArchTest
    static final ArchRule evidenceKnowsClaimsOnly = only("evidence", "failure", "claim", "key", "process", "text");

    @ArchTest
    static final ArchRule standbysKnowNeitherStoresNorHowTheyAreConfigured =
            only("standby", "failure", "pool", "claim", "evidence", "checkpoint", "process", "text", "sign");

    @ArchTest
    static final ArchRule warmCopiesAreMadeOfWhatCheckpointsAndMigrationsOffer = only(
            "warm", "failure", "pool", "claim", "journal", "checkpoint", "placement", "migrate", "evidence", "standby");

    @ArchTest
    static final ArchRule rehearsalsKnowWhatTheyRehearse = only(
            "simulate",
            "failure",
            "pool",
            "claim",
            "evidence",
            "standby",
            "checkpoint",
            "process",
            "text",
            "config",
            "sign",
            "durable",
            "placement");

    @ArchTest
    static final ArchRule retentionKnowsCheckpointsAndNotHowTheyAreTaken =
            only("retention", "failure", "journal", "checkpoint");

    @ArchTest
    static final ArchRule policiesDoNotKnowHowTheyAreWritten =
            only("policy", "failure", "pool", "journal", "checkpoint", "retention", "drill", "sign");

    @ArchTest
    static final ArchRule configurationKnowsWhatItConfiguresOnly = only(
            "config",
            "failure",
            "pool",
            "checkpoint",
            "retention",
            "policy",
            "key",
            "placement",
            "drill",
            "sign",
            "evidence");

    @ArchTest
    static final ArchRule storesKnowCheckpointsAndNotWhoTakesThem =
            only("store", "failure", "pool", "disk", "checkpoint", "durable", "image", "pack", "key", "process");

    @ArchTest
    static final ArchRule disksKnowNoCheckpoints = only("disk", "failure", "pool");

    @ArchTest
    static final ArchRule keysKnowNoStores = only("key", "failure", "durable");

    @ArchTest
    static final ArchRule packsKnowImagesAndKeysOnly = only("pack", "durable", "image", "key");

    @ArchTest
    static final ArchRule theHotTierIsMadeOfEpochs =
            only("hot", "failure", "pool", "claim", "journal", "durable", "process", "checkpoint", "epoch", "standby");

    @ArchTest
    static final ArchRule epochsKnowImagesOnly = only("epoch", "failure", "durable", "image", "process", "text");

    @ArchTest
    static final ArchRule checkpointsDoNotKnowHowTheyAreKept = noClasses()
            .that()
            .resideInAPackage("org.vfrt.core.checkpoint..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.vfrt.core.store..", "org.vfrt.core.config..");

    @ArchTest
    static final ArchRule coreStartsNoProcessAndDoesNotEndItsOwn = noClasses()
            .should()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .dependOnClassesThat()
            .belongToAnyOf(ProcessBuilder.class, Runtime.class);

    @ArchTest
    static final ArchRule coreSpeaksThroughItsResultsOnly =
            noClasses().should().accessField(System.class, "out").orShould().accessField(System.class, "err");

    @ArchTest
    static final ArchRule coreIsToldTheTime = noClasses()
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(Clock.class, "systemUTC")
            .orShould()
            .callMethod(Clock.class, "systemDefaultZone");

    @ArchTest
    static final ArchRule coreIsToldItsEnvironment = noClasses()
            .should()
            .callMethod(System.class, "getenv")
            .orShould()
            .callMethod(System.class, "getenv", String.class)
            .orShould()
            .callMethod(System.class, "getProperty", String.class);

    /** Waiting for another process's lock is the one thing that only sleeping can do. */
    @ArchTest
    static final ArchRule onlyTheLocksSleep = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("org.vfrt.core.journal.GuestLocks")
            .should()
            .callMethod(Thread.class, "sleep", long.class);

    @ArchTest
    static final ArchRule staticFieldsAreFinal =
            fields().that().areStatic().should().beFinal();

    private static ClassesShouldConjunction only(String name, String... needs) {
        List<String> packages = new ArrayList<>(List.of(
                "java..",
                "javax.xml..",
                "org.w3c.dom..",
                "org.xml.sax..",
                "com.fasterxml.jackson..",
                "org.yaml.snakeyaml..",
                "com.github.luben.zstd..",
                "com.amazon.corretto..",
                "javax.crypto..",
                "org.jspecify..",
                "org.vfrt.core." + name + ".."));
        for (String need : needs) {
            packages.add("org.vfrt.core." + need + "..");
        }
        return classes()
                .that()
                .resideInAPackage("org.vfrt.core." + name + "..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(packages.toArray(String[]::new));
    }
}
