import PathwayProof
import Testing

@Suite struct CheckpointTests {
    private static let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

    @Test func `the checkpoint of the specification is read and written back`() throws {
        let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        let checkpoint = try Checkpoint(text)
        #expect(checkpoint.origin == "example.com/behind-the-sofa")
        #expect(checkpoint.size == 20_852_163)
        #expect(checkpoint.root.base64 == Self.root)
        #expect(checkpoint.extensions == [])
        #expect(checkpoint.text == text)
    }

    @Test func `extension lines are kept`() throws {
        let text = "log.example/pathway\n1\n\(Self.root)\none\ntwo \n"
        #expect(try Checkpoint(text).extensions == ["one", "two "])
        #expect(try Checkpoint(text).text == text)
    }

    /// Two signed tree heads of the Go checksum database, made by other hands with another program, and its published
    /// key (cmd/go/internal/modfetch/key.go).
    @Test(arguments: [
        (
            15_368_405, "/g9am3I6YWNKaZX/jkne1fqd9zEyjss+JXyPXG0WfkY=",
            "Az3grqJGUaSGukG9p8nI2vKgiFn7qGHxn0W+mrwyI6Gz3F0t1J3LzmWk/p96Ybf295EjwdSwlzgijq5WA9d1Ded7owM="
        ),
        (
            10_680_630, "k1UQFwFXWQa7MF1BREWVQxIhScvUdgRepXuyRS3sRuE=",
            "Az3grqgyWctiMcdUtITQpkGSxEoEvbaAq7J3FpbaVlW1Zo47LX/jmeeE7LiBktpmR2d/1RsdocLU9HMXYXxHCVyf/AQ="
        ),
    ])
    func `a checkpoint of the Go checksum database opens`(_ size: Int, _ root: String, _ signature: String) throws {
        let note = "go.sum database tree\n\(size)\n\(root)\n\n— sum.golang.org \(signature)\n"
        let verifier = try NoteVerifier("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")
        let checkpoint = try Checkpoint(
            opening: [UInt8](note.utf8), origin: "go.sum database tree", verifiers: [verifier])
        #expect(checkpoint.size == size)
        #expect(checkpoint.root.base64 == root)
        let other = #expect(throws: ProofError.self) {
            try Checkpoint(opening: [UInt8](note.utf8), origin: "sum.golang.org", verifiers: [verifier])
        }
        #expect(other?.code == .otherLog)
        #expect(
            other?.message == "the checkpoint is of the log \"go.sum database tree\", not of \"sum.golang.org\"")
    }

    @Test func `what is signed opens again`() throws {
        let signer = try NoteSigner(name: "log.example/pathway")
        let checkpoint = try Checkpoint(origin: "log.example/pathway", size: 0, root: MerkleTree.emptyRoot)
        let note = try checkpoint.signed(by: [signer])
        #expect(note.text == "log.example/pathway\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
        let opened = try Checkpoint(opening: note.bytes, origin: "log.example/pathway", verifiers: [signer.verifier])
        #expect(opened.text == checkpoint.text)
    }

    private static let lines = "malformed checkpoint: it takes three lines: the origin, the size and the root hash"
    private static let line = "malformed checkpoint: the origin and each extension are one line of text"
    private static let size =
        "malformed checkpoint: the second line is not a size: a decimal number without leading zeros"
    private static let hash = "malformed checkpoint: the third line is not a root hash: 32 bytes in base64"

    private static let malformed: [(String, String)] = [
        ("", "malformed checkpoint: it does not end in a newline"),
        ("a\n1\n\(root)", "malformed checkpoint: it does not end in a newline"),
        ("\n", lines), ("a\n1\n", lines), ("a\n", lines),
        ("\n1\n\(root)\n", line), ("a\n1\n\(root)\n\n", line), ("a\n1\n\(root)\n\nb\n", line),
        ("a\tb\n1\n\(root)\n", line),
        ("a\n\n\(root)\n", size), ("a\n01\n\(root)\n", size), ("a\n00\n\(root)\n", size), ("a\n+1\n\(root)\n", size),
        ("a\n-1\n\(root)\n", size), ("a\n1 \n\(root)\n", size), ("a\n 1\n\(root)\n", size), ("a\n0x1\n\(root)\n", size),
        ("a\n1_000\n\(root)\n", size), ("a\n１\n\(root)\n", size), ("a\n9223372036854775808\n\(root)\n", size),
        ("a\n1\n\n", hash), ("a\n1\n\(root) \n", hash), ("a\n1\n\(root.dropLast())\n", hash),
        ("a\n1\nAAAA\n", hash), ("a\n1\n\(root.replacing("2I=", with: "2J="))\n", hash),
        ("a\n0\n\(root)\n", "malformed checkpoint: the root is not that of a log without entries"),
    ]

    @Test func `a malformed checkpoint says what is wrong`() {
        for (text, words) in Self.malformed {
            let error = #expect(throws: ProofError.self, "\(text)") { try Checkpoint(text) }
            #expect(error?.code == .malformedCheckpoint)
            #expect(error?.description == words)
        }
    }

    @Test func `no checkpoint is made that could not be read`() throws {
        let root = try #require(Digest(base64: Self.root))
        for origin in ["", "two\nlines"] {
            #expect(throws: ProofError.self) { try Checkpoint(origin: origin, size: 1, root: root) }
        }
        #expect(throws: ProofError.self) { try Checkpoint(origin: "a", size: -1, root: root) }
        #expect(throws: ProofError.self) { try Checkpoint(origin: "a", size: 0, root: root) }
        #expect(throws: ProofError.self) { try Checkpoint(origin: "a", size: 1, root: root, extensions: [""]) }
    }

    @Test func `the largest size comes back`() throws {
        #expect(try Checkpoint("a\n9223372036854775807\n\(Self.root)\n").size == .max)
    }
}
