internal import Foundation

/// Standard output carries data, standard error carries talk.
enum Terminal {
    /// Writes a line of talk; nobody can be told that it was not written.
    static func say(_ text: String) {
        let lines = talkIsTerminal ? Wrapped.lines(visible(text), within: width) : [visible(text)]
        try? FileHandle.standardError.write(contentsOf: Data((lines.joined(separator: "\n") + "\n").utf8))
    }

    /// Writes data without a line break.
    static func write(_ text: String) { write(Array(text.utf8)) }

    /// Writes data as it is, or ends the process where that is impossible, such as on a full disk.
    static func write(_ bytes: [UInt8]) {
        do { try FileHandle.standardOutput.write(contentsOf: Data(bytes)) } catch {
            let failure = Failure(.badInput, "cannot write the output: \(reason(error))")
            failure.say()
            exit(failure.code.rawValue)
        }
    }

    /// Asks whoever sits at a terminal.
    /// - Throws: a ``Failure`` where nobody does: silence is no consent.
    static func confirms(_ question: String) throws -> Bool {
        guard isatty(STDIN_FILENO) == 1, talkIsTerminal else {
            throw Failure(.usage, "nobody can be asked \"\(question)\"", hint: "without a terminal, consent with --yes")
        }
        try? FileHandle.standardError.write(contentsOf: Data("\(question) [y/N] ".utf8))
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }

    /// What the system says of a write that failed.
    static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        guard let code = underlying?.code else { return (error as NSError).localizedDescription }
        return String(cString: strerror(Int32(code)))
    }

    /// Control characters made visible: text from a file must not move the cursor of whoever reads it.
    static func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
        return text.unicodeScalars.map { scalar in
            switch scalar {
            case "\n", "\r", "\t": " "
            case _ where scalar.properties.generalCategory == .control: "\\u{\(String(scalar.value, radix: 16))}"
            default: String(scalar)
            }
        }.joined()
    }

    /// Writes a line of data.
    static func line(_ text: String = "") { write(text + "\n") }

    static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
    static let talkIsTerminal = isatty(STDERR_FILENO) == 1

    /// Whether colour adds to what is readable without it.
    static let usesColour =
        outputIsTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
        && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    /// Columns of the terminal, 80 if unknown.
    static var width: Int {
        if let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap({ Int($0) }), columns >= 40 {
            return columns
        }
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col >= 40 ? Int(size.ws_col) : 80
    }

    /// The width that a table may have: a file gets all of it.
    static var tableWidth: Int? { outputIsTerminal ? width : nil }

    /// Styles that colour may underline, never carry.
    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    static func styled(_ text: String, _ style: Style) -> String {
        usesColour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
