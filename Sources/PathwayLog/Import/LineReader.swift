#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Reads a file line by line in constant memory, however long a line claims to be.
public struct LineReader: ~Copyable {
    /// What comes next in the file.
    public enum Line: Sendable {
        /// A line without its line break; `isWhole` is false for a last line that has none.
        case text(ArraySlice<UInt8>, isWhole: Bool)
        /// A line longer than ``longest``, which was passed over.
        case tooLong
    }

    /// The longest line that is read, in bytes.
    public static let longest = 1 << 20

    private let descriptor: Int32
    private let closes: Bool
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    /// Bytes read so far.
    public private(set) var bytesRead = 0
    /// The number of the line that was read last, from 1.
    public private(set) var lineNumber = 0

    /// The size of the file in bytes; `nil` if it is not a regular file.
    public let size: Int?

    /// Opens a file; `-` is standard input.
    /// - Throws: the system's error number as ``FileFault``.
    public init(path: String) throws(FileFault) {
        (descriptor, size) = try LineReader.opened(path)
        closes = path != "-"
    }

    private static func opened(_ path: String) throws(FileFault) -> (descriptor: Int32, size: Int?) {
        let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFault(path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            if path != "-" { _ = close(descriptor) }
            throw FileFault(path, EISDIR)
        }
        return (descriptor, status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil)
    }

    deinit { if closes { _ = close(descriptor) } }

    /// The next line, or `nil` at the end.
    public mutating func next() throws(FileFault) -> Line? {
        var searched = start
        var isTooLong = false
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                lineNumber += 1
                return isTooLong ? .tooLong : .text(trimmed(start..<end), isWhole: true)
            }
            if isAtEnd {
                guard start < buffer.count || isTooLong else { return nil }
                defer { start = buffer.count }
                lineNumber += 1
                return isTooLong ? .tooLong : .text(trimmed(start..<buffer.count), isWhole: false)
            }
            if buffer.count - start > LineReader.longest {
                isTooLong = true
                start = buffer.count
            }
            searched = try fill()
        }
    }

    // Some programs begin a file with a mark of the byte order, which is no part of its first line.
    private func trimmed(_ range: Range<Int>) -> ArraySlice<UInt8> {
        let end =
            range.upperBound > range.lowerBound && buffer[range.upperBound - 1] == 0x0D
            ? range.upperBound - 1 : range.upperBound
        let hasMark = lineNumber == 1 && buffer[range.lowerBound..<end].starts(with: [0xEF, 0xBB, 0xBF])
        return buffer[(hasMark ? range.lowerBound + 3 : range.lowerBound)..<end]
    }

    /// Reads more behind what is not used up, and returns where the new bytes begin.
    private mutating func fill() throws(FileFault) -> Int {
        buffer.removeSubrange(..<start)
        start = 0
        let old = buffer.count
        let piece = 1 << 18
        buffer.reserveCapacity(old + piece)
        var fault: Int32 = 0
        let more = [UInt8](unsafeUninitializedCapacity: piece) { memory, count in
            var result = read(descriptor, memory.baseAddress, piece)
            while result < 0, errno == EINTR { result = read(descriptor, memory.baseAddress, piece) }
            if result < 0 { fault = errno }
            count = max(result, 0)
        }
        guard fault == 0 else { throw FileFault("the input", fault) }
        isAtEnd = more.isEmpty
        bytesRead += more.count
        buffer.append(contentsOf: more)
        return old
    }
}

/// What the system says of a file that cannot be used.
public struct FileFault: Error, Sendable, Hashable {
    /// The file.
    public let path: String
    /// What the system says.
    public let message: String

    init(_ path: String, _ number: Int32) {
        self.path = path
        message = String(cString: strerror(number))
    }
}
