internal import Crypto
internal import Foundation

/// A file of an export, written as it comes and digested on the way.
public final class ExportFile {
    let name: String
    private let path: String
    private let handle: FileHandle
    private var buffer: [UInt8] = []
    private var digest = SHA256()
    private var bytes = 0
    private var written: WrittenFile?
    /// How many rows, records or resources it holds; the writer counts them.
    public var rows: Int?

    init(_ name: String, at path: String) throws(ExportError) {
        self.name = name
        self.path = path
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw ExportError("cannot write \"\(name)\"") }
        self.handle = handle
    }

    /// Adds bytes.
    /// - Throws: ``ExportError`` if they cannot be written: a disk that is full.
    public func write(_ more: some Sequence<UInt8>) throws(ExportError) {
        buffer.append(contentsOf: more)
        if buffer.count >= 1 << 16 { try flush() }
    }

    /// Adds text.
    public func write(_ text: String) throws(ExportError) { try write(text.utf8) }

    private func flush() throws(ExportError) {
        do {
            try handle.write(contentsOf: Data(buffer))
        } catch {
            throw ExportError("cannot write \"\(name)\": \(ExportFile.reason(error))")
        }
        digest.update(data: buffer)
        bytes += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes what is left, to the disk; closing again changes nothing.
    func close() throws(ExportError) -> WrittenFile {
        if let written { return written }
        try flush()
        do {
            try handle.synchronize()
            try handle.close()
        } catch {
            throw ExportError("cannot write \"\(name)\": \(ExportFile.reason(error))")
        }
        let whole = WrittenFile(name: name, bytes: bytes, rows: rows, digest: hexadecimal(digest.finalize()))
        written = whole
        return whole
    }

    private static func reason(_ error: any Error) -> String {
        let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
        return cause.domain == NSPOSIXErrorDomain
            ? String(cString: strerror(Int32(cause.code))) : "\(cause.localizedDescription)"
    }
}
