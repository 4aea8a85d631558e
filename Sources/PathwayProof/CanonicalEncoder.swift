/// The canonical bytes of a record that is hashed: a domain line, then fields in a fixed order, each behind its length.
///
/// Two records have the same bytes only if they have the same fields, whoever writes them and in whatever language,
/// since nothing is separated by a character that could stand inside a field. The domain line says what is encoded and
/// in which version, so that no record can be taken for one of another kind. Lengths are four bytes and big-endian; a
/// field that is absent has the length 0xFFFFFFFF and no bytes, and so differs from an empty one.
///
/// ```swift
/// var encoder = CanonicalEncoder(domain: "pathway entry 1")
/// encoder.append(text: "P-017")
/// encoder.append(day: 19_782)
/// let head = Chain.next(after: nil, record: encoder.bytes)
/// ```
///
/// One encoder serves many records: ``startAgain()`` keeps its memory, so that a record costs no allocation.
public struct CanonicalEncoder: Sendable {
    private static let absent = UInt32.max

    private let domainLength: Int
    private var storage: [UInt8]

    /// Begins a record with its domain line.
    /// - Parameter domain: the kind of record and its version, such as `pathway entry 1`: ASCII without control
    ///   characters, and without the newline that ends the line.
    public init(domain: String) {
        precondition(
            !domain.isEmpty && domain.utf8.allSatisfy { (0x20...0x7e).contains($0) }, "a domain is one line of ASCII")
        storage = [UInt8](domain.utf8)
        storage.append(UInt8(ascii: "\n"))
        domainLength = storage.count
    }

    /// The record as it stands: the domain line and the fields so far.
    public var bytes: [UInt8] { storage }

    /// Begins the next record of the same domain, in the same memory.
    public mutating func startAgain() {
        storage.removeSubrange(domainLength...)
    }

    /// Adds text as its UTF-8, or an absent field.
    ///
    /// The text is taken as it is given. Whoever wants equal text to mean equal bytes normalises it (to NFC) where it
    /// enters the program.
    public mutating func append(text: String?) {
        guard let text else { return append(length: Self.absent) }
        append(pieceOf: text)
    }

    /// Adds bytes, or an absent field.
    public mutating func append(bytes: [UInt8]?) {
        guard let bytes else { return append(length: Self.absent) }
        append(count: bytes.count)
        storage.append(contentsOf: bytes)
    }

    /// Adds the 32 bytes of a digest, or an absent field.
    public mutating func append(digest: Digest?) {
        guard let digest else { return append(length: Self.absent) }
        append(count: Digest.byteCount)
        digest.write(to: &storage)
    }

    /// Adds a whole number as eight bytes in two's complement, or an absent field.
    public mutating func append(integer: Int64?) {
        append(fixed: integer)
    }

    /// Adds a day as the number of days since 1970-01-01 in four bytes, negative before it, or an absent field.
    public mutating func append(day: Int32?) {
        append(fixed: day)
    }

    /// Adds an instant as microseconds since 1970-01-01 00:00 UTC in eight bytes, or an absent field.
    ///
    /// Microseconds, since the server keeps no more: a hash over nanoseconds could never be checked again.
    public mutating func append(microsecondsSince1970 instant: Int64?) {
        append(fixed: instant)
    }

    /// Adds one byte, 1 for true and 0 for false.
    public mutating func append(flag: Bool) {
        append(fixed: flag ? 1 as UInt8 : 0)
    }

    /// Adds texts with their names as one field: how many there are in four bytes, then each name and each text behind
    /// its length.
    ///
    /// They are written in the order of the bytes of their names, however they are given; given in that order, they are
    /// not copied. Two with the same name are a mistake of the caller's.
    public mutating func append(named texts: [(name: String, text: String)]) {
        func precedes(_ one: (name: String, text: String), _ other: (name: String, text: String)) -> Bool {
            one.name.utf8.lexicographicallyPrecedes(other.name.utf8)
        }
        let inOrder = zip(texts, texts.dropFirst()).allSatisfy { precedes($0, $1) }
        let sorted = inOrder ? texts : texts.sorted(by: precedes)
        precondition(
            inOrder || zip(sorted, sorted.dropFirst()).allSatisfy { precedes($0, $1) }, "a name stands only once")
        append(count: sorted.reduce(4) { $0 + 8 + $1.name.utf8.count + $1.text.utf8.count })
        append(count: sorted.count)
        for (name, text) in sorted {
            append(pieceOf: name)
            append(pieceOf: text)
        }
    }
}

extension CanonicalEncoder {
    private mutating func append(pieceOf text: String) {
        append(count: text.utf8.count)
        storage.append(contentsOf: text.utf8)
    }

    private mutating func append(fixed integer: (some FixedWidthInteger)?) {
        guard let integer else { return append(length: Self.absent) }
        append(count: integer.bitWidth / 8)
        append(bigEndian: integer)
    }

    private mutating func append(count: Int) {
        precondition(count < Int(Self.absent), "a field holds less than 4 GiB")
        append(length: UInt32(count))
    }

    private mutating func append(length: UInt32) { append(bigEndian: length) }

    // The pointer is to a local copy of the integer and does not outlive the closure.
    private mutating func append(bigEndian integer: some FixedWidthInteger) {
        withUnsafeBytes(of: integer.bigEndian) { storage.append(contentsOf: $0) }
    }
}
