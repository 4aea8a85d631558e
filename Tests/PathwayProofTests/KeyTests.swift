import PathwayProof
import Testing

/// The key of the documentation of golang.org/x/mod/sumdb/note.
enum Peter {
    static let verifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    static let signer = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    static let text =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    static let signature =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
}

@Suite struct KeyTests {
    @Test func `the published keys are read and written back`() throws {
        let verifier = try NoteVerifier(Peter.verifier)
        #expect(verifier.name == "PeterNeumann")
        #expect(verifier.keyID == 0xc74f_20a3)
        #expect(verifier.text == Peter.verifier)
        let signer = try NoteSigner(privateText: Peter.signer)
        #expect(signer.verifier == verifier)
        #expect(signer.privateText == Peter.signer)
    }

    @Test func `a new key signs what its verifier believes, also after it was written down`() throws {
        let signer = try NoteSigner(name: "log.example/pathway")
        let again = try NoteSigner(privateText: signer.privateText)
        #expect(again.verifier == signer.verifier)
        let note = try SignedNote(signing: "text\n", by: [again])
        let verifier = try NoteVerifier(signer.verifier.text)
        #expect(try SignedNote(opening: note.bytes, verifiers: [verifier]).text == "text\n")
        #expect(try NoteSigner(name: "log.example/pathway").verifier != signer.verifier)
    }

    @Test func `a signer that is printed or dumped does not show its key`() throws {
        let signer = try NoteSigner(privateText: Peter.signer)
        var dumped = ""
        dump(signer, to: &dumped)
        for text in [
            "\(signer)", String(reflecting: signer), "\([signer])", String(describing: Optional(signer)), dumped,
        ] {
            #expect(text.contains("PeterNeumann+c74f20a3"))
            #expect(!text.contains("AYEKFALV"))
        }
    }

    @Test func `no part of a key is a key, and none with a character changed`() {
        func check(_ text: String, _ read: (String) throws -> Void) {
            let bytes = [UInt8](text.utf8)
            for start in bytes.indices {
                for end in start...bytes.count where end - start < bytes.count {
                    #expect(throws: ProofError.self) { try read(String(decoding: bytes[start..<end], as: UTF8.self)) }
                }
            }
            for index in bytes.indices {
                var changed = bytes
                changed[index] += 1
                #expect(throws: ProofError.self) { try read(String(decoding: changed, as: UTF8.self)) }
            }
        }
        check(Peter.verifier) { _ = try NoteVerifier($0) }
        check(Peter.signer) { _ = try NoteSigner(privateText: $0) }
    }

    /// The last two are from the tests of golang.org/x/mod/sumdb/note: their IDs fit.
    @Test(arguments: [
        ("", "malformed verifier key: it takes a name without spaces and pluses, a key ID and a key between pluses"),
        (
            "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "malformed verifier key: it takes a name without spaces and pluses, a key ID and a key between pluses"
        ),
        (
            "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "malformed verifier key: the key ID takes eight hexadecimal digits in lower case"
        ),
        (
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
            "malformed verifier key: the key is not base64"
        ),
        (
            "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            #"the key ID of "PeterNeumann+c74f20a4" does not belong to that name and key"#
                + "\nhint: copy the whole key again"
        ),
        (
            "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "malformed verifier key: the key takes the byte 1, for Ed25519, and 32 bytes"
        ),
        (
            "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
            "malformed verifier key: the key is not base64"
        ),
    ])
    func `a malformed verifier key says what is wrong`(_ text: String, _ words: String) {
        let error = #expect(throws: ProofError.self) { try NoteVerifier(text) }
        #expect(error?.code == .malformedKey)
        #expect(error?.description == words)
    }

    @Test func `a malformed signer key says what is wrong and never quotes it`() {
        for text in [
            Peter.verifier, "PRIVATE+KEY+Peter", Peter.signer + "AAAA", Peter.signer + "\n",
            "PRIVATE+KEY+PeterNeumann+c74f20a4+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
        ] {
            let error = #expect(throws: ProofError.self) { try NoteSigner(privateText: text) }
            #expect(error?.code == .malformedKey)
            #expect(error?.description.contains("AYEKFALV") == false)
        }
    }

    @Test(arguments: ["", "two words", "a+b", "tab\tbed", "new\nline", "no\u{a0}break", "thin\u{2009}space", "nul\0"])
    func `no key has such a name`(_ name: String) {
        let error = #expect(throws: ProofError.self) { try NoteSigner(name: name) }
        #expect(error?.code == .malformedKey)
        #expect(error?.hint == "a name has no spaces, pluses or control characters, such as log.example/pathway")
    }
}
