/// Takes a signed note apart, without believing any of it.
enum NoteParser {
    /// What nobody needs: a note is a few lines, and even sixteen post-quantum signatures make less than 100 kB.
    private static let maximumByteCount = 1_000_000
    private static let maximumSignatures = 100

    static let newline = UInt8(ascii: "\n")

    static func parse(_ bytes: [UInt8]) throws(ProofError) -> (text: String, signatures: [NoteSignature]) {
        guard bytes.count <= maximumByteCount else { throw malformed("it is longer than \(maximumByteCount) bytes") }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw malformed("it is not UTF-8") }
        try refuseControlCharacters(in: bytes)
        // A signature line is never empty, so the last empty line is the one before the signatures.
        guard let gap = (1..<max(bytes.count, 1)).last(where: { bytes[$0 - 1] == newline && bytes[$0] == newline })
        else { throw malformed("no empty line parts the text from the signatures") }
        let text = String(decoding: bytes[..<gap], as: UTF8.self)
        return (text, try signatures(in: bytes[(gap + 1)...]))
    }

    private static func signatures(in bytes: ArraySlice<UInt8>) throws(ProofError) -> [NoteSignature] {
        guard !bytes.isEmpty else { throw malformed("it has no signature") }
        guard bytes.last == newline else { throw malformed("its last line does not end in a newline") }
        let lines = bytes.dropLast().split(separator: newline, omittingEmptySubsequences: false)
        guard lines.count <= maximumSignatures else {
            throw malformed("it has more than \(maximumSignatures) signatures")
        }
        var signatures: [NoteSignature] = []
        for (number, line) in lines.enumerated() {
            guard let signature = NoteSignature(line: line) else {
                throw malformed("line \(number + 1) after the text is no signature")
            }
            signatures.append(signature)
        }
        return signatures
    }

    static func refuseControlCharacters(in bytes: [UInt8]) throws(ProofError) {
        guard let index = bytes.firstIndex(where: { $0 < 0x20 && $0 != newline }) else { return }
        throw malformed("byte \(index + 1) is a control character")
    }

    static func malformed(_ words: String) -> ProofError {
        ProofError(.malformedNote, "malformed note: \(words)")
    }
}
