internal import Crypto

/// SHA-256 over pieces, without gathering them in an array first.
struct DigestBuilder {
    private var hash = SHA256()

    // Crypto takes pointers. It reads the bytes before `update` returns, and no pointer here outlives its closure.
    mutating func append(_ byte: UInt8) {
        withUnsafeBytes(of: byte) { hash.update(bufferPointer: $0) }
    }

    mutating func append(_ digest: Digest) {
        digest.withBytes { hash.update(bufferPointer: $0) }
    }

    mutating func append(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }

    mutating func append(_ bytes: [UInt8]) {
        append(bytes.span.bytes)
    }

    func finish() -> Digest {
        hash.finalize().withUnsafeBytes { Digest(loading: $0) }
    }
}
