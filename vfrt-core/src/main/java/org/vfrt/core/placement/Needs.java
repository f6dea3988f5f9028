package org.vfrt.core.placement;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vfrt.core.pool.Definition;
import org.vfrt.core.pool.HostEquipment;
import org.vfrt.core.pool.Hypervisor;

/**
 * Turns what hosts have and guests need into facilities. Where a host could not be asked it is taken to have all that is asked of it;
 * whoever moves a guest there looks again.
 */
final class Needs {

    private final Map<Hypervisor, HostEquipment> equipment;
    private final Set<String> networks = new HashSet<>();
    private final Set<String> diskPaths = new HashSet<>();
    private final Set<String> cpuFeatures = new HashSet<>();
    private final Map<String, Set<String>> featuresByHost = new HashMap<>();

    /** @param asked by the guests of every host: their networks and paths of disks */
    Needs(Iterable<Definition> asked, Map<Hypervisor, HostEquipment> equipment) {
        this.equipment = equipment;
        for (Definition definition : asked) {
            networks.addAll(definition.networks());
            diskPaths.addAll(definition.diskPaths());
        }
        equipment.forEach((host, has) -> has.cpuFeatures().ifPresent(features -> {
            cpuFeatures.addAll(features);
            featuresByHost.put(host.host().name(), features);
        }));
    }

    Set<Facility> offered(Hypervisor host) {
        Set<Facility> offered = new HashSet<>();
        HostEquipment has = equipment.getOrDefault(host, HostEquipment.UNKNOWN);
        add(offered, Facility.Kind.NETWORK, has.networks(), networks);
        add(offered, Facility.Kind.STORAGE, has.diskPaths(), diskPaths);
        add(offered, Facility.Kind.CPU_FEATURE, has.cpuFeatures(), cpuFeatures);
        return offered;
    }

    private static void add(Set<Facility> offered, Facility.Kind kind, Optional<Set<String>> has, Set<String> all) {
        has.orElse(all).forEach(name -> offered.add(new Facility(kind, name)));
    }

    /** A guest may use every feature of the processor that it was started on. */
    Set<Facility> of(String host, Definition definition) {
        Set<Facility> needs = new HashSet<>();
        definition.networks().forEach(name -> needs.add(new Facility(Facility.Kind.NETWORK, name)));
        definition.diskPaths().forEach(path -> needs.add(new Facility(Facility.Kind.STORAGE, path)));
        featuresByHost
                .getOrDefault(host, Set.of())
                .forEach(feature -> needs.add(new Facility(Facility.Kind.CPU_FEATURE, feature)));
        return needs;
    }
}
