import PathwayCore
import PathwayDocument

/// The documents that come with the program, read once for all tests.
enum Bundled {
    static let names = ["aall1331", "intreall-sr-2010"]

    private static let treatments = Dictionary(
        uniqueKeysWithValues: BundledProtocols.all.map { name, text in
            (name, Result { try ProtocolDocument(text).treatment })
        })

    static func treatment(_ name: String) throws -> TreatmentProtocol {
        guard let result = treatments[name] else { throw Fault(line: 0, "no bundled document \"\(name)\"") }
        return try result.get()
    }
}
