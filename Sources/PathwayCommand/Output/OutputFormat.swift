internal import ArgumentParser
internal import Foundation

/// How data is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case text
    /// For programs.
    case json
}

/// The option that every command has that prints data.
struct FormatOption: ParsableArguments {
    @Option(name: .long, help: "How data is printed: text for people, json for programs.")
    var format: OutputFormat = .text

    /// Prints the value as JSON, or the text.
    func print(_ value: some Encodable, text: @autoclosure () -> String) throws {
        switch format {
        case .text: Terminal.write(text())
        case .json: try Terminal.line(FormatOption.json(value))
        }
    }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
