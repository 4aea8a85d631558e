internal import PathwayCore

/// A FHIR resource as JSON, written in the order in which it is given.
///
/// Numbers are written as the digits they were recorded with: a library would make a binary fraction of 0.0005. What has nothing in it is not
/// written, for FHIR knows no empty list, object or text.
struct ResourceText {
    /// How one resource names another.
    enum References {
        /// By the `urn:uuid:` under which it stands in the bundle.
        case bundle
        /// By its kind and identifier, as in Bulk Data files.
        case relative
    }

    let references: References
    private(set) var bytes: [UInt8] = []

    init(_ references: References) { self.references = references }

    /// Writes a text, unless it is missing or empty.
    mutating func text(_ name: String, _ value: String?) {
        guard let value else { return }
        let allowed = ResourceText.allowed(value)
        if !allowed.isEmpty { JSONLine.append(name, allowed, to: &bytes) }
    }

    /// Writes what is JSON already: a number's digits, `true` or `false`.
    mutating func literal(_ name: String, _ value: String) { JSONLine.append(name, literal: value, to: &bytes) }

    /// Writes an object, unless nothing is written into it.
    mutating func object(_ name: String, _ write: (inout ResourceText) -> Void) {
        let before = bytes.count
        JSONLine.append(name, literal: "", to: &bytes)
        if !braced(write) { bytes.removeSubrange(before...) }
    }

    /// Writes a list of objects, unless there are none; an object into which nothing is written is left out.
    mutating func list<Element>(
        _ name: String, _ elements: some Sequence<Element>, _ write: (inout ResourceText, Element) -> Void
    ) {
        let before = bytes.count
        JSONLine.append(name, literal: "[", to: &bytes)
        let start = bytes.count
        for element in elements {
            let end = bytes.count
            if end > start { bytes.append(UInt8(ascii: ",")) }
            if !braced({ write(&$0, element) }) { bytes.removeSubrange(end...) }
        }
        if bytes.count == start { bytes.removeSubrange(before...) } else { bytes.append(UInt8(ascii: "]")) }
    }

    /// Writes a list of one object.
    mutating func one(_ name: String, _ write: (inout ResourceText) -> Void) {
        list(name, CollectionOfOne(())) { object, _ in write(&object) }
    }

    /// Writes a reference to a resource.
    mutating func reference(_ name: String, to target: ResourceName) {
        object(name) { $0.fill(target) }
    }

    /// Writes references to resources, unless there are none.
    mutating func references(_ name: String, to targets: [ResourceName]) { list(name, targets) { $0.fill($1) } }

    private mutating func fill(_ target: ResourceName) {
        switch references {
        case .bundle: text("reference", target.uniqueName)
        case .relative: text("reference", "\(target.kind.rawValue)/\(target.identifier)")
        }
    }

    /// Begins and ends an object around what is written; `false` if that is nothing.
    @discardableResult
    mutating func braced(_ write: (inout ResourceText) -> Void) -> Bool {
        bytes.append(UInt8(ascii: "{"))
        let start = bytes.count
        write(&self)
        guard bytes.count > start else { return false }
        bytes.append(UInt8(ascii: "}"))
        return true
    }

    /// The text without control characters, which FHIR's strings cannot hold, and without space around it.
    private static func allowed(_ text: String) -> String {
        var scalars = text.unicodeScalars.map { scalar in
            scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) ? " " : scalar
        }[...]
        while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
        while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
        var allowed = String.UnicodeScalarView()
        allowed.append(contentsOf: scalars)
        return String(allowed)
    }
}
