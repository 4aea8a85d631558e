/// The hashes of a Merkle tree as RFC 6962, section 2.1, defines it.
///
/// A leaf is hashed behind the byte 0 and a node behind the byte 1, so that no leaf can be passed off as a node.
public enum MerkleTree {
    /// The root of a tree without leaves: SHA-256 of nothing.
    public static let emptyRoot = DigestBuilder().finish()

    /// The hash of a leaf with these bytes.
    public static func leafHash(of bytes: [UInt8]) -> Digest {
        var builder = DigestBuilder()
        builder.append(0 as UInt8)
        builder.append(bytes)
        return builder.finish()
    }

    /// The hash of a leaf whose bytes are those of a digest, such as one of a ``Chain``.
    ///
    /// The same as that of ``Digest/bytes``, without an array.
    public static func leafHash(of digest: Digest) -> Digest {
        var builder = DigestBuilder()
        builder.append(0 as UInt8)
        builder.append(digest)
        return builder.finish()
    }

    /// The hash of the node above two others.
    public static func node(_ left: Digest, _ right: Digest) -> Digest {
        var builder = DigestBuilder()
        builder.append(1 as UInt8)
        builder.append(left)
        builder.append(right)
        return builder.finish()
    }

    /// The hash of the node above a power of two of hashes of one level.
    static func node(overComplete hashes: ArraySlice<Digest>) -> Digest {
        precondition(hashes.count.nonzeroBitCount == 1, "a complete subtree has a power of two of leaves")
        var row = Array(hashes)
        var count = row.count
        while count > 1 {
            count /= 2
            for index in 0..<count { row[index] = node(row[2 * index], row[2 * index + 1]) }
        }
        return row[0]
    }

    /// The hash above complete subtrees that follow one another, each smaller than the one before it.
    static func node(overShrinking hashes: [Digest]) -> Digest {
        guard let last = hashes.last else { return emptyRoot }
        return hashes.dropLast().reversed().reduce(last) { node($1, $0) }
    }
}
