import PathwayCore
import PathwayDocument
import Testing

/// A protocol whose patients the bundled shape does not make up.
enum Other {
    static let treatment: Result<TreatmentProtocol, any Error> = Result {
        try ProtocolDocument(#require(BundledProtocols.all.first { $0.name == "intreall-sr-2010" }).text).treatment
    }
}
