internal import Crypto
public import PathwayCore
internal import Yams

/// A protocol document: its text as written, the table it compiles to, and its digest.
public struct ProtocolDocument: Sendable {
    /// The text, byte for byte.
    public let text: String
    /// The compiled table.
    public let treatment: TreatmentProtocol
    /// SHA-256 of the text, 32 bytes.
    public let digest: [UInt8]

    /// Reads and checks a document.
    /// - Throws: ``DocumentFaults`` with every fault and its line.
    public init(_ text: String) throws(DocumentFaults) {
        self.text = text
        treatment = try ProtocolDocument.compile(text)
        digest = Array(SHA256.hash(data: Array(text.utf8)))
    }

    /// Reads a document that was checked before it was stored: its words are resolved again, its table is not searched for holes.
    /// - Throws: ``DocumentFaults`` if it cannot be compiled.
    public init(trusted text: String) throws(DocumentFaults) {
        self.text = text
        treatment = try ProtocolDocument.compile(text, checked: true)
        digest = Array(SHA256.hash(data: Array(text.utf8)))
    }

    private static func compile(_ text: String, checked: Bool = false) throws(DocumentFaults) -> TreatmentProtocol {
        let collector = FaultCollector()
        guard text.utf8.count <= sizeLimit else {
            throw DocumentFaults([Fault(line: 1, "the document is longer than 1,000,000 bytes")])
        }
        let root: Node
        do {
            let parser = try Yams.Parser(yaml: text)
            guard let node = try parser.singleRoot() else {
                throw DocumentFaults([Fault(line: 1, "the document is empty")])
            }
            // The parser owns the anchors: a node has forgotten its own when the parser is gone.
            if let line = withExtendedLifetime(parser, { node.firstAnchor }) {
                throw DocumentFaults([
                    Fault(line: line, "anchors (&) and aliases (*) are not taken: write the rows out")
                ])
            }
            root = node
        } catch let faults as DocumentFaults {
            throw faults
        } catch {
            throw DocumentFaults([yamlFault(error)])
        }
        guard case .mapping(let mapping) = root, mapping["protocol"] != nil else {
            throw DocumentFaults([
                Fault(line: 1, "this is no protocol document: it does not begin with \"protocol: …\"")
            ])
        }
        var reader = ProtocolReader(root, collector)
        let treatment = reader.read()
        guard let treatment, collector.faults.isEmpty else { throw DocumentFaults(collector.faults) }
        let faults = checked ? [] : treatment.faults
        guard faults.isEmpty else { throw DocumentFaults(faults) }
        return treatment
    }

    /// Twenty times the longest document so far; checking takes longer than reading.
    private static let sizeLimit = 1_000_000

    private static func yamlFault(_ error: any Error) -> Fault {
        guard let error = error as? YamlError else { return Fault(line: 1, "not YAML") }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return Fault(line: mark.line, "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            return Fault(
                line: context.mark.line, "\(duplicates.map(\.description).joined(separator: ", ")) is defined twice")
        case .reader, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded, .no:
            return Fault(line: 1, "not YAML")
        }
    }
}

/// Every fault of a document, by line; never empty.
public struct DocumentFaults: Error, Sendable {
    /// The faults.
    public let faults: [Fault]

    init(_ faults: [Fault]) { self.faults = faults.sorted { ($0.line, $0.message) < ($1.line, $1.message) } }
}

extension Node {
    /// The line of the first node with an anchor; without anchors no alias can multiply what there is to read.
    fileprivate var firstAnchor: Int? {
        if anchor != nil { return line }
        switch self {
        case .scalar, .alias: return nil
        case .sequence(let nodes): return nodes.lazy.compactMap(\.firstAnchor).first
        case .mapping(let pairs): return pairs.lazy.compactMap { $0.key.firstAnchor ?? $0.value.firstAnchor }.first
        }
    }
}
