import PathwayProof
import Testing

@Suite struct NoteTests {
    private static let enochSignature =
        "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
    private static let enoch = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"

    private func open(_ note: String, _ keys: [String] = [Peter.verifier]) throws -> SignedNote {
        try SignedNote(opening: [UInt8](note.utf8), verifiers: try keys.map { try NoteVerifier($0) })
    }

    @Test func `the published note opens`() throws {
        let note = try open(Peter.text + "\n" + Peter.signature)
        #expect(note.text == Peter.text)
        #expect(note.signers.map(\.text) == [Peter.verifier])
        #expect(note.description == Peter.text + "\n" + Peter.signature)
    }

    @Test func `the published text signs to the published note`() throws {
        let note = try SignedNote(signing: Peter.text, by: [NoteSigner(privateText: Peter.signer)])
        // CryptoKit draws random numbers for a signature; RFC 8032 does not.
        #if !canImport(Darwin)
            #expect(note.description == Peter.text + "\n" + Peter.signature)
        #endif
        #expect(try open(note.description).text == Peter.text)
    }

    @Test func `signatures of unknown keys are passed over and kept`() throws {
        let both = Peter.text + "\n" + Peter.signature + Self.enochSignature
        let note = try open(both)
        #expect(note.signers.map(\.name) == ["PeterNeumann"])
        #expect(note.signatures.map(\.name) == ["PeterNeumann", "EnochRoot"])
        #expect(note.description == both)
        #expect(try open(both, [Peter.verifier, Self.enoch]).signers.map(\.name) == ["PeterNeumann", "EnochRoot"])
        #expect(try open(both, [Self.enoch]).signers.map(\.name) == ["EnochRoot"])
    }

    @Test func `a key that signed twice is one signer`() throws {
        let note = try open(Peter.text + "\n" + Peter.signature + Peter.signature, [Peter.verifier, Peter.verifier])
        #expect(note.signers.map(\.name) == ["PeterNeumann"])
        #expect(note.signatures.count == 2)
    }

    @Test func `a note that no known key has signed is refused`() {
        let error = #expect(throws: ProofError.self) { try open(Peter.text + "\n" + Self.enochSignature) }
        #expect(error?.code == .unknownSigner)
        #expect(
            error?.description
                == #"no known key has signed the note, only "EnochRoot+af0cfe78""#
                + "\nhint: known keys: PeterNeumann+c74f20a3"
        )
        let none = #expect(throws: ProofError.self) { try open(Peter.text + "\n" + Peter.signature, []) }
        #expect(none?.hint == "give the key of the log")
    }

    @Test func `a known key with a bad signature is an error, also beside a good one`() {
        let forged = Peter.text.replacing("problem", with: "prob1em")
        let alone = #expect(throws: ProofError.self) { try open(forged + "\n" + Peter.signature) }
        #expect(alone?.code == .badSignature)
        #expect(alone?.message == "the signature of \"PeterNeumann+c74f20a3\" is not of this text")
        // Another key's bytes under the name and ID of the known one.
        let wrong =
            Self.enochSignature.replacing("EnochRoot rwz+eB", with: "PeterNeumann x08gox")
        for signatures in [Peter.signature + wrong, wrong + Peter.signature, wrong + Self.enochSignature] {
            let error = #expect(throws: ProofError.self) {
                try open(Peter.text + "\n" + signatures, [Peter.verifier, Self.enoch])
            }
            #expect(error?.code == .badSignature)
        }
        let short = #expect(throws: ProofError.self) { try open(Peter.text + "\n— PeterNeumann x08go/ZJ\n") }
        #expect(short?.code == .badSignature)
    }

    @Test func `a signature with any bit turned over is refused`() throws {
        let signer = try NoteSigner(name: "log.example/pathway")
        let note = try SignedNote(signing: "text\n", by: [signer])
        let bytes = note.bytes
        let start = try #require(bytes.lastIndex(of: UInt8(ascii: " "))) + 1
        for index in start..<bytes.count {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << bit
                #expect(throws: ProofError.self) { try SignedNote(opening: damaged, verifiers: [signer.verifier]) }
            }
        }
    }

    @Test func `the name alone or the ID alone does not make a known key`() throws {
        for signature in [
            Peter.signature.replacing("PeterNeumann", with: "CarmenSandiego"),
            Peter.signature.replacing("x08go", with: "x08gp"),
        ] {
            let error = #expect(throws: ProofError.self) { try open(Peter.text + "\n" + signature) }
            #expect(error?.code == .unknownSigner)
        }
    }

    @Test func `two known keys of one name and key ID are an error and not a choice`() throws {
        // Found by trying some ten thousand keys: a key ID has 32 bits.
        let twins = [
            "log.example/pathway+a06ae927+AavD9ePdxWPini+U/5sOCtKk98kZ0cMEXGtpKU8wdjT9",
            "log.example/pathway+a06ae927+AdAlO/KvUxgOtgVYujFpa0bJbn9SCyH9Rnm6N8EoWY9Z",
        ]
        let line = "— log.example/pathway oGrpJwAA\n"
        let error = #expect(throws: ProofError.self) { try open("text\n\n" + line, twins) }
        #expect(error?.code == .ambiguousKey)
        #expect(error?.message == "two known keys are called \"log.example/pathway+a06ae927\"")
        // They trouble nobody whose note they are not said to have signed.
        #expect(try open(Peter.text + "\n" + Peter.signature, twins + [Peter.verifier]).signers.count == 1)
    }

    @Test func `two spellings of one letter are two names`() throws {
        let composed = try NoteSigner(name: "caf\u{e9}")
        let note = try SignedNote(signing: "text\n", by: [composed])
        let respelled = note.description.replacing("\u{e9}", with: "e\u{301}")
        let error = #expect(throws: ProofError.self) {
            try SignedNote(opening: [UInt8](respelled.utf8), verifiers: [composed.verifier])
        }
        #expect(error?.code == .unknownSigner)
    }

    @Test func `a text with empty lines, dashes and signatures of its own comes back as it was`() throws {
        let signer = try NoteSigner(name: "log.example/pathway")
        for text in ["\n", "\n\n", "a\n\nb\n", "a\n\n", "a\n\n" + Peter.signature, "— \n", "naïve 😀\n"] {
            let note = try SignedNote(signing: text, by: [signer])
            let opened = try SignedNote(opening: note.bytes, verifiers: [signer.verifier])
            #expect([UInt8](opened.text.utf8) == [UInt8](text.utf8))
        }
    }

    @Test func `a text is only signed if it ends in a newline and has no control characters`() throws {
        let signer = try NoteSigner(name: "log.example/pathway")
        for (text, words) in [
            ("", "malformed note: the text does not end in a newline"),
            ("abc", "malformed note: the text does not end in a newline"),
            ("a\tb\n", "malformed note: byte 2 is a control character"),
            ("a\r\n", "malformed note: byte 2 is a control character"),
            ("\0\n", "malformed note: byte 1 is a control character"),
        ] {
            let error = #expect(throws: ProofError.self) { try SignedNote(signing: text, by: [signer]) }
            #expect(error?.code == .malformedNote)
            #expect(error?.description == words)
        }
    }
}
