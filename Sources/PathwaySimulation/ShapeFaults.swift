public import PathwayCore
internal import PathwayDocument
internal import Yams

/// Every fault of a shape or of a list of published counts, by line; never empty.
public struct ShapeFaults: Error, Sendable {
    /// The faults.
    public let faults: [Fault]

    init(_ faults: [Fault]) { self.faults = faults.sorted { ($0.line, $0.message) < ($1.line, $1.message) } }
}

/// The root of a document that must begin with `key`.
func composed(_ text: String, beginning key: String) throws(ShapeFaults) -> Node {
    let root: Node?
    do { root = try Yams.compose(yaml: text) } catch { throw ShapeFaults([yamlFault(error)]) }
    guard let root, case .mapping(let mapping) = root, mapping[key] != nil else {
        throw ShapeFaults([Fault(line: 1, "the document does not begin with \"\(key): …\"")])
    }
    return root
}

private func yamlFault(_ error: any Error) -> Fault {
    guard let error = error as? YamlError else { return Fault(line: 1, "not YAML") }
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
        .composer(_, let problem, let mark, _):
        return Fault(line: mark.line, "not YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
        let names = duplicates.map(\.description).joined(separator: ", ")
        return Fault(line: context.mark.line, "\(names) is defined twice")
    case .reader, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded, .no:
        return Fault(line: 1, "not YAML")
    }
}

/// Faults a row without a source, or with one that the document does not name.
func checkSource(_ table: Table, _ name: String, _ sources: [String], _ collector: FaultCollector) {
    _ = table.choice("certainty", Provenance.Certainty.self)
    guard let source = table.requiredText("source", in: name) else { return }
    for part in source.split(separator: ",") {
        let word = String(part.drop { $0 == " " })
        // A short word such as R3b is a name; anything longer is a citation in words.
        let isName = word.utf8.count <= 6 && word.first == "R" && !word.contains(" ")
        if isName, !sources.contains(word) { collector.add(table.line(of: "source"), "unknown source \"\(word)\"") }
    }
}
