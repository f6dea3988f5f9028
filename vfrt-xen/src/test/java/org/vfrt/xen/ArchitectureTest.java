package org.vfrt.xen;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows of the design that start in this module. */
@AnalyzeClasses(packages = "org.vfrt", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

    @ArchTest
    static final ArchRule XEN_KNOWS_NO_COMMAND_LINE = noClasses()
            .that()
            .resideInAPackage("org.vfrt.xen..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.vfrt.cli..", "picocli..");

    @ArchTest
    static final ArchRule CORE_KNOWS_NOTHING_OUTSIDE = noClasses()
            .that()
            .resideInAPackage("org.vfrt.core..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.vfrt.xen..", "org.vfrt.cli..", "org.libvirt..", "com.sun.jna..", "software.amazon..");

    /** Whatever else changes in the SDK, it is one package's business; and a store in a bucket needs no host. */
    @ArchTest
    static final ArchRule BUCKETS_ARE_ONE_PACKAGES_BUSINESS = noClasses()
            .that()
            .resideOutsideOfPackage("org.vfrt.xen.s3..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("software.amazon..");

    @ArchTest
    static final ArchRule BUCKETS_NEED_NO_HOST = noClasses()
            .that()
            .resideInAPackage("org.vfrt.xen.s3..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.libvirt..",
                    "com.sun.jna..",
                    "org.vfrt.xen.libvirt..",
                    "org.vfrt.xen.host..",
                    "org.vfrt.xen.endpoint..",
                    "org.vfrt.xen.capture..",
                    "org.vfrt.xen.restore..");

    @ArchTest
    static final ArchRule ONLY_SDK_OBJECTS_ASKS_THE_SERVER = noClasses()
            .that()
            .resideInAPackage("org.vfrt.xen.s3..")
            .and()
            .haveNameNotMatching(".*\\.SdkObjects(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("software.amazon..");

    @ArchTest
    static final ArchRule THE_ENDPOINT_SPEAKS_FOR_ITSELF = noClasses()
            .that()
            .resideInAPackage("org.vfrt.xen.endpoint..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.libvirt..", "com.sun.jna..", "org.vfrt.xen.host..", "org.vfrt.xen.libvirt..");

    /** What runs in the receiver process has vfrt's own classes and the JDK on its class path, and nothing else. */
    @ArchTest
    static final ArchRule THE_RECEIVER_NEEDS_ONLY_THE_JDK = classes()
            .that()
            .haveNameMatching("org\\.vfrt\\.xen\\.endpoint\\.(Receiver|ArrivalBuffer|Frame)(\\$.*)?")
            .should()
            .onlyDependOnClassesThat()
            .haveNameMatching("java\\..*|\\[.*|org\\.vfrt\\.xen\\.endpoint\\.(Receiver|ArrivalBuffer|Frame)(\\$.*)?");
}
