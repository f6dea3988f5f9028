package org.vfrt.core.pool;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.jspecify.annotations.Nullable;
import org.vfrt.core.failure.Damaged;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/** Reads and rewrites domain XML (https://libvirt.org/formatdomain.html). */
final class DefinitionXml {

    private static final SecureRandom RANDOM = new SecureRandom();

    private static final Pattern UUID_FORM = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    /** Above what Xen can give one guest, below what overflows. */
    private static final long MEMORY_BYTES_MAX = 1L << 50;

    private static final int VCPUS_MAX = 4096;

    /** Domain XML is about six deep; deeper nesting costs stack. */
    private static final String DEPTH_MAX = "100";

    private DefinitionXml() {}

    static Definition read(String xml) {
        Element domain = parse(xml).getDocumentElement();
        if (!domain.getTagName().equals("domain")) {
            throw damaged("its root is '" + domain.getTagName() + "', not 'domain'", null);
        }
        return new Definition(
                xml,
                text(domain, "name"),
                uuid(text(domain, "uuid")),
                kind(domain),
                memoryBytes(child(domain, "memory").orElseThrow(() -> damaged("it has no memory size", null))),
                child(domain, "vcpu").map(vcpu -> (int) number(vcpu, VCPUS_MAX)).orElse(1),
                disks(domain, false),
                disks(domain, true),
                !devices(domain, "hostdev").isEmpty() || hostNetwork(domain),
                child(domain, "cpu").flatMap(cpu -> child(cpu, "numa")).isPresent());
    }

    static Map<String, String> labels(String xml) {
        Map<String, String> labels = new TreeMap<>();
        for (Element metadata : children(parse(xml).getDocumentElement(), "metadata")) {
            for (Node node = metadata.getFirstChild(); node != null; node = node.getNextSibling()) {
                if (node instanceof Element element && isLabels(element)) {
                    attributes(element).forEach((name, value) -> {
                        if (!name.equals("xmlns") && name.indexOf(':') < 0) {
                            labels.put(name, value);
                        }
                    });
                }
            }
        }
        return labels;
    }

    static Set<String> networks(String xml) {
        Set<String> networks = new TreeSet<>();
        for (Element network : devices(parse(xml).getDocumentElement(), "interface")) {
            child(network, "source").ifPresent(source -> {
                if (!source.getAttribute("bridge").isEmpty()) {
                    networks.add(source.getAttribute("bridge"));
                } else if (!source.getAttribute("network").isEmpty()) {
                    networks.add("network:" + source.getAttribute("network"));
                }
            });
        }
        return networks;
    }

    static Set<String> diskPaths(String xml) {
        return diskPaths(xml, disk -> true);
    }

    static Set<String> writableDiskPaths(String xml) {
        return diskPaths(xml, DefinitionXml::writable);
    }

    private static Set<String> diskPaths(String xml, Predicate<Element> wanted) {
        Set<String> paths = new TreeSet<>();
        for (Element disk : devices(parse(xml).getDocumentElement(), "disk")) {
            if (!wanted.test(disk)) {
                continue;
            }
            child(disk, "source").ifPresent(source -> {
                for (String attribute : List.of("file", "dev", "dir")) {
                    if (!source.getAttribute(attribute).isEmpty()) {
                        paths.add(source.getAttribute(attribute));
                    }
                }
            });
        }
        return paths;
    }

    static List<Disk> allDisks(String xml) {
        return devices(parse(xml).getDocumentElement(), "disk").stream()
                .map(DefinitionXml::disk)
                .toList();
    }

    private static Disk disk(Element disk) {
        Optional<Element> source = child(disk, "source");
        String file = source.map(one -> one.getAttribute("file")).orElse("");
        String device = source.map(one -> one.getAttribute("dev")).orElse("");
        Disk.Source kind = !file.isEmpty()
                ? Disk.Source.FILE
                : !device.isEmpty() ? Disk.Source.DEVICE : source.isEmpty() ? Disk.Source.NONE : Disk.Source.OTHER;
        return new Disk(
                target(disk),
                kind,
                file.isEmpty() ? device : file,
                child(disk, "driver")
                        .map(driver -> driver.getAttribute("type"))
                        .filter(type -> !type.isEmpty())
                        .orElse("raw"),
                writable(disk));
    }

    private static String target(Element disk) {
        return child(disk, "target").map(target -> target.getAttribute("dev")).orElse("?");
    }

    static Definition withDisks(Definition definition, Map<String, String> paths) {
        Document document = parse(definition.xml());
        for (Element disk : devices(document.getDocumentElement(), "disk")) {
            String path = paths.get(target(disk));
            if (path != null) {
                child(disk, "source").ifPresent(source -> {
                    source.setAttribute(source.hasAttribute("dev") ? "dev" : "file", path);
                });
            }
        }
        return read(format(document));
    }

    /** By its namespace, which anybody may have declared under any prefix, on it or above it. */
    static boolean isLabels(Element element) {
        String tag = element.getTagName();
        int colon = tag.indexOf(':');
        String declaration = colon < 0 ? "xmlns" : "xmlns:" + tag.substring(0, colon);
        for (Node at = element; at instanceof Element here; at = at.getParentNode()) {
            if (here.hasAttribute(declaration)) {
                return here.getAttribute(declaration).equals(Definition.LABELS_NAMESPACE)
                        && tag.substring(colon + 1).equals("labels");
            }
        }
        return false;
    }

    private static Map<String, String> attributes(Element element) {
        Map<String, String> attributes = new TreeMap<>();
        for (int i = 0; i < element.getAttributes().getLength(); i++) {
            Node attribute = element.getAttributes().item(i);
            attributes.put(attribute.getNodeName(), attribute.getNodeValue());
        }
        return attributes;
    }

    static Definition rename(Definition definition, String newName, UUID newUuid) {
        Document document = parse(definition.xml());
        Element domain = document.getDocumentElement();
        child(domain, "name").orElseThrow().setTextContent(newName);
        child(domain, "uuid").orElseThrow().setTextContent(newUuid.toString());
        for (Element network : devices(domain, "interface")) {
            child(network, "mac").ifPresent(mac -> mac.setAttribute("address", newMac()));
            // The host names vifs after the new domain itself; the old name would clash with the original's.
            child(network, "target").ifPresent(network::removeChild);
        }
        return read(format(document));
    }

    /** The vendor prefix 00:16:3e is Xen's own, and 23 random bits keep copies apart. */
    private static String newMac() {
        byte[] tail = new byte[3];
        RANDOM.nextBytes(tail);
        return String.format("00:16:3e:%02x:%02x:%02x", tail[0] & 0x7f, tail[1] & 0xff, tail[2] & 0xff);
    }

    private static Definition.Kind kind(Element domain) {
        String type = child(domain, "os")
                .flatMap(os -> child(os, "type"))
                .map(element -> element.getTextContent().strip())
                .orElse("");
        if (domain.getAttribute("type").equals("test")) {
            return Definition.Kind.TEST;
        }
        return switch (type) {
            case "linux", "xen" -> Definition.Kind.PV;
            case "xenpvh" -> Definition.Kind.PVH;
            case "hvm" -> Definition.Kind.HVM;
            default -> throw damaged("its virtualisation type '" + type + "' is unknown", null);
        };
    }

    /** Nothing is written to an empty drive; only a disk that nobody says anything of may be anything. */
    private static boolean writable(Element disk) {
        boolean empty = disk.getAttribute("device").equals("floppy")
                && child(disk, "source").isEmpty();
        return child(disk, "readonly").isEmpty()
                && !empty
                && !disk.getAttribute("device").equals("cdrom");
    }

    private static List<String> disks(Element domain, boolean readOnly) {
        List<String> targets = new ArrayList<>();
        for (Element disk : devices(domain, "disk")) {
            if (writable(disk) != readOnly) {
                targets.add(target(disk));
            }
        }
        return targets;
    }

    private static boolean hostNetwork(Element domain) {
        return devices(domain, "interface").stream()
                .anyMatch(network -> network.getAttribute("type").equals("hostdev"));
    }

    static long memoryTargetBytes(String xml, long memoryBytes) {
        return child(parse(xml).getDocumentElement(), "currentMemory")
                .map(DefinitionXml::memoryBytes)
                .filter(target -> target < memoryBytes)
                .orElse(memoryBytes);
    }

    static Definition withMemoryTarget(Definition definition, long bytes) {
        Document document = parse(definition.xml());
        child(document.getDocumentElement(), "currentMemory").ifPresent(target -> {
            target.setAttribute("unit", "KiB");
            target.setTextContent(Long.toString((bytes + 1023) / 1024));
        });
        return read(format(document));
    }

    /** libvirt's own list of units, in either case (https://libvirt.org/formatdomain.html#memory-allocation). */
    private static long memoryBytes(Element memory) {
        long unit = switch (memory.getAttribute("unit").toLowerCase(Locale.ROOT)) {
            case "", "k", "kib" -> 1L << 10;
            case "b", "bytes" -> 1;
            case "kb" -> 1_000;
            case "m", "mib" -> 1L << 20;
            case "mb" -> 1_000_000;
            case "g", "gib" -> 1L << 30;
            case "gb" -> 1_000_000_000;
            case "t", "tib" -> 1L << 40;
            case "tb" -> 1_000_000_000_000L;
            default -> throw damaged("its memory unit is unknown", null);
        };
        return number(memory, MEMORY_BYTES_MAX / unit) * unit;
    }

    private static long number(Element element, long most) {
        String text = element.getTextContent().strip();
        long value;
        try {
            value = Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw damaged("'" + element.getTagName() + "' is not a number", e);
        }
        if (value < 1 || value > most) {
            throw damaged("'" + element.getTagName() + "' is out of range", null);
        }
        return value;
    }

    /** Stricter than Java, which takes {@code 1-1-1-1-1} for a UUID. */
    private static UUID uuid(String text) {
        if (!UUID_FORM.matcher(text).matches()) {
            throw damaged("its UUID is not a UUID", null);
        }
        return UUID.fromString(text);
    }

    private static String text(Element parent, String name) {
        return child(parent, name)
                .map(element -> element.getTextContent().strip())
                .filter(text -> !text.isEmpty())
                .orElseThrow(() -> damaged("it has no '" + name + "'", null));
    }

    static List<Element> devices(Element domain, String name) {
        return child(domain, "devices").map(devices -> children(devices, name)).orElse(List.of());
    }

    static Optional<Element> child(Element parent, String name) {
        return children(parent, name).stream().findFirst();
    }

    static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getTagName().equals(name)) {
                found.add(element);
            }
        }
        return found;
    }

    static Document parse(String xml) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            // Definitions come out of stores and off the network: no document types, so no entities and no file access.
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setAttribute("jdk.xml.maxElementDepth", DEPTH_MAX);
            factory.setExpandEntityReferences(false);
            var builder = factory.newDocumentBuilder();
            // Without a handler of its own, Java prints every error on stderr.
            builder.setErrorHandler(new DefaultHandler());
            return builder.parse(new InputSource(new StringReader(xml)));
        } catch (SAXException | IOException e) {
            throw damaged("it is not well-formed XML", e);
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException(e);
        }
    }

    static String format(Document document) {
        try {
            Transformer transformer = TransformerFactory.newInstance().newTransformer();
            transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
            StringWriter writer = new StringWriter();
            transformer.transform(new DOMSource(document), new StreamResult(writer));
            return writer.toString();
        } catch (TransformerException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Damaged damaged(String why, @Nullable Throwable cause) {
        return new Damaged(
                "bad-definition",
                "the guest's definition cannot be used: " + why,
                "Compare it with 'virsh dumpxml GUEST' on its host.",
                cause);
    }
}
