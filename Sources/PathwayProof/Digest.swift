/// A SHA-256 digest: 32 bytes that copy without allocation.
///
/// Millions of them lie in arrays while a tree is built, so the bytes are held in four words and not in an array.
public struct Digest: Sendable, Hashable {
    // Each word holds eight bytes in the order of memory, whatever the machine's byte order.
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    /// How many bytes a digest has.
    public static let byteCount = 32

    /// What stands where a digest is due and there is none yet, such as before the first record of a chain.
    static let zero = Digest(first: 0, second: 0, third: 0, fourth: 0)

    private init(first: UInt64, second: UInt64, third: UInt64, fourth: UInt64) {
        (self.first, self.second, self.third, self.fourth) = (first, second, third, fourth)
    }

    // Loads are checked against the buffer's bounds in a debug build; every caller has counted 32 bytes.
    init(loading bytes: UnsafeRawBufferPointer) {
        func word(_ number: Int) -> UInt64 {
            bytes.loadUnaligned(fromByteOffset: number * 8, as: UInt64.self)
        }
        self.init(first: word(0), second: word(1), third: word(2), fourth: word(3))
    }

    /// Takes 32 bytes; `nil` for any other count.
    public init?(bytes: [UInt8]) {
        self.init(bytes: bytes.span.bytes)
    }

    /// Takes 32 bytes that lie elsewhere, such as in an answer of the server's; `nil` for any other count.
    public init?(bytes: RawSpan) {
        guard bytes.byteCount == Digest.byteCount else { return nil }
        self = bytes.withUnsafeBytes { Digest(loading: $0) }
    }

    /// The bytes in their order.
    public var bytes: [UInt8] { withBytes { [UInt8]($0) } }

    /// Adds the 32 bytes to the end of others.
    public func write(to bytes: inout [UInt8]) {
        withBytes { bytes.append(contentsOf: $0) }
    }

    // A tuple of four words of one type lies in memory without gaps, and the pointer does not outlive the closure.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(of: (first, second, third, fourth), body)
    }
}

extension Digest {
    /// Reads 64 hexadecimal digits in lower case, the one spelling that ``hexadecimal`` writes; `nil` for any other.
    public init?(hexadecimal text: String) {
        guard let bytes = Hexadecimal.decode(text.utf8) else { return nil }
        self.init(bytes: bytes)
    }

    /// 64 hexadecimal digits in lower case.
    public var hexadecimal: String { withBytes { Hexadecimal.encode($0) } }

    /// Reads 44 characters of standard base64, with padding and nothing around it; `nil` for anything else.
    public init?(base64 text: String) {
        guard let bytes = Base64.decode(text.utf8) else { return nil }
        self.init(bytes: bytes)
    }

    /// 44 characters of standard base64 (RFC 4648, section 4), as checkpoints and proofs write it.
    public var base64: String { withBytes { Base64.encode($0) } }
}

extension Digest: CustomStringConvertible {
    /// The same as ``hexadecimal``.
    public var description: String { hexadecimal }
}
