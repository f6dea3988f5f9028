package org.vfrt.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "org.vfrt", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

    @ArchTest
    static final ArchRule nobodyDependsOnTheCommandLine = noClasses()
            .that()
            .resideOutsideOfPackage("org.vfrt.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.vfrt.cli..");

    @ArchTest
    static final ArchRule outputKnowsNoCommands = noClasses()
            .that()
            .resideInAPackage("org.vfrt.cli.output")
            .should()
            .dependOnClassesThat(resideInAPackage("org.vfrt.cli").or(resideInAPackage("picocli..")));

    @ArchTest
    static final ArchRule onlyTheWiringKnowsHowTheWorldIsTouched = noClasses()
            .that()
            .resideInAPackage("org.vfrt.cli..")
            .and()
            .doNotHaveSimpleName("Wiring")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.vfrt.xen..", "org.libvirt..", "com.sun.jna..");

    @ArchTest
    static final ArchRule onlyMainEndsTheProcess = noClasses()
            .that()
            .doNotHaveFullyQualifiedName(Main.class.getName())
            .should()
            .callMethod(System.class, "exit", int.class);

    @ArchTest
    static final ArchRule nobodyPrintsPastTheSession = noClasses()
            .that()
            .resideInAPackage("org.vfrt.cli..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    @ArchTest
    static final ArchRule quickCommandsTouchNeitherDatabindNorTheLog = noClasses()
            .that()
            .resideInAPackage("org.vfrt.cli..")
            .and()
            .doNotHaveSimpleName("StderrLog")
            .and()
            .doNotHaveSimpleName("LogLine")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.fasterxml.jackson.databind..", "org.slf4j..", "ch.qos.logback..");
}
