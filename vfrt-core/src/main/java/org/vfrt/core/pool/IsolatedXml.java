package org.vfrt.core.pool;

import java.util.List;
import java.util.Set;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** Domain XML of a copy that must not meet anybody (https://libvirt.org/formatdomain.html). */
final class IsolatedXml {

    /** Of an interface, what stays when it gets another bridge: everything else is about the network it was on. */
    private static final List<String> KEPT_OF_INTERFACE = List.of("mac", "model", "mtu", "alias", "address");

    /** Of a console, what says where it leads to. */
    private static final List<String> ENDS_OF_CONSOLE = List.of("source", "protocol", "log");

    private static final Set<String> KEPT_DEVICES = Set.of(
            "emulator",
            "disk",
            "interface",
            "console",
            "serial",
            "parallel",
            "controller",
            "input",
            "video",
            "memballoon");

    private IsolatedXml() {}

    static Definition of(Definition definition, String original, List<String> bridges) {
        Document document = DefinitionXml.parse(definition.xml());
        Element domain = document.getDocumentElement();
        network(domain, bridges);
        consoles(domain);
        others(domain);
        labels(domain, original);
        text(domain, "on_poweroff", "destroy");
        text(domain, "on_reboot", "destroy");
        // It stays as it crashed, so that whoever waits for it can tell.
        text(domain, "on_crash", "preserve");
        return Definition.parse(DefinitionXml.format(document));
    }

    private static void network(Element domain, List<String> bridges) {
        List<Element> interfaces = DefinitionXml.devices(domain, "interface");
        for (int i = 0; i < interfaces.size(); i++) {
            Element network = interfaces.get(i);
            if (i >= bridges.size()) {
                network.getParentNode().removeChild(network);
                continue;
            }
            for (Element part : elements(network)) {
                if (!KEPT_OF_INTERFACE.contains(part.getTagName())) {
                    network.removeChild(part);
                }
            }
            network.setAttribute("type", "bridge");
            Element source = domain.getOwnerDocument().createElement("source");
            source.setAttribute("bridge", bridges.get(i));
            network.appendChild(source);
        }
    }

    /** Of devices nobody thought of, one may lead to the original or out of the host; the guest has to do without. So has its QEMU without words of its own. */
    private static void others(Element domain) {
        DefinitionXml.child(domain, "devices")
                .ifPresent(devices -> elements(devices).stream()
                        .filter(device -> !KEPT_DEVICES.contains(device.getTagName()))
                        .forEach(devices::removeChild));
        for (Element element : elements(domain)) {
            if (element.getTagName().endsWith(":commandline")) {
                domain.removeChild(element);
            }
        }
    }

    /** Ports and files of the original would be taken, or worse, shared. */
    private static void consoles(Element domain) {
        DefinitionXml.devices(domain, "graphics")
                .forEach(graphics -> graphics.getParentNode().removeChild(graphics));
        for (String kind : List.of("console", "serial", "parallel")) {
            for (Element console : DefinitionXml.devices(domain, kind)) {
                console.setAttribute("type", "pty");
                console.removeAttribute("tty");
                ENDS_OF_CONSOLE.forEach(
                        end -> DefinitionXml.children(console, end).forEach(console::removeChild));
            }
        }
    }

    private static void labels(Element domain, String original) {
        Document document = domain.getOwnerDocument();
        Element metadata = DefinitionXml.child(domain, "metadata").orElseGet(() -> {
            Element made = document.createElement("metadata");
            domain.appendChild(made);
            return made;
        });
        for (Element element : elements(metadata)) {
            if (DefinitionXml.isLabels(element)) {
                metadata.removeChild(element);
            }
        }
        Element labels = document.createElement("vfrt:labels");
        labels.setAttribute("xmlns:vfrt", Definition.LABELS_NAMESPACE);
        labels.setAttribute(Definition.DRILL_LABEL, original);
        metadata.appendChild(labels);
    }

    private static void text(Element domain, String name, String value) {
        Element element = DefinitionXml.child(domain, name).orElseGet(() -> {
            Element made = domain.getOwnerDocument().createElement(name);
            domain.appendChild(made);
            return made;
        });
        element.setTextContent(value);
    }

    private static List<Element> elements(Element parent) {
        return java.util.stream.IntStream.range(0, parent.getChildNodes().getLength())
                .mapToObj(parent.getChildNodes()::item)
                .filter(Element.class::isInstance)
                .map(Element.class::cast)
                .toList();
    }
}
