/// A chain of records, each bound to all before it: what proves one patient's story without the rest of the log.
///
/// A chain alone proves nothing against the owner of the database, who can compute it anew. Its digests are the leaves
/// of the tree (``MerkleTree``) whose root is signed and leaves the machine in a ``Checkpoint``.
public enum Chain {
    private static let domain = [UInt8]("pathway chain 1\n".utf8)

    /// The digest of a record at its place: SHA-256 of `pathway chain 1`, a newline, the digest before it, the record.
    ///
    /// The first two parts are always 16 and 32 bytes long, so the record needs no length.
    /// - Parameters:
    ///   - previous: the digest of the record before it; `nil` for the first, which is hashed behind 32 zero bytes.
    ///   - record: the canonical bytes, as ``CanonicalEncoder`` makes them.
    public static func next(after previous: Digest?, record: [UInt8]) -> Digest {
        next(after: previous, record: record.span.bytes)
    }

    /// The same for bytes that lie elsewhere, such as in an answer of the server's.
    public static func next(after previous: Digest?, record: RawSpan) -> Digest {
        var builder = DigestBuilder()
        builder.append(domain)
        builder.append(previous ?? .zero)
        builder.append(record)
        return builder.finish()
    }
}
