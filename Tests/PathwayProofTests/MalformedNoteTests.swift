import PathwayProof
import Testing

/// What is no signed note is refused before any signature is looked at.
@Suite struct MalformedNoteTests {
    private static let note = Peter.text + "\n" + Peter.signature
    private static let noSignature = "malformed note: line 1 after the text is no signature"

    private static let malformed: [(String, String)] = [
        ("", "malformed note: no empty line parts the text from the signatures"),
        ("\n", "malformed note: no empty line parts the text from the signatures"),
        (Peter.text, "malformed note: no empty line parts the text from the signatures"),
        (Peter.text + Peter.signature, "malformed note: no empty line parts the text from the signatures"),
        ("\n" + Peter.signature, "malformed note: no empty line parts the text from the signatures"),
        (Peter.text + "\n", "malformed note: it has no signature"),
        (note + "\n", "malformed note: it has no signature"),
        (String(note.dropLast()), "malformed note: its last line does not end in a newline"),
        (note + "Unexpected line.\n", "malformed note: line 2 after the text is no signature"),
        (note + "— ", "malformed note: its last line does not end in a newline"),
        ("\u{1}" + note, "malformed note: byte 1 is a control character"),
        (note.replacing("\n", with: "\r\n"), "malformed note: byte 57 is a control character"),
        // A hyphen, an en dash, no dash, two spaces, a trailing space, no name, no signature.
        (note.replacing("—", with: "-"), noSignature),
        (note.replacing("—", with: "–"), noSignature),
        (note.replacing("— ", with: ""), noSignature),
        (note.replacing("— ", with: "—  "), noSignature),
        (note.replacing("=\n", with: "= \n"), noSignature),
        (note.replacing("PeterNeumann ", with: " "), noSignature),
        (Peter.text + "\n— PeterNeumann\n", noSignature),
        (Peter.text + "\n— PeterNeumann \n", noSignature),
        // A key ID and nothing signed; base64 without padding, with left-over bits, of another alphabet.
        (Peter.text + "\n— PeterNeumann x08gow==\n", noSignature),
        (note.replacing("=\n", with: "\n"), noSignature),
        (note.replacing("nAM=", with: "nAN="), noSignature),
        (note.replacing("/", with: "_"), noSignature),
        // Names that no key has.
        (note.replacing("PeterNeumann", with: "Peter+Neumann"), noSignature),
        (note.replacing("PeterNeumann", with: "Peter\u{2003}Neumann"), noSignature),
        (note.replacing("PeterNeumann", with: "Peter Neumann"), noSignature),
    ]

    @Test func `a malformed note says what is wrong`() throws {
        let verifier = try NoteVerifier(Peter.verifier)
        for (note, words) in Self.malformed {
            let error = #expect(throws: ProofError.self, "\(note)") {
                try SignedNote(opening: [UInt8](note.utf8), verifiers: [verifier])
            }
            #expect(error?.code == .malformedNote)
            #expect(error?.description == words)
        }
    }

    @Test func `a note that is not UTF-8 is refused`() throws {
        let verifier = try NoteVerifier(Peter.verifier)
        let error = #expect(throws: ProofError.self) {
            try SignedNote(opening: [0xff] + [UInt8](Self.note.utf8), verifiers: [verifier])
        }
        #expect(error?.description == "malformed note: it is not UTF-8")
    }

    @Test func `a note has at most a hundred signatures and a million bytes`() throws {
        let verifier = try NoteVerifier(Peter.verifier)
        func open(_ note: String) throws -> SignedNote {
            try SignedNote(opening: [UInt8](note.utf8), verifiers: [verifier])
        }
        #expect(throws: Never.self) { try open(Self.note + String(repeating: Peter.signature, count: 99)) }
        let many = #expect(throws: ProofError.self) {
            try open(Self.note + String(repeating: Peter.signature, count: 100))
        }
        #expect(many?.description == "malformed note: it has more than 100 signatures")
        let long = #expect(throws: ProofError.self) { try open(String(repeating: "a", count: 1_000_000) + Self.note) }
        #expect(long?.description == "malformed note: it is longer than 1000000 bytes")
    }
}
