import PathwayCore
import PathwayDocument
import Testing

/// The bundled protocols, each read once.
enum Protocols {
    static var aall1331: TreatmentProtocol { get throws { try first.get() } }
    static var intreall: TreatmentProtocol { get throws { try other.get() } }

    private static let first = Result { try ProtocolDocument(text("aall1331")).treatment }
    private static let other = Result { try ProtocolDocument(text("intreall-sr-2010")).treatment }

    static func text(_ name: String) throws -> String {
        try #require(BundledProtocols.all.first { $0.name == name }).text
    }
}
